"""Input -> body -> head: Keras models from plans, where they are needed."""

from functools import cache, singledispatch
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqframe import layers
from seqframe.backend import keras, tf
from seqframe.plan import Dense, Layer, Lstm, Network, Plan, TimeDistributed


class ParameterCountError(RuntimeError):
    """The arithmetic of a layer and Keras do not agree on its number of parameters."""


def draw_network(plan: Plan, seed: int) -> Network:
    """Draw initial weights: the same plan and seed give the same bits, whatever was drawn before.

    Raises:
        ParameterCountError: Keras counts other parameters than the plan does.
    """
    return build_network(plan, seed)[0]


def build_network(plan: Plan, seed: int) -> tuple[Network, dict[str, int]]:
    """Draw a network, and give Keras' count of the parameters of every layer beside it.

    Raises:
        ParameterCountError: Keras counts other parameters than the plan does.
    """
    model = assemble(plan, seed)
    return Network(plan, tuple(model.get_weights())), count_parameters(plan, model)


def assemble(plan: Plan, seed: int, kit: Any = keras.layers) -> Any:
    """Make the Keras model of a plan, with weights drawn from the seed.

    `kit` is where its layers come from: stock Keras for what is kept, `seqframe.layers` for what is trained.
    """
    stack: list[Any] = [keras.Input(plan.input_shape)]
    for number, (name, (layer, _)) in enumerate(plan.layers().items()):
        stack.append(_keras_layer(layer, name, np.random.SeedSequence((seed, number)), kit))
    return keras.Sequential(stack, name=plan.framing)


def count_parameters(plan: Plan, model: Any) -> dict[str, int]:
    """Keras' count for every layer, by its name.

    Raises:
        ParameterCountError: One of them is not what the arithmetic of the plan says.
    """
    counts = {}
    for name, (layer, shape) in plan.layers().items():
        counts[name] = int(model.get_layer(name).count_params())
        expected = layer.arithmetic(shape)
        if counts[name] != expected.value:
            raise ParameterCountError(
                f"{plan.framing}, {name}: {layer.kind} on {shape} has {expected.numbers} = {expected.value} parameters "
                f"by arithmetic, and Keras counts {counts[name]}."
            )
    return counts


def to_keras(network: Network) -> Any:
    """Make a model of stock Keras layers of a network: a new one, that its taker may change."""
    model = assemble(network.plan, seed=0)
    model.set_weights(network.weights)
    return model


def predict(network: Network, X: NDArray[Any], batch_size: int = 1024) -> NDArray[np.float32]:
    """What the network answers: X (samples, timesteps, features) -> an array shaped like y."""
    model, call = _predictor(network.plan)
    model.set_weights(network.weights)
    inputs = tf.constant(X, tf.float32)
    parts = [call(inputs[start : start + batch_size]).numpy() for start in range(0, len(X), batch_size)]
    return np.concatenate(parts)


@cache
def _predictor(plan: Plan) -> tuple[Any, Any]:
    model = assemble(plan, seed=0, kit=layers)
    return model, tf.function(lambda X: model(X, training=False), autograph=False, reduce_retracing=True)


def _seeds(sequence: np.random.SeedSequence, count: int) -> list[int]:
    return [int(word) for word in sequence.generate_state(count) >> 1]  # Keras takes 31 bits


@singledispatch
def _keras_layer(layer: Layer, name: str, sequence: np.random.SeedSequence, kit: Any) -> Any:
    raise TypeError(f"No Keras layer for {layer}.")


@_keras_layer.register
def _(layer: Lstm, name: str, sequence: np.random.SeedSequence, kit: Any) -> Any:
    kernel, recurrent = _seeds(sequence, 2)
    return kit.LSTM(
        layer.units,
        return_sequences=layer.every_step,
        dropout=layer.dropout,
        kernel_initializer=keras.initializers.GlorotUniform(kernel),
        recurrent_initializer=keras.initializers.Orthogonal(seed=recurrent),
        name=name,
    )


@_keras_layer.register
def _(layer: Dense, name: str, sequence: np.random.SeedSequence, kit: Any) -> Any:
    (kernel,) = _seeds(sequence, 1)
    return keras.layers.Dense(layer.outputs, kernel_initializer=keras.initializers.GlorotUniform(kernel), name=name)


@_keras_layer.register
def _(layer: TimeDistributed, name: str, sequence: np.random.SeedSequence, kit: Any) -> Any:
    return kit.TimeDistributed(_keras_layer(layer.layer, f"{name}_at_every_step", sequence, kit), name=name)
