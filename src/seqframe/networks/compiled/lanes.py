"""LSTM and dense layers of `LANES` small networks at once: a vector holds the same number of each, compiled by Numba.

Arrays are (numbers, LANES). Parameters are in the layout of Keras.
"""

# mypy: ignore-errors
from seqframe.networks.compiled.table import (
    ACTIVATION,
    BACKWARDS,
    COLUMN,
    FEATURES,
    LANES,
    MASK,
    NEEDED,
    PARAMS,
    SEQUENCES,
    STEPS,
    TANH,
    TRAINED,
    UNITS,
    WIDTH,
    WORK,
)
from seqframe.networks.layers.kernel.machine_code import inner
from seqframe.networks.layers.kernel.vectors import load, sigmoid, splat, store, tanh


@inner
def _memory(op, batch, work):
    """First rows of gates (4 each), cells, tanh of the cells, states, inputs and gradients."""
    hidden = batch * op[STEPS] * op[UNITS]
    gates = op[WORK]
    cells = gates + 4 * hidden
    x = cells + 3 * hidden
    return gates, cells, cells + hidden, cells + 2 * hidden, x, x + batch * op[STEPS] * op[FEATURES]


@inner
def lstm_forward_lanes(op, batch, inputs, outputs, params, work, training):
    """Forward pass: inputs (batch * steps * features, LANES) -> outputs (batch * steps or 1 * WIDTH, LANES)."""
    steps, features, units = op[STEPS], op[FEATURES], op[UNITS]
    _, _, _, states, x, _ = _memory(op, batch, work)
    dropped = training and op[MASK] >= 0
    for b in range(batch):
        for t in range(steps):
            s = steps - 1 - t if op[BACKWARDS] else t
            now = b * steps + t
            for f in range(features):
                value = load(inputs, (b * steps + s) * features + f, 0, LANES)
                if dropped:
                    value = value * load(work, op[MASK] + b * features + f, 0, LANES)
                store(work, x + now * features + f, 0, value)
            _forward_step(op, batch, now, t > 0, params, work)
            if op[SEQUENCES] or t == steps - 1:
                row = (b * steps + s if op[SEQUENCES] else b) * op[WIDTH] + op[COLUMN]
                for u in range(units):
                    store(outputs, row + u, 0, load(work, states + now * units + u, 0, LANES))


@inner
def _forward_step(op, batch, now, continued, params, work):
    """Gates, cells and states of one step of one sample; `continued` unless it is the first step."""
    features, units = op[FEATURES], op[UNITS]
    gates, cells, tanhs, states, x, _ = _memory(op, batch, work)
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
def lstm_backward_lanes(op, batch, d_inputs, d_outputs, params, d_params, work):
    """Backward pass: the gradients of the parameters, and of the inputs if they are needed."""
    steps, features, units = op[STEPS], op[FEATURES], op[UNITS]
    _, _, _, states, x, dh = _memory(op, batch, work)
    dz = dh + 2 * units  # (4 units), after dh and dc
    recurrent = op[PARAMS] + features * 4 * units
    bias = recurrent + units * 4 * units
    for row in range(op[PARAMS], bias + 4 * units):
        store(d_params, row, 0, splat(0.0, LANES))
    for b in range(batch):
        for u in range(2 * units):
            store(work, dh + u, 0, splat(0.0, LANES))
        for t in range(steps - 1, -1, -1):
            s = steps - 1 - t if op[BACKWARDS] else t
            now = b * steps + t
            if op[SEQUENCES] or t == steps - 1:
                row = (b * steps + s if op[SEQUENCES] else b) * op[WIDTH] + op[COLUMN]
                for u in range(units):
                    store(work, dh + u, 0, load(work, dh + u, 0, LANES) + load(d_outputs, row + u, 0, LANES))
            _backward_cell(op, batch, now, t > 0, work)
            _add_products(work, x + now * features, features, op[PARAMS], 4 * units, dz, d_params, work)
            if t:
                _add_products(work, states + (now - 1) * units, units, recurrent, 4 * units, dz, d_params, work)
                for j in range(units):
                    store(work, dh + j, 0, _dot(params, recurrent + 4 * units * j, work, dz, 4 * units))
            for c in range(4 * units):
                store(d_params, bias + c, 0, load(d_params, bias + c, 0, LANES) + load(work, dz + c, 0, LANES))
            if op[NEEDED]:
                _backward_inputs(op, b, b * steps + s, d_inputs, params, work, dz)


