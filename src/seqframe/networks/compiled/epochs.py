"""Epochs of training without Python between them: batches, losses, updates and early stopping, compiled by Numba."""

# mypy: ignore-errors
import numpy as np

from seqframe.networks.compiled.passes import draw_masks, make_backward, make_forward
from seqframe.networks.compiled.random import shuffle
from seqframe.networks.compiled.table import KIND, MASK, RECURRENT
from seqframe.networks.compiled.updates import gradients_of_loss, update
from seqframe.networks.kernel.machine_code import inner, inner_variant


@inner
def _gather(lanes, lane, order, samples, to):
    width = samples.shape[1]
    for b in range(len(order)):
        for j in range(width):
            to[(b * width + j) * lanes + lane] = samples[order[b], j]


@inner
def _watch(options, memory, losses):
    """Keep the best weights of each network, and stop it after `patience` epochs without a smaller loss.

    A network that has stopped has `wait` -1, and its weights are frozen. Returns whether one has not stopped.
    """
    training = False
    for lane in range(options.lanes):
        if memory.wait[lane] < 0:
            continue
        memory.epochs[lane] += 1
        if losses[lane] < memory.best_loss[lane]:
            memory.best_loss[lane] = losses[lane]
            memory.wait[lane] = 0
            for place in range(lane, len(memory.best), options.lanes):
                memory.best[place] = memory.params[place]
        else:
            memory.wait[lane] += 1
        if memory.wait[lane] >= options.patience:
            memory.wait[lane] = -1
        else:
            training = True
    return training


def _make_train_epoch(variant, forward, backward):
    @inner_variant(variant)
    def train_epoch(options, tables, memory, samples, orders, rate, losses):
        count, totals = len(samples.X), np.zeros(options.lanes)
        batch_losses = np.empty(options.lanes, np.float32)
        training = count >= 0  # always, but with a constant Numba would compile the forward pass twice
        values, gradients, params, work = memory.values, memory.gradients, memory.params, memory.work
        output = tables.offsets[options.output] * options.lanes
        for start in range(0, count, options.batch):
            batch = min(options.batch, count - start)
            targets = memory.targets[: batch * samples.y.shape[1] * options.lanes]
            for lane in range(options.lanes):
                order = orders[lane, start : start + batch]
                _gather(options.lanes, lane, order, samples.X, values)
                _gather(options.lanes, lane, order, samples.y, targets)
            draw_masks(tables.table, tables.dropout, options.lanes, batch, memory.seeds, memory.draws, work)
            forward(tables.table, tables.offsets, options.lanes, batch, values, params, work, training)
            gradients_of_loss(options, tables.levels, values[output:], targets, gradients[output:], batch_losses)
            d_params = memory.d_params
            backward(tables.table, tables.offsets, options.lanes, batch, values, gradients, params, d_params, work)
            memory.iterations[0] += 1
            step = memory.iterations[0]
            update(options, tables.segments, params, d_params, memory.first, memory.second, step, rate)
            for lane in range(options.lanes):
                totals[lane] += batch_losses[lane] * np.float32(batch)
        for lane in range(options.lanes):
            losses[lane] = totals[lane] / count

    return train_epoch


def _make_validate(variant, forward):
    @inner_variant(variant)
    def validate(options, tables, memory, samples, losses):
        """The losses of the validation data. TensorFlow draws masks of recurrent layers in each pass, and uses none."""
        count, totals = len(samples.X_val), np.zeros(options.lanes)
        batch_losses, every = np.empty(options.lanes, np.float32), np.arange(count)
        training = count < 0  # never, see `train_epoch`
        output = tables.offsets[options.output] * options.lanes
        for start in range(0, count, options.batch):
            batch = min(options.batch, count - start)
            targets = memory.targets[: batch * samples.y_val.shape[1] * options.lanes]
            for lane in range(options.lanes):
                order = every[start : start + batch]
                _gather(options.lanes, lane, order, samples.X_val, memory.values)
                _gather(options.lanes, lane, order, samples.y_val, targets)
            values, gradients = memory.values[output:], memory.gradients[output:]
            params, work = memory.params, memory.work
            forward(tables.table, tables.offsets, options.lanes, batch, memory.values, params, work, training)
            gradients_of_loss(options, tables.levels, values, targets, gradients, batch_losses)
            for lane in range(options.lanes):
                totals[lane] += batch_losses[lane] * np.float32(batch)
        for lane in range(options.lanes):
            losses[lane] = totals[lane] / count
        for number in range(len(tables.table)):
            op = tables.table[number]
            if op[MASK] >= 0 and op[KIND] == RECURRENT:
                memory.draws[number] += -(-count // options.validation_batch)

    return validate


def make_run(variant, forward_layer, backward_layer):
    """The training of some epochs with functions of `layers`; the variant is part of its name.

    It trains one epoch for each learning rate (epochs,), or fewer if all networks have stopped, fills the losses and
    validation losses (epochs, lanes), and returns the number of epochs.
    """
    forward, backward = make_forward(variant, forward_layer), make_backward(variant, backward_layer)
    train_epoch, validate = _make_train_epoch(variant, forward, backward), _make_validate(variant, forward)

    @inner_variant(variant)
    def run(options, tables, memory, samples, rates, losses, val_losses):
        if memory.epoch[0] == 0 and options.monitors_initial:  # early stopping counts the untrained networks
            validate(options, tables, memory, samples, memory.best_loss)
        orders = np.empty((options.lanes, len(samples.X)), np.int64)
        for lane in range(options.lanes):
            for row in range(len(samples.X)):
                orders[lane, row] = row
        for number in range(len(rates)):
            if options.shuffle:
                for lane in range(options.lanes):
                    if memory.wait[lane] >= 0:
                        shuffle(orders[lane], memory.seeds[lane], memory.epoch[0])
            rate = rates[number]
            train_epoch(options, tables, memory, samples, orders, rate, losses[number])
            val_losses[number] = losses[number]
            if options.validated:
                validate(options, tables, memory, samples, val_losses[number])
            memory.epoch[0] += 1
            if options.patience and not _watch(options, memory, val_losses[number]):
                return number + 1
        return len(rates)

    return run
