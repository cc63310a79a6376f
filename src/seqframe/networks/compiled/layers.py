"""One operation of a layer, recurrent or dense, with one lane (`wide`) or with `LANES`, compiled by Numba.

Networks with one lane and with several need different code, and so does every cell. Each has functions of its own with
the same arguments: arrays (numbers * lanes,) that begin at the value that is read or written.
"""

# mypy: ignore-errors
from seqframe.networks.compiled import lanes as lanes_code
from seqframe.networks.compiled import lanes_recurrence, wide, wide_recurrence
from seqframe.networks.compiled.table import (
    DENSE,
    FEATURES,
    KIND,
    LANES,
    RECURRENT,
    SEQUENCES,
    STEPS,
    TILE,
    UNITS,
    WIDTH,
)
from seqframe.networks.kernel.machine_code import inner, inner_variant


def make_wide(cell, forward_rows, backward_rows):
    """The forward and backward pass of a layer with one lane, with a cell and its functions of the kernel."""
    recurrent_forward = wide_recurrence.make_forward_wide(cell, forward_rows)
    recurrent_backward = wide_recurrence.make_backward_wide(cell, backward_rows)

    @inner_variant(cell.name)
    def forward_wide(op, batch, inputs, outputs, params, work, training):
        written = _output_count(op, batch)
        if op[KIND] == RECURRENT:
            read = _input_count(op, batch)
            recurrent_forward(op, batch, inputs[:read], outputs[:written], params, work, training)
        else:
            wide.dense_forward_wide(op, batch, _tiled(op, batch, inputs), outputs[:written], params, work)

    @inner_variant(cell.name)
    def backward_wide(op, batch, inputs, outputs, d_inputs, d_outputs, params, d_params, work):
        dx, dy = d_inputs[: _input_count(op, batch)], d_outputs[: _output_count(op, batch)]
        if op[KIND] == RECURRENT:
            recurrent_backward(op, batch, dx, dy, params, d_params, work)
        else:
            x, y = _tiled(op, batch, inputs), outputs[: len(dy)]
            wide.dense_backward_wide(op, batch, x, y, dx, dy, params, d_params, work)

    return forward_wide, backward_wide


def make_lanes(cell, forward_step, backward_step):
    """The forward and backward pass of a layer with `LANES` lanes, with a cell and its functions of one step."""
    recurrent_forward = lanes_recurrence.make_forward_lanes(cell, forward_step)
    recurrent_backward = lanes_recurrence.make_backward_lanes(cell, backward_step)

    @inner_variant(cell.name)
    def forward_lanes(op, batch, inputs, outputs, params, work, training):
        x, y = _by_lanes(inputs, _input_count(op, batch)), _by_lanes(outputs, _output_count(op, batch))
        weights, room = _by_lanes(params, len(params) // LANES), _by_lanes(work, len(work) // LANES)
        if op[KIND] == RECURRENT:
            recurrent_forward(op, batch, x, y, weights, room, training)
        else:
            lanes_code.dense_forward_lanes(op, batch, x, y, weights)

    @inner_variant(cell.name)
    def backward_lanes(op, batch, inputs, outputs, d_inputs, d_outputs, params, d_params, work):
        read, written = _input_count(op, batch), _output_count(op, batch)
        dx, dy = _by_lanes(d_inputs, read), _by_lanes(d_outputs, written)
        weights, d_weights = _by_lanes(params, len(params) // LANES), _by_lanes(d_params, len(d_params) // LANES)
        room = _by_lanes(work, len(work) // LANES)
        if op[KIND] == RECURRENT:
            recurrent_backward(op, batch, dx, dy, weights, d_weights, room)
        else:
            x, y = _by_lanes(inputs, read), _by_lanes(outputs, written)
            lanes_code.dense_backward_lanes(op, batch, x, y, dx, dy, weights, d_weights, room)

    return forward_lanes, backward_lanes


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
