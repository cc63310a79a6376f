"""Stock Keras models whose number of steps is not fixed: layers at every step without the loop of TimeDistributed.

In a graph with an unknown number of steps, Keras 3.15's `TimeDistributed` calls its layer for as many steps as the
batch has samples: the output has a wrong number of steps. `predict` makes such a graph when it is called with a second
length. The operations of `keras.ops` used here are saved with a model, and loaded without custom code.
"""

from typing import Any

from seqframe.networks.backend import keras
from seqframe.networks.spec import Dense, Masking, NetworkSpec, TimeDistributed

ops = keras.ops


def call_any_length(spec: NetworkSpec, made: dict[str, Any], inputs: Any) -> Any:
    """Call the layers of a network: (samples, timesteps, features) -> its output, for any number of steps.

    `made` holds the Keras layer of each layer by its name, and for `TimeDistributed` the layer that it wraps.
    """
    tensor, masking, mask = inputs, None, None
    for name, (layer, _) in spec.layers().items():
        if isinstance(layer, Masking):
            masking, mask = layer, ops.any(ops.not_equal(tensor, layer.mask_value), axis=-1)
        if not isinstance(layer, TimeDistributed) or isinstance(layer.layer, Dense):  # Dense is called at every step
            tensor = made[name](tensor)
            continue
        tensor = _call_at_each_step(made[name], tensor)
        if masking is not None and name != "head":  # the operations lose the mask
            padded = ops.where(ops.expand_dims(mask, axis=-1), tensor, masking.mask_value)
            tensor = keras.layers.Masking(masking.mask_value, name=f"{name}_mask")(padded)
    return tensor


def _call_at_each_step(layer: Any, steps: Any) -> Any:
    """Call a layer on every step: (samples, timesteps, features) -> (samples, timesteps, outputs).

    Steps become samples. The outputs are read back by the number of every step.
    """
    ones = ops.ones_like(ops.sum(steps, axis=-1), dtype="int32")  # (samples, timesteps)
    sample, step = (ops.cumsum(ones, axis=axis) - 1 for axis in (0, 1))
    number = sample * ops.sum(ones, axis=1, keepdims=True) + step
    outputs = layer(ops.reshape(steps, (-1, steps.shape[-1])))  # (samples * timesteps, outputs)
    return ops.take(outputs, number, axis=0)
