"""Input -> body -> head: Keras models from plans, where they are needed."""

from functools import cache, partial, singledispatch
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqframe.networks import layers, spec
from seqframe.networks.backend import keras, tf
from seqframe.networks.spec import NetworkSpec, NetworkState

# Keras layers from the layers of a plan, with weights drawn from a seed of their own.


@singledispatch
def build_layer(
    layer: spec.LayerSpec, name: str, seeds: np.random.SeedSequence, layer_module: Any, **options: Any
) -> Any:
    """Make a Keras layer.

    `kit` is where LSTM and TimeDistributed come from: stock Keras, or `seqframe.networks.layers`; `options` are those of Keras'
    recurrent layers that a plan does not have, such as `stateful`.
    """
    raise TypeError(f"No Keras layer for {layer}.")


@build_layer.register
def _(layer: spec.Recurrent, name: str, seeds: np.random.SeedSequence, layer_module: Any, **options: Any) -> Any:
    kind = {"lstm": layer_module.LSTM, "gru": keras.layers.GRU, "simple_rnn": keras.layers.SimpleRNN}[layer.cell]
    kernel, recurrent = _draw(seeds, 2)
    return kind(
        layer.units,
        return_sequences=layer.return_sequences,
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


@build_layer.register
def _(layer: spec.Bidirectional, name: str, seeds: np.random.SeedSequence, layer_module: Any, **options: Any) -> Any:
    forwards, backwards = (
        np.random.SeedSequence(seeds.entropy, spawn_key=(way,)) for way in range(2)
    )  # by hand, since `spawn` would count on from call to call
    with keras.saving.custom_object_scope(
        {"LSTM": layer_module.LSTM}
    ):  # Keras makes a copy of the one that reads forwards
        return keras.layers.Bidirectional(
            build_layer(layer.layer, f"{name}_forwards", forwards, layer_module, **options),
            backward_layer=build_layer(
                layer.layer, f"{name}_backwards", backwards, layer_module, go_backwards=True, **options
            ),
            name=name,
        )


@build_layer.register
def _(layer: spec.Dense, name: str, seeds: np.random.SeedSequence, layer_module: Any, **options: Any) -> Any:
    (kernel,) = _draw(seeds, 1)
    return keras.layers.Dense(
        layer.outputs,
        activation=layer.activation,
        kernel_initializer=keras.initializers.GlorotUniform(kernel),
        kernel_regularizer=_l2(layer.kernel_l2),
        bias_regularizer=_l2(layer.bias_l2),
        name=name,
    )


@build_layer.register
def _(layer: spec.TimeDistributed, name: str, seeds: np.random.SeedSequence, layer_module: Any, **options: Any) -> Any:
    return layer_module.TimeDistributed(
        build_layer(layer.layer, f"{name}_at_every_step", seeds, layer_module), name=name
    )


@build_layer.register
def _(layer: spec.Dropout, name: str, seeds: np.random.SeedSequence, layer_module: Any, **options: Any) -> Any:
    return keras.layers.Dropout(layer.share, name=name)


@build_layer.register
def _(layer: spec.Flatten, name: str, seeds: np.random.SeedSequence, layer_module: Any, **options: Any) -> Any:
    return keras.layers.Flatten(name=name)


@build_layer.register
def _(layer: spec.RepeatVector, name: str, seeds: np.random.SeedSequence, layer_module: Any, **options: Any) -> Any:
    return keras.layers.RepeatVector(layer.steps, name=name)


@build_layer.register
def _(layer: spec.ZeroPadding1D, name: str, seeds: np.random.SeedSequence, layer_module: Any, **options: Any) -> Any:
    return keras.layers.ZeroPadding1D((1, 0), name=name)


@build_layer.register
def _(layer: spec.Reshape, name: str, seeds: np.random.SeedSequence, layer_module: Any, **options: Any) -> Any:
    return keras.layers.Reshape((-1, 2 * layer.features), name=name)


def _draw(sequence: np.random.SeedSequence, count: int) -> list[int]:
    return [int(word) for word in sequence.generate_state(count) >> 1]  # Keras takes 31 bits


def _l2(weight: float) -> Any:
    return keras.regularizers.L2(weight) if weight else None


MAX_EAGER_STEPS = 16  # up to here a graph takes longer to make than it saves


class ParameterCountError(RuntimeError):
    """The arithmetic of a layer and Keras do not agree on its number of parameters."""


def init_network(spec: NetworkSpec, seed: int) -> NetworkState:
    """Draw initial weights: the same plan and seed give the same bits, whatever was drawn before.

    Raises:
        ParameterCountError: Keras counts other parameters than the plan does.
    """
    return build_network(spec, seed)[0]


def build_network(spec: NetworkSpec, seed: int) -> tuple[NetworkState, dict[str, int]]:
    """Draw a network, and give Keras' count of the parameters of every layer beside it.

    Raises:
        ParameterCountError: Keras counts other parameters than the plan does.
    """
    model = build_model(spec, seed)
    return NetworkState(spec, tuple(model.get_weights())), count_parameters(spec, model)


def build_model(spec: NetworkSpec, seed: int, layer_module: Any = keras.layers) -> Any:
    """Make the Keras model of a plan, with weights drawn from the seed.

    `kit` is where its layers come from: stock Keras for what is kept, `seqframe.networks.layers` for what is trained.
    """
    options = {"stateful": True} if spec.steps_per_sequence else {}
    stack: list[Any] = [_input(spec)]
    for number, (name, (layer, _)) in enumerate(spec.layers().items()):
        stack.append(build_layer(layer, name, np.random.SeedSequence((seed, number)), layer_module, **options))
    return keras.Sequential(stack, name=spec.framing)


def _input(spec: NetworkSpec) -> Any:
    """Any number of samples; of a network that carries its state, one sample of any number of steps."""
    if spec.steps_per_sequence:
        return keras.Input(batch_shape=(1, None, *spec.input_shape[1:]))
    return keras.Input(spec.input_shape)


def count_parameters(spec: NetworkSpec, model: Any) -> dict[str, int]:
    """Keras' count for every layer, by its name.

    Raises:
        ParameterCountError: One of them is not what the arithmetic of the plan says.
    """
    counts = {}
    for name, (layer, shape) in spec.layers().items():
        counts[name] = int(model.get_layer(name).count_params())
        expected = layer.param_count(shape)
        if counts[name] != expected.value:
            raise ParameterCountError(
                f"{spec.framing}, {name}: {layer.kind} on {shape} has {expected.numbers} = {expected.value} parameters "
                f"by arithmetic, and Keras counts {counts[name]}."
            )
    return counts


def export_keras(network: NetworkState) -> Any:
    """Make a model of stock Keras layers of a network: a new one, that its taker may change."""
    model = build_model(network.spec, seed=0)
    model.set_weights(network.weights)
    return model


def predict(network: NetworkState, X: NDArray[Any], batch_size: int = 1024) -> NDArray[np.float32]:
    """What the network answers: X (samples, timesteps, features) -> an array shaped like y.

    Where it carries its state, the samples must come in whole sequences, each of which begins afresh.
    """
    spec = network.spec.stateless()
    model, call = _predictor(spec)
    model.set_weights(network.weights)
    inputs = tf.constant(X.reshape(-1, *spec.input_shape), tf.float32)
    parts = [call(inputs[start : start + batch_size]).numpy() for start in range(0, len(inputs), batch_size)]
    answer = np.concatenate(parts)
    return answer.reshape(len(X), -1, answer.shape[-1]) if network.spec.steps_per_sequence else answer


@cache
def _predictor(spec: NetworkSpec) -> tuple[Any, Any]:
    model = build_model(spec, seed=0, layer_module=layers)
    if spec.input_shape[0] <= MAX_EAGER_STEPS:
        return model, partial(model, training=False)
    signature = [tf.TensorSpec((None, *spec.input_shape), tf.float32)]  # one trace for any number of samples
    return model, tf.function(lambda X: model(X, training=False), signature, autograph=False)
