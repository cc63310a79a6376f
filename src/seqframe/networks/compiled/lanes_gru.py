"""One step of the GRU of `LANES` small networks at once, compiled by Numba."""

# mypy: ignore-errors
from seqframe.networks.compiled.cells import GRU_CELL
from seqframe.networks.compiled.lanes_recurrence import find_memory
from seqframe.networks.compiled.table import FEATURES, LANES, PARAMS, UNITS
from seqframe.networks.kernel.machine_code import inner
from seqframe.networks.kernel.vectors import load, sigmoid, splat, store, tanh

_SAVED = GRU_CELL.saved


@inner
def gru_forward_step(op, batch, now, continued, params, work):
    """Gates and states of one step of one sample; `continued` unless it is the first step."""
    features, units = op[FEATURES], op[UNITS]
    gates, states, x, _ = find_memory(op, batch, _SAVED)
    width, before = 3 * units, states + (now - 1) * units
    recurrent = op[PARAMS] + features * width
    bias = recurrent + units * width
    for u in range(units):
        update = load(params, bias + u, 0, LANES) + load(params, bias + width + u, 0, LANES)
        reset = load(params, bias + units + u, 0, LANES) + load(params, bias + width + units + u, 0, LANES)
        n, inner_n = load(params, bias + 2 * units + u, 0, LANES), load(params, bias + width + 2 * units + u, 0, LANES)
        for j in range(features):
            value, row = load(work, x + now * features + j, 0, LANES), op[PARAMS] + width * j + u
            update = update + value * load(params, row, 0, LANES)
            reset = reset + value * load(params, row + units, 0, LANES)
            n = n + value * load(params, row + 2 * units, 0, LANES)
        for j in range(units if continued else 0):
            value, row = load(work, before + j, 0, LANES), recurrent + width * j + u
            update = update + value * load(params, row, 0, LANES)
            reset = reset + value * load(params, row + units, 0, LANES)
            inner_n = inner_n + value * load(params, row + 2 * units, 0, LANES)
        update, reset = sigmoid(update), sigmoid(reset)
        n = tanh(n + reset * inner_n)
        state = (1.0 - update) * n
        if continued:
            state = state + update * load(work, before + u, 0, LANES)
        place = now * units + u
        store(work, gates + 4 * place, 0, update)
        store(work, gates + 4 * place + 1, 0, reset)
        store(work, gates + 4 * place + 2, 0, n)
        store(work, gates + 4 * place + 3, 0, inner_n)
        store(work, states + place, 0, state)


@inner
def gru_backward_step(op, batch, now, continued, work):
    """The gradients of the gates of one step of one sample, and of the state before that z passes on."""
    units = op[UNITS]
    gates, states, _, dh = find_memory(op, batch, _SAVED)
    dc, dz, dz_states = dh + units, dh + 2 * units, dh + 5 * units
    for u in range(units):
        place = now * units + u
        update, reset = load(work, gates + 4 * place, 0, LANES), load(work, gates + 4 * place + 1, 0, LANES)
        n, inner_n = load(work, gates + 4 * place + 2, 0, LANES), load(work, gates + 4 * place + 3, 0, LANES)
        before = load(work, states + place - units, 0, LANES) if continued else splat(0.0, LANES)
        d_state = load(work, dc + u, 0, LANES) + load(work, dh + u, 0, LANES)
        d_update = d_state * (before - n) * update * (1.0 - update)
        dn = d_state * (1.0 - update) * (1.0 - n * n)
        d_reset = dn * inner_n * reset * (1.0 - reset)
        store(work, dz + u, 0, d_update)
        store(work, dz + units + u, 0, d_reset)
        store(work, dz + 2 * units + u, 0, dn)
        store(work, dz_states + u, 0, d_update)
        store(work, dz_states + units + u, 0, d_reset)
        store(work, dz_states + 2 * units + u, 0, dn * reset)
        store(work, dc + u, 0, d_state * update)
