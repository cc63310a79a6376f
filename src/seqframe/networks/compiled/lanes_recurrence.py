"""Recurrent layers of `LANES` small networks at once: a vector holds the same number of each, compiled by Numba.

Arrays are (numbers, LANES). Parameters are in the layout of Keras. A cell gives two functions: the forward and the
backward pass of one step of one sample.
"""

# mypy: ignore-errors
from seqframe.networks.compiled.lanes import add_products, dot
from seqframe.networks.compiled.table import (
    BACKWARDS,
    COLUMN,
    FEATURES,
    LANES,
    MASK,
    NEEDED,
    PARAMS,
    SEQUENCES,
    STEPS,
    UNITS,
    WIDTH,
    WORK,
)
from seqframe.networks.kernel.machine_code import inner, inner_variant
from seqframe.networks.kernel.vectors import load, splat, store


@inner
def find_memory(op, batch, saved):
    """First rows of what a cell saves, states, inputs and gradients; see `lanes_memory`."""
    hidden = batch * op[STEPS] * op[UNITS]
    states = op[WORK] + saved * hidden
    return op[WORK], states, states + hidden, states + hidden + batch * op[STEPS] * op[FEATURES]


def make_forward_lanes(cell, forward_step):
    """The forward pass of a layer with a cell and its function of one step."""
    saved = cell.saved

    @inner_variant(cell.name)
    def forward(op, batch, inputs, outputs, params, work, training):
        """Forward pass: inputs (batch * steps * features, LANES) -> outputs (batch * steps or 1 * WIDTH, LANES)."""
        steps, features, units = op[STEPS], op[FEATURES], op[UNITS]
        _, states, x, _ = find_memory(op, batch, saved)
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
                forward_step(op, batch, now, t > 0, params, work)
                if op[SEQUENCES] or t == steps - 1:
                    row = (b * steps + s if op[SEQUENCES] else b) * op[WIDTH] + op[COLUMN]
                    for u in range(units):
                        store(outputs, row + u, 0, load(work, states + now * units + u, 0, LANES))

    return forward


def make_backward_lanes(cell, backward_step):
    """The backward pass of a layer with a cell and its function of one step."""
    saved, gates, biases = cell.saved, cell.gates, cell.biases

    @inner_variant(cell.name)
    def backward(op, batch, d_inputs, d_outputs, params, d_params, work):
        """Backward pass: the gradients of the parameters, and of the inputs if they are needed."""
        steps, features, units = op[STEPS], op[FEATURES], op[UNITS]
        _, states, x, dh = find_memory(op, batch, saved)
        width = gates * units
        dz = dh + 2 * units  # after dh and dc; the gradients of the recurrent kernel's products follow
        dz_states = dz + (biases - 1) * width
        recurrent = op[PARAMS] + features * width
        bias = recurrent + units * width
        for row in range(op[PARAMS], bias + biases * width):
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
                backward_step(op, batch, now, t > 0, work)
                add_products(work, x + now * features, features, op[PARAMS], width, dz, d_params, work)
                if t:
                    add_products(work, states + (now - 1) * units, units, recurrent, width, dz_states, d_params, work)
                    for j in range(units):
                        store(work, dh + j, 0, dot(params, recurrent + width * j, work, dz_states, width))
                for c in range(biases * width):  # dz, then dz_states
                    store(d_params, bias + c, 0, load(d_params, bias + c, 0, LANES) + load(work, dz + c, 0, LANES))
                if op[NEEDED]:
                    _backward_inputs(op, b, b * steps + s, d_inputs, params, work, dz, width)

    return backward


@inner
def _backward_inputs(op, b, step, d_inputs, params, work, dz, width):
    features = op[FEATURES]
    for f in range(features):
        value = dot(params, op[PARAMS] + width * f, work, dz, width)
        if op[MASK] >= 0:
            value = value * load(work, op[MASK] + b * features + f, 0, LANES)
        if op[NEEDED] == 2:
            value = value + load(d_inputs, step * features + f, 0, LANES)
        store(d_inputs, step * features + f, 0, value)
