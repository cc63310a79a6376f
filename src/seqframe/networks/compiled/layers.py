"""One operation of a layer, LSTM or dense, with one lane (`wide`) or with `LANES`, compiled by Numba.

Networks with one lane and with several need different code, so each has functions of its own with the same arguments:
arrays (numbers * lanes,) that begin at the value that is read or written.
"""

# mypy: ignore-errors
from seqframe.networks.compiled import lanes as lanes_code
from seqframe.networks.compiled import wide
from seqframe.networks.compiled.table import DENSE, FEATURES, KIND, LANES, LSTM, SEQUENCES, STEPS, TILE, UNITS, WIDTH
from seqframe.networks.layers.kernel.machine_code import inner


@inner
def forward_wide(op, batch, inputs, outputs, params, work, training):
    """The outputs of a layer with one lane."""
    written = _output_count(op, batch)
    if op[KIND] == LSTM:
        read = _input_count(op, batch)
        wide.lstm_forward_wide(op, batch, inputs[:read], outputs[:written], params, work, training)
    else:
        wide.dense_forward_wide(op, batch, _tiled(op, batch, inputs), outputs[:written], params, work)


@inner
def backward_wide(op, batch, inputs, outputs, d_inputs, d_outputs, params, d_params, work):
    """The gradients of the inputs and the parameters of a layer with one lane."""
    dx, dy = d_inputs[: _input_count(op, batch)], d_outputs[: _output_count(op, batch)]
    if op[KIND] == LSTM:
        wide.lstm_backward_wide(op, batch, dx, dy, params, d_params, work)
    else:
        x, y = _tiled(op, batch, inputs), outputs[: len(dy)]
        wide.dense_backward_wide(op, batch, x, y, dx, dy, params, d_params, work)


@inner
def forward_lanes(op, batch, inputs, outputs, params, work, training):
    """The outputs of a layer with `LANES` lanes."""
    x, y = _by_lanes(inputs, _input_count(op, batch)), _by_lanes(outputs, _output_count(op, batch))
    weights, room = _by_lanes(params, len(params) // LANES), _by_lanes(work, len(work) // LANES)
    if op[KIND] == LSTM:
        lanes_code.lstm_forward_lanes(op, batch, x, y, weights, room, training)
    else:
        lanes_code.dense_forward_lanes(op, batch, x, y, weights)


@inner
def backward_lanes(op, batch, inputs, outputs, d_inputs, d_outputs, params, d_params, work):
    """The gradients of the inputs and the parameters of a layer with `LANES` lanes."""
    read, written = _input_count(op, batch), _output_count(op, batch)
    dx, dy = _by_lanes(d_inputs, read), _by_lanes(d_outputs, written)
    weights, d_weights = _by_lanes(params, len(params) // LANES), _by_lanes(d_params, len(d_params) // LANES)
    room = _by_lanes(work, len(work) // LANES)
    if op[KIND] == LSTM:
        lanes_code.lstm_backward_lanes(op, batch, dx, dy, weights, d_weights, room)
    else:
        x, y = _by_lanes(inputs, read), _by_lanes(outputs, written)
        lanes_code.dense_backward_lanes(op, batch, x, y, dx, dy, weights, d_weights, room)


@inner
def _input_count(op, batch):
    return batch * op[STEPS] * op[FEATURES]


@inner
def _output_count(op, batch):
    if op[KIND] == DENSE:
        return batch * op[STEPS] * op[UNITS]
    return batch * (op[STEPS] if op[SEQUENCES] else 1) * op[WIDTH]


@inner
def _tiled(op, batch, inputs):
    """Inputs of a dense layer, with the rows up to the end of the last tile."""
    return inputs[: -(-batch * op[STEPS] // TILE) * TILE * op[FEATURES]]


@inner
def _by_lanes(array, count):
    return array[: count * LANES].reshape(count, LANES)
