"""Q4: Dense and TimeDistributed(Dense) on a three-dimensional input, with the same weights."""

import numpy as np
import pandas as pd

from seqframe.experiments.base import Experiment, ExperimentContext, Finding

BATCH, STEPS, FEATURES, OUTPUTS = 4, 7, 5, 3
ROUNDING = 1e-6  # of float32 numbers near 1


def run(context: ExperimentContext) -> Finding:
    """Copy the weights of Keras' Dense to Keras' TimeDistributed(Dense); compare outputs and gradients."""
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
    table = pd.DataFrame({"compared": names, "max difference": differences})
    return Finding(max(differences), conclude(max(differences), dense.count_params()), table)


def conclude(difference: float, parameters: int) -> str:
    """The conclusion, from the largest difference and the number of shared weights."""
    if difference <= ROUNDING:
        return (
            f"No difference: with the same {parameters} weights both give the same outputs and gradients (max "
            f"difference {difference:.1g}, rounding error). The tutorial found a difference in an older version of "
            "Keras. Today Dense is applied to every step, so TimeDistributed(Dense) computes the same."
        )
    return f"Yes: with the same {parameters} weights outputs or gradients differ by up to {difference:.1g}."


Q4 = Experiment(
    name="Q4",
    text="Dense(1) instead of TimeDistributed(Dense(1)) on a 3-D input: is there any difference?",
    quantity="Max absolute difference of outputs and gradients",
    method="The weights of one layer are copied to the other. Both get the same random input and the same loss.",
    run=run,
)
