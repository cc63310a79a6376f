"""TimeDistributed in one call: time is folded into the batch if that gives the same result."""

from collections.abc import Iterator
from typing import Any

from seqframe.networks.backend import keras, tf

OURS = ("keras.src.", "seqframe.networks.layers.")
CONVOLUTIONS = "Conv{0}D Conv{0}DTranspose SeparableConv{0}D DepthwiseConv{0}D"
POOLINGS = "AveragePooling{0}D MaxPooling{0}D GlobalAveragePooling{0}D GlobalMaxPooling{0}D"
RESHAPES = "Cropping{0}D ZeroPadding{0}D UpSampling{0}D SpatialDropout{0}D"
# Layers whose output for a sample depends on that sample only, so that steps may be passed as samples.
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
    """Why `layer` must be called once per step; None if one call for all steps gives the same."""
    in_training = tf.is_tensor(training) or bool(training)
    for part in layer._flatten_layers():
        for reason, holds in (*_not_per_sample(part), *_changing_between_calls(part, in_training)):
            if holds:
                return f"{part.name}: {reason}"
    return None


def _not_per_sample(part: Any) -> Iterator[tuple[str, bool]]:
    """Reasons why the output for a sample may depend on others."""
    kind = type(part)
    yield f"{kind.__name__} is not supported", kind.__name__ not in PER_SAMPLE or not kind.__module__.startswith(OURS)
    if kind.__name__ == "Functional":
        yield "operations that are not layers", not all(isinstance(each, keras.Layer) for each in part.operations)
        yield "several inputs or outputs", len(part.inputs) != 1 or len(part.outputs) != 1
    yield "another axis than the last", getattr(part, "axis", -1) not in (-1, [-1])
    for name in ("activation", "recurrent_activation"):
        yield f"{name} is not a Keras activation", not _is_keras_activation(getattr(part, name, None))
    yield "activity regularizer", getattr(part, "activity_regularizer", None) is not None


def _changing_between_calls(part: Any, training: bool) -> Iterator[tuple[str, bool]]:
    """Reasons why one call differs from several."""
    kind = type(part).__name__
    yield "stateful", bool(getattr(part, "stateful", False))
    yield "return_state", bool(getattr(part, "return_state", False))
    yield "dropout", any(getattr(part, name, 0) for name in ("dropout", "recurrent_dropout"))
    yield "noise", training and any(getattr(part, name, 0) for name in ("rate", "stddev"))
    yield "batch statistics", kind == "BatchNormalization" and training and part.trainable
    yield "quantized", getattr(part, "quantization_mode", None) is not None


def _is_keras_activation(function: Any) -> bool:
    return (
        function is None or isinstance(function, keras.Layer) or function.__module__.startswith("keras.src.activations")
    )


class TimeDistributed(keras.layers.TimeDistributed):  # type: ignore[misc]
    """keras.layers.TimeDistributed with the same arguments, weights, masks and results (up to rounding), in one call.

    Keras calls the layer once per step: graph size and time grow with the sequence. Here time is folded into the batch,
    and the layer is called once:

        (batch, timesteps, ...) -> (batch * timesteps, ...) -> layer -> (batch, timesteps, ...)

    Time is folded if the output for a sample depends on that sample and the weights only, and if the layer has no
    random numbers or state. Otherwise Keras loops over time steps. It does so for:

    - BatchNormalization in training (its statistics are computed per step), not in inference or when frozen;
    - noise, such as Dropout, in training (it is drawn for every step), and recurrent layers with dropout always (they
      draw in inference too, which changes later draws);
    - stateful layers (a step starts from the state of the previous one), and layers that return their state;
    - layers that are neither Keras' nor ours, Lambda, operations of a functional model that are not layers, activations
      that are not Keras', axes other than the last, and activity regularizers: their effect on a batch is not known.

    `why_not_foldable` returns the reason. A mask is (batch, timesteps, ...), and is passed to the wrapped layer as by
    Keras: without its time axis, if the layer takes a mask. A model inside gets no mask with one value a step, which
    its layers would lose with a warning. The output has the mask of the input.

    For sequences whose length is unknown until the graph runs, Keras 3.15 loops over as many steps as the batch has
    samples. Folding needs no length; a loop is refused.

    Raises:
        ValueError: The mask does not have the shape of the steps, or a loop over an unknown number of steps is needed.

    Example:
        >>> layer = TimeDistributed(keras.layers.Dense(2))
        >>> tuple(layer(tf.zeros((3, 7, 4))).shape)
        (3, 7, 2)
    """

    def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        reason = why_not_foldable(self.layer, training)
        if reason and inputs.shape[1] is None:
            raise ValueError(
                "A layer can be called step by step only if the number of timesteps is known. "
                f"Received: inputs of shape {tuple(inputs.shape)}, and a step-by-step layer because of {reason}."
            )
        if reason or not _fits(mask, inputs):
            return super().call(inputs, training=training, mask=mask)
        options = {}
        if self.layer._call_has_mask_arg and mask is not None and not _is_outside(mask, self.layer):
            options["mask"] = _fold(mask)
        if self.layer._call_has_training_arg:
            options["training"] = training
        batch, steps, *_ = keras.ops.shape(inputs)
        outputs = self.layer.call(_fold(inputs), **options)  # (batch * timesteps, ...)
        return keras.ops.reshape(outputs, (batch, steps, *keras.ops.shape(outputs)[1:]))


def _fold(values: Any) -> Any:
    """(batch, timesteps, ...) -> (batch * timesteps, ...); sizes may be unknown until the graph runs."""
    batch, steps, *rest = keras.ops.shape(values)
    return keras.ops.reshape(values, (batch * steps, *rest))


def _is_outside(mask: Any, layer: Any) -> bool:
    """Whether a mask has one value a step, and the layer is a model: the mask then tells nothing about its inputs."""
    return len(mask.shape) == 2 and isinstance(layer, keras.Model)


def _fits(mask: Any, inputs: Any) -> bool:
    """Whether the mask has the batch and time axes of the inputs; if not, Keras raises its own error."""
    return mask is None or (
        len(mask.shape) >= 2 and tf.TensorShape(inputs.shape[:2]).is_compatible_with(tuple(mask.shape[:2]))
    )
