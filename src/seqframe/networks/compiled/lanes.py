"""Dense layers of `LANES` small networks at once: a vector holds the same number of each, compiled by Numba.

Arrays are (numbers, LANES). Parameters are in the layout of Keras.
"""

# mypy: ignore-errors
from seqframe.networks.compiled.table import (
    ACTIVATION,
    FEATURES,
    LANES,
    NEEDED,
    PARAMS,
    STEPS,
    TANH,
    TRAINED,
    UNITS,
    WORK,
)
from seqframe.networks.kernel.machine_code import inner
from seqframe.networks.kernel.vectors import load, splat, store, tanh


@inner
def dot(a, first, b, second, count):
    """The sum of count products of rows of a and b; two sums run side by side."""
    even = odd = splat(0.0, LANES)
    for c in range(0, count - 1, 2):
        even = even + load(a, first + c, 0, LANES) * load(b, second + c, 0, LANES)
        odd = odd + load(a, first + c + 1, 0, LANES) * load(b, second + c + 1, 0, LANES)
    if count % 2:
        even = even + load(a, first + count - 1, 0, LANES) * load(b, second + count - 1, 0, LANES)
    return even + odd


@inner
def add_products(a, first, rows, start, columns, gradients, d_params, work):
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
            add_products(inputs, row * features, features, kernel, units, dz, d_params, work)
            for n in range(units):
                store(d_params, bias + n, 0, load(d_params, bias + n, 0, LANES) + load(work, dz + n, 0, LANES))
        if op[NEEDED]:
            for k in range(features):
                store(d_inputs, row * features + k, 0, dot(params, kernel + k * units, work, dz, units))
