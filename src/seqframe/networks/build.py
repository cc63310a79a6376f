"""Keras models from network specs: input -> body -> head, plus the skip connection."""

import inspect
from dataclasses import dataclass, replace
from functools import cache, lru_cache, partial, reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqframe.data.windows import Array
from seqframe.networks import layers
from seqframe.networks.backend import keras, tf
from seqframe.networks.spec import L2, Dense, LayerSpec, NetworkSpec, NetworkState, TimeDistributed, Weights
from seqframe.networks.step_layers import Concatenate, Sequential, inner_layers
from seqframe.networks.variable_length import call_any_length

MAX_EAGER_STEPS = 16  # with more steps, tracing a graph pays off
MAX_DRAWN = 8  # networks whose initial weights are held in memory


class ParameterCountError(RuntimeError):
    """The formula of a layer and Keras disagree about its number of parameters."""


def build_layer(layer: LayerSpec, name: str, seeds: np.random.SeedSequence, layer_module: Any) -> Any:
    """Make the Keras layer of a spec; random initializers are seeded from `seeds`.

    `layer_module` has our own versions of some layers; all others come from `keras`. Layers inside a layer are named
    after their argument. If there are several, each draws from a child of `seeds`.
    """
    inner = inner_layers(layer)
    made = {}
    for number, (argument, spec) in enumerate(inner.items()):
        # Not `seeds.spawn`, which counts its calls.
        key = (*seeds.spawn_key, number)
        own = seeds if len(inner) == 1 else np.random.SeedSequence(seeds.entropy, spawn_key=key)
        made[argument] = build_layer(spec, f"{name}_{argument}", own, layer_module)
    if isinstance(layer, Sequential):
        return keras.Sequential(list(made.values()), name=name)
    if isinstance(layer, Concatenate):
        return _concatenated(layer, list(made.values()), name)
    kind = getattr(layer_module, type(layer).__name__, None) or getattr(keras.layers, type(layer).__name__)
    arguments = layer.arguments() | made
    for argument, value in arguments.items():
        if isinstance(value, L2):
            arguments[argument] = keras.regularizers.L2(value.l2)
    classes = {type(each).__name__: type(each) for each in made.values()}
    with keras.saving.custom_object_scope(classes):  # some wrappers, as Bidirectional, copy the layer
        return kind(**_seeded_initializers(kind, seeds) | arguments, name=name)


def _concatenated(layer: Concatenate, branches: list[Any], name: str) -> Any:
    """A functional model with the outputs of several layers side by side."""
    inputs = keras.Input(layer.shape, name=f"{name}_inputs")
    outputs = [branch(inputs) for branch in branches]
    return keras.Model(inputs, keras.layers.Concatenate(name=f"{name}_joined")(outputs), name=name)


def _seeded_initializers(kind: type, seeds: np.random.SeedSequence) -> dict[str, Any]:
    """The random initializers of a Keras layer, each with its own seed, in the order of the layer's arguments."""
    classes = _random_initializers(kind)
    words = seeds.generate_state(len(classes)) >> 1  # Keras takes 31 bits
    return {
        argument: initializer(seed=int(word))
        for (argument, initializer), word in zip(classes.items(), words, strict=True)
    }


@cache
def _random_initializers(kind: type) -> dict[str, type]:
    """The arguments of a Keras layer whose default is a random initializer, with the initializer's class."""
    # Not `signature(kind)`, which gives the signature of `Layer.__new__` in some versions of Python.
    signature = inspect.signature(kind.__init__)  # type: ignore[misc]
    defaults = {name: parameter.default for name, parameter in signature.parameters.items()}
    found = {
        name: keras.initializers.get(default)
        for name, default in defaults.items()
        if name.endswith("_initializer") and default is not inspect.Parameter.empty and default is not None
    }
    return {name: type(initializer) for name, initializer in found.items() if "seed" in initializer.get_config()}


def init_network(spec: NetworkSpec, seed: int, linear: tuple[Array, Array] | None = None) -> NetworkState:
    """Draw initial weights. The same spec and seed give the same bits, whatever was drawn before.

    `linear` is the kernel (inputs, targets) and the bias (targets,) of the skip connection. With them the head starts
    at zero, so that the untrained network is the linear model, for every quantile.

    Raises:
        ParameterCountError: Keras counts other parameters than the formulas of the spec.
    """
    network = NetworkState(spec, tuple(each.copy() for each in _draw(spec, seed).weights))
    return network if linear is None else with_linear_weights(network, *linear)


def with_linear_weights(
    network: NetworkState, kernel: Array, bias: Array, head_kernel: Array | float = 0.0
) -> NetworkState:
    """The network with the kernel (inputs, targets) and the bias (targets,) of its skip connection, and of its head.

    They are repeated for every quantile. `head_kernel` is (units, targets), or 0; the bias of the head is 0.
    """
    spec, weights = network.spec, list(network.weights)
    skip = next(name for name, (layer, _) in spec.skip_layers().items() if isinstance(layer, Dense))
    places = weight_places(spec, skip) + weight_places(spec, "head")
    for place, each in zip(places, (kernel, bias, head_kernel, 0.0), strict=True):
        values = np.repeat(each, spec.outputs_per_target, axis=-1) if np.ndim(each) else each
        weights[place] = np.broadcast_to(np.asarray(values, np.float32), weights[place].shape).copy()
    return NetworkState(spec, tuple(weights))


def body_network(network: NetworkState) -> NetworkState:
    """The network without its head and skip connection; the last layer of the body is its output layer."""
    spec = network.spec
    places = [place for name in spec.layers() if name != "head" for place in weight_places(spec, name)]
    body = replace(spec, body=spec.body[:-1], head=spec.body[-1], skip=(), quantiles=())
    return NetworkState(body, tuple(network.weights[place] for place in places))


