"""One step of the SimpleRNN of `LANES` small networks at once, compiled by Numba."""

# mypy: ignore-errors
from seqframe.networks.compiled.cells import SIMPLE_RNN_CELL
from seqframe.networks.compiled.lanes_recurrence import find_memory
from seqframe.networks.compiled.table import FEATURES, LANES, PARAMS, UNITS
from seqframe.networks.kernel.machine_code import inner
from seqframe.networks.kernel.vectors import load, store, tanh

_SAVED = SIMPLE_RNN_CELL.saved


@inner
def rnn_forward_step(op, batch, now, continued, params, work):
    """States of one step of one sample; `continued` unless it is the first step."""
    features, units = op[FEATURES], op[UNITS]
    _, states, x, _ = find_memory(op, batch, _SAVED)
    bias = op[PARAMS] + (features + units) * units
    for u in range(units):
        z = load(params, bias + u, 0, LANES)
        for j in range(features + units if continued else features):  # the inputs, then the states before
            source = x + now * features + j if j < features else states + now * units - units + j - features
            z = z + load(work, source, 0, LANES) * load(params, op[PARAMS] + units * j + u, 0, LANES)
        store(work, states + now * units + u, 0, tanh(z))


@inner
def rnn_backward_step(op, batch, now, continued, work):
    """The gradients before the activation of one step of one sample."""
    units = op[UNITS]
    _, states, _, dh = find_memory(op, batch, _SAVED)
    for u in range(units):
        state = load(work, states + now * units + u, 0, LANES)
        store(work, dh + 2 * units + u, 0, load(work, dh + u, 0, LANES) * (1.0 - state * state))
