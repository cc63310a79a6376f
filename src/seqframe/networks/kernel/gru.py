"""The GRU for one shard of the batch, compiled by Numba: the gates z, r, n and n's product with the states before.

Keras' `reset_after=True`: n = tanh(x @ kernel + bias + r * (h @ recurrent + recurrent bias)), h = z * h + (1 - z) * n.
The weights have a column for both terms of n: (D, 4U), where the rows of the other term are zero. c is h.
"""

# mypy: ignore-errors
from seqframe.networks.kernel.machine_code import inner
from seqframe.networks.kernel.recurrence import make_backward_rows, make_forward_rows
from seqframe.networks.kernel.vectors import load, sigmoid, store, tanh


@inner
def _units_forward(z, c_before, c, h, r, u, lanes):
    units = c.shape[1]
    update = sigmoid(load(z, r, u, lanes))
    reset = sigmoid(load(z, r, units + u, lanes))
    n = tanh(load(z, r, 2 * units + u, lanes) + reset * load(z, r, 3 * units + u, lanes))
    state = update * load(c_before, r, u, lanes) + (1.0 - update) * n
    store(z, r, u, update)
    store(z, r, units + u, reset)
    store(z, r, 2 * units + u, n)
    store(c, r, u, state)
    store(h, r, u, state)


@inner
def _units_backward(gates, c_before, c, dh, dc, dz, r, u, lanes):
    units = c.shape[1]
    update = load(gates, r, u, lanes)
    reset = load(gates, r, units + u, lanes)
    n = load(gates, r, 2 * units + u, lanes)
    d_state = load(dc, r, u, lanes) + load(dh, r, u, lanes)
    dn = d_state * (1.0 - update) * (1.0 - n * n)
    store(dz, r, u, d_state * (load(c_before, r, u, lanes) - n) * update * (1.0 - update))
    store(dz, r, units + u, dn * load(gates, r, 3 * units + u, lanes) * reset * (1.0 - reset))
    store(dz, r, 2 * units + u, dn)
    store(dz, r, 3 * units + u, dn * reset)
    store(dc, r, u, d_state * update)


gru_forward_rows = make_forward_rows("gru", _units_forward, 2)
_backward_rows = make_backward_rows("gru", _units_backward)


@inner
def gru_backward_rows(d_hidden, mask, rows, panels, gates, cells, states, dx, dw):
    """The backward pass, with gradients of zero where weights are always zero."""
    _backward_rows(d_hidden, mask, rows, panels, gates, cells, states, dx, dw)
    features, units = dx.shape[2], cells.shape[2]
    bias = units + features
    dw[:units, 2 * units : 3 * units] = 0.0
    dw[bias + 1, 2 * units : 3 * units] = 0.0
    dw[units : bias + 1, 3 * units :] = 0.0