def weight_places(spec: NetworkSpec, layer: str) -> list[int]:
    """The positions of the weights of a layer among the weights of a network."""
    return [place for place, name in enumerate(_draw(spec, 0).owners) if name == layer]


def build_network(spec: NetworkSpec, seed: int) -> tuple[NetworkState, dict[str, int]]:
    """Draw initial weights, and return them with Keras' number of parameters of every layer.

    Raises:
        ParameterCountError: Keras counts other parameters than the formulas of the spec.
    """
    return init_network(spec, seed), dict(_draw(spec, seed).counts)


@dataclass(frozen=True)
class _Drawn:
    """Initial weights, the name of the layer of each, and the number of parameters of every layer."""

    weights: Weights
    owners: tuple[str, ...]
    counts: dict[str, int]


@lru_cache(maxsize=MAX_DRAWN)
def _draw(spec: NetworkSpec, seed: int) -> _Drawn:
    """Draw the initial weights once for all folds: building a Keras model takes longer than copying its weights."""
    model = build_model(spec, seed)
    counts = count_parameters(spec, model)
    owners = {id(weight): layer.name for layer in model.layers for weight in layer.weights}
    return _Drawn(tuple(model.get_weights()), tuple(owners[id(weight)] for weight in model.weights), counts)


def build_model(spec: NetworkSpec, seed: int, layer_module: Any = keras.layers) -> Any:
    """Make the Keras model of a spec, with initial weights drawn from the seed.

    `layer_module` is `keras.layers` for models that are saved, and `seqframe.networks.layers` for training.
    """
    stock = layer_module is keras.layers
    made = {
        name: build_layer(_built(layer, spec, stock), name, np.random.SeedSequence((seed, number)), layer_module)
        for number, (name, (layer, _)) in enumerate(spec.all_layers().items())
    }
    stack = [made[name] for name in spec.layers()]
    if stock and not all(_built(layer, spec, stock) is layer for layer, _ in spec.layers().values()):
        inputs = _input(spec)
        return keras.Model(inputs, call_any_length(spec, made, inputs), name=spec.framing)
    if not spec.skip:
        return keras.Sequential([_input(spec), *stack], name=spec.framing)
    inputs = _input(spec)
    skip = [made[name] for name in spec.skip_layers()]
    branches = [reduce(lambda tensor, layer: layer(tensor), path, inputs) for path in (stack, skip)]
    return keras.Model(inputs, keras.layers.Add(name="sum")(branches), name=spec.framing)


def _built(layer: LayerSpec, spec: NetworkSpec, stock: bool) -> LayerSpec:
    """The layer that is built: in stock models of variable length, what `TimeDistributed` wraps."""
    return layer.layer if stock and spec.variable_length and isinstance(layer, TimeDistributed) else layer


def _input(spec: NetworkSpec) -> Any:
    """Any number of samples; for a stateful network, one sample. Steps as known, or any number of them."""
    if spec.steps_per_sequence:
        return keras.Input(batch_shape=(1, None, *spec.input_shape[1:]))
    return keras.Input(spec.sample_shape)


def count_parameters(spec: NetworkSpec, model: Any) -> dict[str, int]:
    """Keras' number of parameters of every layer, by its name.

    Raises:
        ParameterCountError: A number differs from the formula of the layer's spec.
    """
    counts = {}
    for name, (layer, shape) in spec.all_layers().items():
        counts[name] = int(model.get_layer(name).count_params())
        expected = layer.param_count(shape)
        if counts[name] != expected.value:
            raise ParameterCountError(
                f"{spec.framing}, {name}: {layer} on {shape} has {expected.substituted} = {expected.value} parameters "
                f"by its formula, and Keras counts {counts[name]}."
            )
    return counts


@cache
def weight_paths(spec: NetworkSpec) -> tuple[str, ...]:
    """The paths of the weight arrays of a network, in the order of Keras' `get_weights`."""
    return tuple(weight.path for weight in build_model(spec, seed=0).weights)


def export_keras(network: NetworkState) -> Any:
    """Make a new model of stock Keras layers with the weights of a network."""
    model = build_model(network.spec, seed=0)
    model.set_weights(network.weights)
    return model


def predict(network: NetworkState, X: NDArray[Any], batch_size: int = 1024) -> NDArray[np.float32]:
    """Predict from X (samples, timesteps, features); the result is shaped like y.

    The samples of a stateful network must be whole sequences; its state is reset before each. With `variable_length`,
    every sample is a whole sequence of any number of steps, for a stateful network too.
    """
    spec = network.spec.stateless()
    model, call = _predictor(spec)
    model.set_weights(network.weights)
    inputs = tf.constant(X if spec.variable_length else X.reshape(-1, *spec.input_shape), tf.float32)
    parts = [call(inputs[start : start + batch_size]).numpy() for start in range(0, len(inputs), batch_size)]
    outputs = np.concatenate(parts)
    samples_are_steps = network.spec.steps_per_sequence and not spec.variable_length
    return outputs.reshape(len(X), -1, outputs.shape[-1]) if samples_are_steps else outputs


@cache
def _predictor(spec: NetworkSpec) -> tuple[Any, Any]:
    """A model of a spec, and the function that calls it, eager or traced."""
    model = build_model(spec, seed=0, layer_module=layers)
    if spec.input_shape[0] <= MAX_EAGER_STEPS and not spec.variable_length:
        return model, partial(model, training=False)
    signature = [tf.TensorSpec((None, *spec.sample_shape), tf.float32)]  # one trace for any number of samples
    function = tf.function(lambda X: model(X, training=False), signature, autograph=False)
    return model, function.get_concrete_function()  # TensorFlow warns of many functions that trace when called
