"""Q4: Dense and TimeDistributed(Dense) on a three-dimensional input, with the same weights."""

import numpy as np
import pandas as pd

from seqframe.experiments.base import Experiment, ExperimentContext, Finding

BATCH, STEPS, FEATURES, OUTPUTS = 4, 7, 5, 3
ROUNDING = 1e-6  # of float32 numbers near 1


def ask(context: ExperimentContext) -> Finding:
    """Copy the weights of Keras' one to the other, and compare what they give and what they would learn."""
    from seqframe.networks.backend import keras, tf

    inputs = tf.constant(np.random.default_rng(0).normal(size=(BATCH, STEPS, FEATURES)), tf.float32)
    dense = keras.layers.Dense(OUTPUTS)
    wrapped = keras.layers.TimeDistributed(keras.layers.Dense(OUTPUTS))
    dense.build(tuple(inputs.shape))
    wrapped.build(tuple(inputs.shape))
    wrapped.set_weights(dense.get_weights())
    results = {}
    for name, layer in (("Dense", dense), ("TimeDistributed(Dense)", wrapped)):
        with tf.GradientTape() as tape:
            outputs = layer(inputs)
            loss = tf.reduce_mean(outputs**2)
        results[name] = [outputs, *tape.gradient(loss, layer.trainable_variables)]
    names = ("outputs", "gradient of the kernel", "gradient of the bias")
    differences = [float(np.max(np.abs(a - b))) for a, b in zip(*results.values(), strict=True)]
    table = pd.DataFrame({"compared": names, "largest difference": differences})
    return Finding(max(differences), decide(max(differences), dense.count_params()), table)


def decide(difference: float, parameters: int) -> str:
    """The sentence."""
    if difference <= ROUNDING:
        return (
            f"No difference: with the same {parameters} weights they give the same outputs and gradients (largest "
            f"difference {difference:.1g}, which is rounding). The tutorial sees a difference, and its Keras is an "
            "older one; in today's, Dense itself is applied to every step, so that TimeDistributed(Dense) is another "
            "name for it."
        )
    return f"Yes: with the same {parameters} weights their outputs or gradients differ by up to {difference:.1g}."


Q4 = Experiment(
    name="Q4",
    text="Dense(1) in place of TimeDistributed(Dense(1)) on a 3-D input: is there any difference?",
    unit="largest difference of outputs and gradients",
    method="The weights of one are copied to the other; both get the same random input and the same loss.",
    ask=ask,
)
