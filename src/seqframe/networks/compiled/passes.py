"""Forward and backward pass through the table of operations, for any number of lanes, compiled by Numba."""

# mypy: ignore-errors
import numpy as np

from seqframe.networks.compiled import lanes as lanes_code
from seqframe.networks.compiled import wide
from seqframe.networks.compiled.random import draw_dropout
from seqframe.networks.compiled.table import (
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


@inner
def forward(table, offsets, lanes, batch, values, params, work, training):
    """All operations in their order."""
    for number in range(len(table)):
        op = table[number]
        inputs, outputs = values[offsets[op[INPUT]] * lanes :], values[offsets[op[OUTPUT]] * lanes :]
        if op[KIND] == LSTM or op[KIND] == DENSE:
            _forward_layer(op, lanes, batch, inputs, outputs, params, work, training)
        elif op[KIND] == ADD:
            others = values[offsets[op[PARAMS]] * lanes :]
            for place in range(batch * op[FEATURES] * lanes):
                outputs[place] = inputs[place] + others[place]
        else:
            _forward_shape(op, lanes, batch, inputs, outputs, work, training)


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
def _forward_layer(op, lanes, batch, inputs, outputs, params, work, training):
    read, written = _input_count(op, batch), _output_count(op, batch)
    if lanes == 1:
        if op[KIND] == LSTM:
            wide.lstm_forward_wide(op, batch, inputs[:read], outputs[:written], params, work, training)
        else:
            tiled = -(-batch * op[STEPS] // TILE) * TILE
            wide.dense_forward_wide(op, batch, inputs[: tiled * op[FEATURES]], outputs[:written], params, work)
        return
    x, y = _by_lanes(inputs, read), _by_lanes(outputs, written)
    weights, room = _by_lanes(params, len(params) // LANES), _by_lanes(work, len(work) // LANES)
    if op[KIND] == LSTM:
        lanes_code.lstm_forward_lanes(op, batch, x, y, weights, room, training)
    else:
        lanes_code.dense_forward_lanes(op, batch, x, y, weights)


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


@inner
def backward(table, offsets, lanes, batch, values, gradients, params, d_params, work):
    """All operations in the reverse order: the gradients of all trained parameters."""
    for number in range(len(table) - 1, -1, -1):
        op = table[number]
        start, end = offsets[op[INPUT]] * lanes, offsets[op[OUTPUT]] * lanes
        d_inputs, d_outputs = gradients[start:], gradients[end:]
        if op[KIND] == LSTM or op[KIND] == DENSE:
            if op[TRAINED] or op[NEEDED]:
                inputs, outputs = values[start:], values[end:]
                _backward_layer(op, lanes, batch, inputs, outputs, d_inputs, d_outputs, params, d_params, work)
        elif op[NEEDED]:
            _backward_shape(op, lanes, batch, d_inputs, d_outputs, work)


@inner
def _backward_layer(op, lanes, batch, inputs, outputs, d_inputs, d_outputs, params, d_params, work):
    read, written = _input_count(op, batch), _output_count(op, batch)
    if lanes == 1:
        dx, dy = d_inputs[:read], d_outputs[:written]
        if op[KIND] == LSTM:
            wide.lstm_backward_wide(op, batch, dx, dy, params, d_params, work)
        else:
            tiled = -(-batch * op[STEPS] // TILE) * TILE
            x = inputs[: tiled * op[FEATURES]]
            wide.dense_backward_wide(op, batch, x, outputs[:written], dx, dy, params, d_params, work)
        return
    dx, dy = _by_lanes(d_inputs, read), _by_lanes(d_outputs, written)
    weights, d_weights = _by_lanes(params, len(params) // LANES), _by_lanes(d_params, len(d_params) // LANES)
    room = _by_lanes(work, len(work) // LANES)
    if op[KIND] == LSTM:
        lanes_code.lstm_backward_lanes(op, batch, dx, dy, weights, d_weights, room)
    else:
        x, y = _by_lanes(inputs, read), _by_lanes(outputs, written)
        lanes_code.dense_backward_lanes(op, batch, x, y, dx, dy, weights, d_weights, room)


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
