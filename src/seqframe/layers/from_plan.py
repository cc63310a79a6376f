"""Keras layers from the layers of a plan, with weights drawn from a seed of their own."""

from functools import singledispatch
from typing import Any

import numpy as np

from seqframe import plan
from seqframe.backend import keras


@singledispatch
def make_layer(layer: plan.Layer, name: str, seeds: np.random.SeedSequence, kit: Any, **options: Any) -> Any:
    """Make a Keras layer.

    `kit` is where LSTM and TimeDistributed come from: stock Keras, or `seqframe.layers`; `options` are those of Keras'
    recurrent layers that a plan does not have, such as `stateful`.
    """
    raise TypeError(f"No Keras layer for {layer}.")


@make_layer.register
def _(layer: plan.Recurrent, name: str, seeds: np.random.SeedSequence, kit: Any, **options: Any) -> Any:
    kind = {"lstm": kit.LSTM, "gru": keras.layers.GRU, "simple_rnn": keras.layers.SimpleRNN}[layer.cell]
    kernel, recurrent = _draw(seeds, 2)
    return kind(
        layer.units,
        return_sequences=layer.every_step,
        dropout=layer.dropout,
        recurrent_dropout=layer.recurrent_dropout,
        kernel_initializer=keras.initializers.GlorotUniform(kernel),
        recurrent_initializer=keras.initializers.Orthogonal(seed=recurrent),
        kernel_regularizer=_l2(layer.kernel_l2),
        recurrent_regularizer=_l2(layer.recurrent_l2),
        bias_regularizer=_l2(layer.bias_l2),
        name=name,
        **options,
    )


@make_layer.register
def _(layer: plan.Bidirectional, name: str, seeds: np.random.SeedSequence, kit: Any, **options: Any) -> Any:
    forwards, backwards = (
        np.random.SeedSequence(seeds.entropy, spawn_key=(way,)) for way in range(2)
    )  # by hand, since `spawn` would count on from call to call
    with keras.saving.custom_object_scope({"LSTM": kit.LSTM}):  # Keras makes a copy of the one that reads forwards
        return keras.layers.Bidirectional(
            make_layer(layer.layer, f"{name}_forwards", forwards, kit, **options),
            backward_layer=make_layer(layer.layer, f"{name}_backwards", backwards, kit, go_backwards=True, **options),
            name=name,
        )


@make_layer.register
def _(layer: plan.Dense, name: str, seeds: np.random.SeedSequence, kit: Any, **options: Any) -> Any:
    (kernel,) = _draw(seeds, 1)
    return keras.layers.Dense(
        layer.outputs,
        activation=layer.activation,
        kernel_initializer=keras.initializers.GlorotUniform(kernel),
        kernel_regularizer=_l2(layer.kernel_l2),
        bias_regularizer=_l2(layer.bias_l2),
        name=name,
    )


@make_layer.register
def _(layer: plan.TimeDistributed, name: str, seeds: np.random.SeedSequence, kit: Any, **options: Any) -> Any:
    return kit.TimeDistributed(make_layer(layer.layer, f"{name}_at_every_step", seeds, kit), name=name)


@make_layer.register
def _(layer: plan.Dropout, name: str, seeds: np.random.SeedSequence, kit: Any, **options: Any) -> Any:
    return keras.layers.Dropout(layer.share, name=name)


@make_layer.register
def _(layer: plan.Flatten, name: str, seeds: np.random.SeedSequence, kit: Any, **options: Any) -> Any:
    return keras.layers.Flatten(name=name)


@make_layer.register
def _(layer: plan.Repeat, name: str, seeds: np.random.SeedSequence, kit: Any, **options: Any) -> Any:
    return keras.layers.RepeatVector(layer.steps, name=name)


@make_layer.register
def _(layer: plan.PadStep, name: str, seeds: np.random.SeedSequence, kit: Any, **options: Any) -> Any:
    return keras.layers.ZeroPadding1D((1, 0), name=name)


@make_layer.register
def _(layer: plan.PairSteps, name: str, seeds: np.random.SeedSequence, kit: Any, **options: Any) -> Any:
    return keras.layers.Reshape((-1, 2 * layer.features), name=name)


def _draw(sequence: np.random.SeedSequence, count: int) -> list[int]:
    return [int(word) for word in sequence.generate_state(count) >> 1]  # Keras takes 31 bits


def _l2(weight: float) -> Any:
    return keras.regularizers.L2(weight) if weight else None
