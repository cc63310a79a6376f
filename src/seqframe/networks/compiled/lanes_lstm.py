"""One step of the LSTM of `LANES` small networks at once, compiled by Numba."""

# mypy: ignore-errors
from seqframe.networks.compiled.cells import LSTM_CELL
from seqframe.networks.compiled.lanes_recurrence import find_memory
from seqframe.networks.compiled.table import FEATURES, LANES, PARAMS, STEPS, UNITS
from seqframe.networks.kernel.machine_code import inner
from seqframe.networks.kernel.vectors import load, sigmoid, splat, store, tanh

_SAVED = LSTM_CELL.saved


@inner
def _cells(op, batch, gates):
    """First rows of the cells and of their tanh: the gates (4 each) are before them."""
    hidden = batch * op[STEPS] * op[UNITS]
    return gates + 4 * hidden, gates + 5 * hidden


@inner
def lstm_forward_step(op, batch, now, continued, params, work):
    """Gates, cells and states of one step of one sample; `continued` unless it is the first step."""
    features, units = op[FEATURES], op[UNITS]
    gates, states, x, _ = find_memory(op, batch, _SAVED)
    cells, tanhs = _cells(op, batch, gates)
    bias = op[PARAMS] + (features + units) * 4 * units
    for u in range(units):
        i, forget = load(params, bias + u, 0, LANES), load(params, bias + units + u, 0, LANES)
        g, o = load(params, bias + 2 * units + u, 0, LANES), load(params, bias + 3 * units + u, 0, LANES)
        for j in range(features + units if continued else features):  # the inputs, then the states before
            source = x + now * features + j if j < features else states + now * units - units + j - features
            value, row = load(work, source, 0, LANES), op[PARAMS] + 4 * units * j + u
            i = i + value * load(params, row, 0, LANES)
            forget = forget + value * load(params, row + units, 0, LANES)
            g = g + value * load(params, row + 2 * units, 0, LANES)
            o = o + value * load(params, row + 3 * units, 0, LANES)
        i, forget, g, o = sigmoid(i), sigmoid(forget), tanh(g), sigmoid(o)
        place = now * units + u
        cell = i * g
        if continued:
            cell = cell + forget * load(work, cells + place - units, 0, LANES)
        tanh_c = tanh(cell)
        store(work, gates + 4 * place, 0, i)
        store(work, gates + 4 * place + 1, 0, forget)
        store(work, gates + 4 * place + 2, 0, g)
        store(work, gates + 4 * place + 3, 0, o)
        store(work, cells + place, 0, cell)
        store(work, tanhs + place, 0, tanh_c)
        store(work, states + place, 0, o * tanh_c)


@inner
def lstm_backward_step(op, batch, now, continued, work):
    """The gradients of the gates of one step of one sample, and of its cells before that step."""
    units = op[UNITS]
    gates, _, _, dh = find_memory(op, batch, _SAVED)
    cells, tanhs = _cells(op, batch, gates)
    dc, dz = dh + units, dh + 2 * units
    for u in range(units):
        place = now * units + u
        i, forget = load(work, gates + 4 * place, 0, LANES), load(work, gates + 4 * place + 1, 0, LANES)
        g, o = load(work, gates + 4 * place + 2, 0, LANES), load(work, gates + 4 * place + 3, 0, LANES)
        tanh_c, d_hidden = load(work, tanhs + place, 0, LANES), load(work, dh + u, 0, LANES)
        d_cell = load(work, dc + u, 0, LANES) + d_hidden * o * (1.0 - tanh_c * tanh_c)
        before = load(work, cells + place - units, 0, LANES) if continued else splat(0.0, LANES)
        store(work, dz + u, 0, d_cell * g * i * (1.0 - i))
        store(work, dz + units + u, 0, d_cell * before * forget * (1.0 - forget))
        store(work, dz + 2 * units + u, 0, d_cell * i * (1.0 - g * g))
        store(work, dz + 3 * units + u, 0, d_hidden * tanh_c * o * (1.0 - o))
        store(work, dc + u, 0, d_cell * forget)
