"""Which layers answer for each sample of a batch alone, so that steps may be sent through them as samples."""

from collections.abc import Iterator
from typing import Any

from seqframe.backend import keras, tf

OURS = ("keras.src.", "seqframe.layers.")
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


def walk_reason(layer: Any, training: Any = False) -> str | None:
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