@inner
def _backward_cell(op, batch, now, continued, work):
    """The gradients of the gates of one step of one sample, and of its cells before that step."""
    units = op[UNITS]
    gates, cells, tanhs, _, _, dh = _memory(op, batch, work)
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


@inner
def _backward_inputs(op, b, step, d_inputs, params, work, dz):
    features, width = op[FEATURES], 4 * op[UNITS]
    for f in range(features):
        value = _dot(params, op[PARAMS] + width * f, work, dz, width)
        if op[MASK] >= 0:
            value = value * load(work, op[MASK] + b * features + f, 0, LANES)
        if op[NEEDED] == 2:
            value = value + load(d_inputs, step * features + f, 0, LANES)
        store(d_inputs, step * features + f, 0, value)


@inner
def _dot(a, first, b, second, count):
    """The sum of count products of rows of a and b; two sums run side by side."""
    even = odd = splat(0.0, LANES)
    for c in range(0, count - 1, 2):
        even = even + load(a, first + c, 0, LANES) * load(b, second + c, 0, LANES)
        odd = odd + load(a, first + c + 1, 0, LANES) * load(b, second + c + 1, 0, LANES)
    if count % 2:
        even = even + load(a, first + count - 1, 0, LANES) * load(b, second + count - 1, 0, LANES)
    return even + odd


@inner
def _add_products(a, first, rows, start, columns, gradients, d_params, work):
    """Add the products of rows of `a` with gradients in `work` to d_params[start + row * columns + column]."""
    for k in range(rows):
        value = load(a, first + k, 0, LANES)
        for c in range(columns):
            row = start + k * columns + c
            store(d_params, row, 0, load(d_params, row, 0, LANES) + value * load(work, gradients + c, 0, LANES))


@inner
def dense_forward_lanes(op, batch, inputs, outputs, params):
    """Forward pass: inputs (batch * steps * features, LANES) -> outputs (batch * steps * units, LANES)."""
    features, units, kernel = op[FEATURES], op[UNITS], op[PARAMS]
    for row in range(batch * op[STEPS]):
        for n in range(units):
            z = load(params, kernel + features * units + n, 0, LANES)
            for k in range(features):
                z = z + load(inputs, row * features + k, 0, LANES) * load(params, kernel + k * units + n, 0, LANES)
            if op[ACTIVATION] == TANH:
                z = tanh(z)
            store(outputs, row * units + n, 0, z)


@inner
def dense_backward_lanes(op, batch, inputs, outputs, d_inputs, d_outputs, params, d_params, work):
    """Backward pass: the gradients of the parameters, and of the inputs if they are needed."""
    features, units, kernel = op[FEATURES], op[UNITS], op[PARAMS]
    bias, dz = kernel + features * units, op[WORK]
    if op[TRAINED]:
        for row in range(kernel, bias + units):
            store(d_params, row, 0, splat(0.0, LANES))
    for row in range(batch * op[STEPS]):
        for n in range(units):
            value, z = load(d_outputs, row * units + n, 0, LANES), load(outputs, row * units + n, 0, LANES)
            if op[ACTIVATION] == TANH:
                value = value * (1.0 - z * z)
            store(work, dz + n, 0, value)
        if op[TRAINED]:
            _add_products(inputs, row * features, features, kernel, units, dz, d_params, work)
            for n in range(units):
                store(d_params, bias + n, 0, load(d_params, bias + n, 0, LANES) + load(work, dz + n, 0, LANES))
        if op[NEEDED]:
            for k in range(features):
                store(d_inputs, row * features + k, 0, _dot(params, kernel + k * units, work, dz, units))
