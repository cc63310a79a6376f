"""The LSTM for one shard of the batch, compiled by Numba."""

# mypy: ignore-errors
from pathlib import Path

from numba.types import boolean, float32, int64

from seqframe.networks.kernel.compile import CompiledFunction
from seqframe.networks.kernel.machine_code import hash_sources, inner
from seqframe.networks.kernel.recurrence import make_backward_rows, make_forward_rows
from seqframe.networks.kernel.vectors import load, sigmoid, store, tanh


@inner
def _units_forward(z, c_before, c, h, r, u, lanes):
    units = c.shape[1]
    i = sigmoid(load(z, r, u, lanes))
    f = sigmoid(load(z, r, units + u, lanes))
    g = tanh(load(z, r, 2 * units + u, lanes))
    o = sigmoid(load(z, r, 3 * units + u, lanes))
    cell = f * load(c_before, r, u, lanes) + i * g
    store(z, r, u, i)
    store(z, r, units + u, f)
    store(z, r, 2 * units + u, g)
    store(z, r, 3 * units + u, o)
    store(c, r, u, cell)
    store(h, r, u, o * tanh(cell))


@inner
def _units_backward(gates, c_before, c, dh, dc, dz, r, u, lanes):
    units = c.shape[1]
    i = load(gates, r, u, lanes)
    f = load(gates, r, units + u, lanes)
    g = load(gates, r, 2 * units + u, lanes)
    o = load(gates, r, 3 * units + u, lanes)
    tanh_c = tanh(load(c, r, u, lanes))
    d_hidden = load(dh, r, u, lanes)
    d_cell = load(dc, r, u, lanes) + d_hidden * o * (1.0 - tanh_c * tanh_c)
    store(dz, r, u, d_cell * g * i * (1.0 - i))
    store(dz, r, units + u, d_cell * load(c_before, r, u, lanes) * f * (1.0 - f))
    store(dz, r, 2 * units + u, d_cell * i * (1.0 - g * g))
    store(dz, r, 3 * units + u, d_hidden * tanh_c * o * (1.0 - o))
    store(dc, r, u, d_cell * f)


forward_rows = make_forward_rows("lstm", _units_forward, 1)
backward_rows = make_backward_rows("lstm", _units_backward)


# x, mask, rows, panels; both passes end with arrays that they write to
_FORWARD = (float32[:, :, ::1], boolean[:, ::1], int64[::1], float32[:, ::1], *[float32[:, :, ::1]] * 4)
_BACKWARD = (*_FORWARD, float32[:, ::1])


def _compile(sources):
    """The passes as functions for Python, which Numba's cache stores for a version of the sources."""

    def lstm_forward(x, mask, rows, panels, hidden, gates, cells, states):
        if sources >= 0:
            forward_rows(x, mask, rows, panels, hidden, gates, cells, states)

    def lstm_backward(d_hidden, mask, rows, panels, gates, cells, states, dx, dw):
        if sources >= 0:
            backward_rows(d_hidden, mask, rows, panels, gates, cells, states, dx, dw)

    forward, backward = (_FORWARD, lstm_forward), (_BACKWARD, lstm_backward)
    return [CompiledFunction(function, signature, sources) for signature, function in (forward, backward)]


forward_shard, backward_shard = _compile(hash_sources(Path(__file__).parent.glob("*.py")))
