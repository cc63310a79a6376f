"""Forward and backward pass through the table of operations, for any number of lanes, compiled by Numba.

There is a pass for one lane and one for several, and each is compiled when it is needed.
"""

# mypy: ignore-errors
import numpy as np

from seqframe.networks.compiled.random import draw_dropout
from seqframe.networks.compiled.table import (
    ADD,
    COLUMN,
    DENSE,
    DROPOUT,
    FEATURES,
    INPUT,
    KIND,
    MASK,
    NEEDED,
    OUTPUT,
    PAD,
    PARAMS,
    RECURRENT,
    REPEAT,
    STEPS,
    TRAINED,
    WIDTH,
)
from seqframe.networks.kernel.machine_code import inner, inner_variant


@inner
def draw_masks(table, rates, lanes, batch, seeds, draws, work):
    """Draw the dropout masks of one batch."""
    for number in range(len(table)):
        op = table[number]
        if op[MASK] < 0:
            continue
        count = batch * op[FEATURES]
        masks = work[op[MASK] * lanes : (op[MASK] + count) * lanes].reshape(count, lanes)
        for lane in range(lanes):
            draw_dropout(masks, lane, rates[number], seeds[lane], draws[number])
        draws[number] += 1


def make_forward(variant, forward_layer):
    """The forward pass with a function of `layers`; the variant is part of its name."""

    @inner_variant(variant)
    def forward(table, offsets, lanes, batch, values, params, work, training):
        """All operations in their order."""
        for number in range(len(table)):
            op = table[number]
            inputs, outputs = values[offsets[op[INPUT]] * lanes :], values[offsets[op[OUTPUT]] * lanes :]
            if op[KIND] == RECURRENT or op[KIND] == DENSE:
                forward_layer(op, batch, inputs, outputs, params, work, training)
            elif op[KIND] == ADD:
                others = values[offsets[op[PARAMS]] * lanes :]
                for place in range(batch * op[FEATURES] * lanes):
                    outputs[place] = inputs[place] + others[place]
            else:
                _forward_shape(op, lanes, batch, inputs, outputs, work, training)

    return forward


@inner
def _forward_shape(op, lanes, batch, inputs, outputs, work, training):
    """RepeatVector, ZeroPadding1D and Dropout: numbers of a sample are lanes times as many."""
    width, size = op[FEATURES] * lanes, op[STEPS] * op[FEATURES] * lanes
    if op[KIND] == REPEAT:
        for b in range(batch):
            for t in range(op[STEPS]):
                for place in range(width):
                    outputs[b * size + t * width + place] = inputs[b * width + place]
    elif op[KIND] == PAD:
        whole, before = op[WIDTH] * lanes, op[COLUMN] * lanes
        for b in range(batch):
            outputs[b * whole : (b + 1) * whole] = np.float32(0.0)
            for place in range(size):
                outputs[b * whole + before + place] = inputs[b * size + place]
    elif op[KIND] == DROPOUT:
        masks = work[op[MASK] * lanes :]
        for place in range(batch * width):
            outputs[place] = inputs[place] * masks[place] if training else inputs[place]


def make_backward(variant, backward_layer):
    """The backward pass with a function of `layers`; the variant is part of its name."""

    @inner_variant(variant)
    def backward(table, offsets, lanes, batch, values, gradients, params, d_params, work):
        """All operations in the reverse order: the gradients of all trained parameters."""
        for number in range(len(table) - 1, -1, -1):
            op = table[number]
            start, end = offsets[op[INPUT]] * lanes, offsets[op[OUTPUT]] * lanes
            d_inputs, d_outputs = gradients[start:], gradients[end:]
            if op[KIND] == RECURRENT or op[KIND] == DENSE:
                if op[TRAINED] or op[NEEDED]:
                    inputs, outputs = values[start:], values[end:]
                    backward_layer(op, batch, inputs, outputs, d_inputs, d_outputs, params, d_params, work)
            elif op[NEEDED]:
                _backward_shape(op, lanes, batch, d_inputs, d_outputs, work)

    return backward


@inner
def _backward_shape(op, lanes, batch, d_inputs, d_outputs, work):
    width, size = op[FEATURES] * lanes, op[STEPS] * op[FEATURES] * lanes
    if op[KIND] == REPEAT:
        for b in range(batch):
            d_inputs[b * width : (b + 1) * width] = np.float32(0.0)
            for t in range(op[STEPS]):
                for place in range(width):
                    d_inputs[b * width + place] += d_outputs[b * size + t * width + place]
    elif op[KIND] == PAD:
        whole, before = op[WIDTH] * lanes, op[COLUMN] * lanes
        for b in range(batch):
            for place in range(size):
                d_inputs[b * size + place] = d_outputs[b * whole + before + place]
    elif op[KIND] == DROPOUT:
        masks = work[op[MASK] * lanes :]
        for place in range(batch * width):
            d_inputs[place] = d_outputs[place] * masks[place]
