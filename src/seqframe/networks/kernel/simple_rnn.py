"""The SimpleRNN for one shard of the batch, compiled by Numba: h = tanh(x @ kernel + bias + h @ recurrent)."""

# mypy: ignore-errors
from seqframe.networks.kernel.machine_code import inner
from seqframe.networks.kernel.recurrence import make_backward_rows, make_forward_rows
from seqframe.networks.kernel.vectors import load, store, tanh


@inner
def _units_forward(z, c_before, c, h, r, u, lanes):
    state = tanh(load(z, r, u, lanes))
    store(z, r, u, state)
    store(h, r, u, state)


@inner
def _units_backward(gates, c_before, c, dh, dc, dz, r, u, lanes):
    state = load(gates, r, u, lanes)
    store(dz, r, u, load(dh, r, u, lanes) * (1.0 - state * state))


rnn_forward_rows = make_forward_rows("simple_rnn", _units_forward, 1)
rnn_backward_rows = make_backward_rows("simple_rnn", _units_backward)
