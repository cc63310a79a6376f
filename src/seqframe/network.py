"""Input -> body -> head: Keras models from plans, where they are needed."""

from functools import cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqframe import layers
from seqframe.backend import keras, tf
from seqframe.layers.from_plan import make_layer
from seqframe.plan import Network, Plan

FEW_STEPS = 16  # up to here a graph takes longer to make than it saves


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
    options = {"stateful": True} if plan.carried else {}
    stack: list[Any] = [_input(plan)]
    for number, (name, (layer, _)) in enumerate(plan.layers().items()):
        stack.append(make_layer(layer, name, np.random.SeedSequence((seed, number)), kit, **options))
    return keras.Sequential(stack, name=plan.framing)


def _input(plan: Plan) -> Any:
    """Any number of samples; of a network that carries its state, one sample of any number of steps."""
    if plan.carried:
        return keras.Input(batch_shape=(1, None, *plan.input_shape[1:]))
    return keras.Input(plan.input_shape)


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
    """What the network answers: X (samples, timesteps, features) -> an array shaped like y.

    Where it carries its state, the samples must come in whole sequences, each of which begins afresh.
    """
    plan = network.plan.unrolled()
    model, call = _predictor(plan)
    model.set_weights(network.weights)
    inputs = tf.constant(X.reshape(-1, *plan.input_shape), tf.float32)
    parts = [call(inputs[start : start + batch_size]).numpy() for start in range(0, len(inputs), batch_size)]
    answer = np.concatenate(parts)
    return answer.reshape(len(X), -1, answer.shape[-1]) if network.plan.carried else answer


@cache
def _predictor(plan: Plan) -> tuple[Any, Any]:
    model = assemble(plan, seed=0, kit=layers)
    if plan.input_shape[0] <= FEW_STEPS:
        return model, partial(model, training=False)
    signature = [tf.TensorSpec((None, *plan.input_shape), tf.float32)]  # one trace for any number of samples
    return model, tf.function(lambda X: model(X, training=False), signature, autograph=False)
