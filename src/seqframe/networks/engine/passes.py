"""Forward and backward pass through the table of operations, for any number of lanes, compiled by Numba."""

# mypy: ignore-errors
import numpy as np

from seqframe.networks.engine import lanes as many
from seqframe.networks.engine import wide as one
from seqframe.networks.engine.random import draw_dropout
from seqframe.networks.engine.table import (
    ADD,
    COLUMN,
    DENSE,
    DROPOUT,
    FEATURES,
    INPUT,
    KIND,
    LANES,
    LSTM,
    MASK,
    NEEDED,
    OUTPUT,
    PAD,
    PARAMS,
    REPEAT,
    SEQUENCES,
    STEPS,
    TILE,
    TRAINED,
    UNITS,
    WIDTH,
)
from seqframe.networks.layers.kernel.lstm import _inner as inner


@inner
def draw_masks(plan, memory, batch):
    """Draw the dropout masks of one batch."""
    for number in range(len(plan.table)):
        op = plan.table[number]
        if op[MASK] < 0:
            continue
        count = batch * op[FEATURES]
        start = op[MASK] * plan.lanes
        masks = memory.work[start : start + count * plan.lanes].reshape(count, plan.lanes)
        for lane in range(plan.lanes):
            draw_dropout(masks, lane, plan.dropout[number], memory.seeds[lane], memory.draws[number])
        memory.draws[number] += 1


@inner
def forward(plan, memory, batch, training):
    """All operations in their order."""
    for number in range(len(plan.table)):
        op = plan.table[number]
        inputs, outputs = memory.values[_start(plan, op[INPUT]) :], memory.values[_start(plan, op[OUTPUT]) :]
        if op[KIND] == LSTM or op[KIND] == DENSE:
            _forward_layer(plan, memory, op, batch, inputs, outputs, training)
        elif op[KIND] == ADD:
            others = memory.values[_start(plan, op[PARAMS]) :]
            for place in range(batch * op[FEATURES] * plan.lanes):
                outputs[place] = inputs[place] + others[place]
        else:
            _forward_shape(plan, memory, op, batch, inputs, outputs, training)


@inner
def _start(plan, value):
    return plan.offsets[value] * plan.lanes


@inner
def _input_count(op, batch):
    return batch * op[STEPS] * op[FEATURES]


@inner
def _output_count(op, batch):
    if op[KIND] == DENSE:
        return batch * op[STEPS] * op[UNITS]
    return batch * (op[STEPS] if op[SEQUENCES] else 1) * op[WIDTH]


@inner
def _by_lanes(array, count):
    return array[: count * LANES].reshape(count, LANES)


@inner
def _forward_layer(plan, memory, op, batch, inputs, outputs, training):
    read, written = _input_count(op, batch), _output_count(op, batch)
    params, work = memory.params, memory.work
    if plan.lanes == 1:
        if op[KIND] == LSTM:
            one.lstm_forward(op, batch, inputs[:read], outputs[:written], params, work, training)
        else:
            tiled = -(-batch * op[STEPS] // TILE) * TILE
            one.dense_forward(op, batch, inputs[: tiled * op[FEATURES]], outputs[:written], params, work)
        return
    x, y = _by_lanes(inputs, read), _by_lanes(outputs, written)
    weights, room = _by_lanes(params, len(params) // LANES), _by_lanes(work, len(work) // LANES)
    if op[KIND] == LSTM:
        many.lstm_forward(op, batch, x, y, weights, room, training)
    else:
        many.dense_forward(op, batch, x, y, weights)


@inner
def _forward_shape(plan, memory, op, batch, inputs, outputs, training):
    """RepeatVector, ZeroPadding1D and Dropout: numbers of a sample are lanes times as many."""
    width, size = op[FEATURES] * plan.lanes, op[STEPS] * op[FEATURES] * plan.lanes
    if op[KIND] == REPEAT:
        for b in range(batch):
            for t in range(op[STEPS]):
                outputs[b * size + t * width : b * size + (t + 1) * width] = inputs[b * width : (b + 1) * width]
    elif op[KIND] == PAD:
        whole, before = op[WIDTH] * plan.lanes, op[COLUMN] * plan.lanes
        for b in range(batch):
            outputs[b * whole : (b + 1) * whole] = np.float32(0.0)
            outputs[b * whole + before : b * whole + before + size] = inputs[b * size : (b + 1) * size]
    elif op[KIND] == DROPOUT:
        masks = memory.work[op[MASK] * plan.lanes :]
        for place in range(batch * width):
            outputs[place] = inputs[place] * masks[place] if training else inputs[place]


@inner
def backward(plan, memory, batch):
    """All operations in the reverse order: the gradients of all trained parameters."""
    for number in range(len(plan.table) - 1, -1, -1):
        op = plan.table[number]
        start, end = _start(plan, op[INPUT]), _start(plan, op[OUTPUT])
        d_inputs, d_outputs = memory.gradients[start:], memory.gradients[end:]
        if op[KIND] == LSTM or op[KIND] == DENSE:
            if op[TRAINED] or op[NEEDED]:
                inputs, outputs = memory.values[start:], memory.values[end:]
                _backward_layer(plan, memory, op, batch, inputs, outputs, d_inputs, d_outputs)
        elif op[NEEDED]:
            _backward_shape(plan, memory, op, batch, d_inputs, d_outputs)


@inner
def _backward_layer(plan, memory, op, batch, inputs, outputs, d_inputs, d_outputs):
    read, written = _input_count(op, batch), _output_count(op, batch)
    params, d_params, work = memory.params, memory.d_params, memory.work
    if plan.lanes == 1:
        dx, dy = d_inputs[:read], d_outputs[:written]
        if op[KIND] == LSTM:
            one.lstm_backward(op, batch, dx, dy, params, d_params, work)
        else:
            tiled = -(-batch * op[STEPS] // TILE) * TILE
            x = inputs[: tiled * op[FEATURES]]
            one.dense_backward(op, batch, x, outputs[:written], dx, dy, params, d_params, work)
        return
    dx, dy = _by_lanes(d_inputs, read), _by_lanes(d_outputs, written)
    weights, d_weights = _by_lanes(params, len(params) // LANES), _by_lanes(d_params, len(d_params) // LANES)
    room = _by_lanes(work, len(work) // LANES)
    if op[KIND] == LSTM:
        many.lstm_backward(op, batch, dx, dy, weights, d_weights, room)
    else:
        x, y = _by_lanes(inputs, read), _by_lanes(outputs, written)
        many.dense_backward(op, batch, x, y, dx, dy, weights, d_weights, room)


@inner
def _backward_shape(plan, memory, op, batch, d_inputs, d_outputs):
    width, size = op[FEATURES] * plan.lanes, op[STEPS] * op[FEATURES] * plan.lanes
    if op[KIND] == REPEAT:
        for b in range(batch):
            d_inputs[b * width : (b + 1) * width] = np.float32(0.0)
            for t in range(op[STEPS]):
                for place in range(width):
                    d_inputs[b * width + place] += d_outputs[b * size + t * width + place]
    elif op[KIND] == PAD:
        whole, before = op[WIDTH] * plan.lanes, op[COLUMN] * plan.lanes
        for b in range(batch):
            start = b * whole + before
            d_inputs[b * size : (b + 1) * size] = d_outputs[start : start + size]
    elif op[KIND] == DROPOUT:
        masks = memory.work[op[MASK] * plan.lanes :]
        for place in range(batch * width):
            d_inputs[place] = d_outputs[place] * masks[place]
