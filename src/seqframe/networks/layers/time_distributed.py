"""The same layer at every step of a sequence, in one call."""

from collections.abc import Iterator
from typing import Any

from seqframe.networks.backend import keras, tf

# Which layers answer for each sample of a batch alone, so that steps may be sent through them as samples.

OURS = ("keras.src.", "seqframe.networks.layers.")
CONVOLUTIONS = "Conv{0}D Conv{0}DTranspose SeparableConv{0}D DepthwiseConv{0}D"
POOLINGS = "AveragePooling{0}D MaxPooling{0}D GlobalAveragePooling{0}D GlobalMaxPooling{0}D"
RESHAPES = "Cropping{0}D ZeroPadding{0}D UpSampling{0}D SpatialDropout{0}D"
PER_SAMPLE = frozenset(
    (
        "InputLayer Identity Masking Flatten Reshape Permute RepeatVector Sequential Functional "
        "Add Subtract Multiply Average Maximum Minimum Concatenate "
        "Dense Embedding Activation ReLU LeakyReLU PReLU ELU Softmax "
        "LSTM GRU SimpleRNN RNN LSTMCell GRUCell SimpleRNNCell StackedRNNCells Bidirectional TimeDistributed "
        "BatchNormalization LayerNormalization RMSNormalization GroupNormalization UnitNormalization "
        "Dropout GaussianDropout AlphaDropout GaussianNoise "
        + " ".join(f"{CONVOLUTIONS} {POOLINGS} {RESHAPES}".format(axes) for axes in (1, 2, 3))
    ).split()
)


def why_not_foldable(layer: Any, training: Any = False) -> str | None:
    """Why `layer` must be called once a step; None where one call for all steps gives the same."""
    in_training = tf.is_tensor(training) or bool(training)
    for part in layer._flatten_layers():
        for reason, holds in (*_unknown(part), *_remembering(part, in_training)):
            if holds:
                return f"{part.name}: {reason}"
    return None


def _unknown(part: Any) -> Iterator[tuple[str, bool]]:
    """What may look beyond its own sample."""
    kind = type(part)
    yield f"{kind.__name__} is not known", kind.__name__ not in PER_SAMPLE or not kind.__module__.startswith(OURS)
    if kind.__name__ == "Functional":
        yield "operations that are no layers", not all(isinstance(each, keras.Layer) for each in part.operations)
        yield "several inputs or outputs", len(part.inputs) != 1 or len(part.outputs) != 1
    yield "an axis of its own", getattr(part, "axis", -1) not in (-1, [-1])
    for name in ("activation", "recurrent_activation"):
        yield f"{name} is not one of Keras'", not _is_keras_activation(getattr(part, name, None))
    yield "a penalty on its activity", getattr(part, "activity_regularizer", None) is not None


def _remembering(part: Any, training: bool) -> Iterator[tuple[str, bool]]:
    """What differs from call to call."""
    kind = type(part).__name__
    yield "stateful", bool(getattr(part, "stateful", False))
    yield "return_state", bool(getattr(part, "return_state", False))
    yield "dropout", any(getattr(part, name, 0) for name in ("dropout", "recurrent_dropout"))
    yield "noise", training and any(getattr(part, name, 0) for name in ("rate", "stddev"))
    yield "statistics of the batch", kind == "BatchNormalization" and training and part.trainable
    yield "quantized", getattr(part, "quantization_mode", None) is not None


def _is_keras_activation(function: Any) -> bool:
    return (
        function is None or isinstance(function, keras.Layer) or function.__module__.startswith("keras.src.activations")
    )


class TimeDistributed(keras.layers.TimeDistributed):  # type: ignore[misc]
    """keras.layers.TimeDistributed: its arguments, weights, masks and numbers (to rounding), without its walk.

    Keras calls the layer once a step: the graph grows with the sequence, and so does the time. Here time is folded
    into the batch, so that the layer is called once:

        (batch, timesteps, ...) -> (batch * timesteps, ...) -> layer -> (batch, timesteps, ...)

    The rule: time is folded where each sample's answer is known to depend on that sample and the weights alone, and
    where the layer draws nothing and keeps nothing between its calls. Else Keras walks. So these are walked:

    - BatchNormalization in training (its statistics are those of one step), not in inference or frozen;
    - noise, such as Dropout, in training (it is drawn anew for every step), and recurrent layers with dropout always
      (they draw in inference too, which moves what is drawn next);
    - stateful layers (a step begins where the one before it ended), and those that also give their state;
    - layers that are not Keras' or ours, Lambda, operations of a functional model that are no layers, activations that
      are not Keras', axes other than the last, penalties on activities: what they do with a batch is not known.

    `walk_reason` of `seqframe.networks.layers.time_distributed` says which of them holds. A mask is (batch, timesteps, ...), and goes to
    the wrapped layer as Keras hands it: without its time axis, if the layer takes one. The mask that leaves is the mask
    that came.

    Of sequences whose length is unknown until the graph runs, Keras 3.15 walks as many steps as the batch has samples.
    Folding needs no length; what would have to be walked is refused.

    Raises:
        ValueError: The mask has not the shape of the steps, or a sequence of unknown length would have to be walked.

    Example:
        >>> layer = TimeDistributed(keras.layers.Dense(2))
        >>> tuple(layer(tf.zeros((3, 7, 4))).shape)
        (3, 7, 2)
    """

    def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        reason = why_not_foldable(self.layer, training)
        if reason and inputs.shape[1] is None:
            raise ValueError(
                "A layer can be walked from step to step only where the number of timesteps is known. "
                f"Received: inputs of shape {tuple(inputs.shape)}. It would be walked because of {reason}."
            )
        if reason or not _fits(mask, inputs):
            return super().call(inputs, training=training, mask=mask)
        options = {}
        if self.layer._call_has_mask_arg and mask is not None:
            options["mask"] = _fold(mask)
        if self.layer._call_has_training_arg:
            options["training"] = training
        batch, steps, *_ = keras.ops.shape(inputs)
        outputs = self.layer.call(_fold(inputs), **options)  # (batch * timesteps, ...)
        return keras.ops.reshape(outputs, (batch, steps, *keras.ops.shape(outputs)[1:]))


def _fold(values: Any) -> Any:
    """(batch, timesteps, ...) -> (batch * timesteps, ...); any of the sizes may be unknown until the graph runs."""
    batch, steps, *rest = keras.ops.shape(values)
    return keras.ops.reshape(values, (batch * steps, *rest))


def _fits(mask: Any, inputs: Any) -> bool:
    """Whether the mask has the batch and the time of the inputs; where not, Keras knows what to say."""
    return mask is None or (
        len(mask.shape) >= 2 and tf.TensorShape(inputs.shape[:2]).is_compatible_with(tuple(mask.shape[:2]))
    )
