"""An LSTM with Keras' arguments, weights and results, run by the fastest of three backends.

The Numba kernel and TensorFlow's BlockLSTM agree with Keras up to rounding. They support what training usually needs:
float32 on the CPU, a zero initial state, masks, both directions of time, and Keras' standard gates. The kernel is the
faster of the two, and the only one that saves the time of masked steps. Keras' own LSTM supports everything.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from seqframe.networks.backend import keras, tf
from seqframe.networks.layers.block_lstm import block_lstm
from seqframe.networks.layers.lstm_kernel import lstm_kernel, numba_available

KERNEL = "Numba kernel"
BLOCK = "TensorFlow's BlockLSTM"
KERAS = "Keras"
RUN: dict[str, Callable[..., Any]] = {KERNEL: lstm_kernel, BLOCK: block_lstm}
MIN_STEPS = 8  # with fewer steps, the other backends are no faster than Keras
MIN_MASKED_STEPS = 5  # the same with a mask, which costs Keras' loop a few operations per step


@dataclass(frozen=True)
class Backend:
    """What runs a layer, and the reason if a faster backend exists."""

    name: str
    reason: str | None = None

    def __str__(self) -> str:
        return f"{self.name}: {self.reason}" if self.reason else self.name


class LSTM(keras.layers.LSTM):  # type: ignore[misc]
    """keras.layers.LSTM with the same arguments, weights and results (up to rounding), in less time on the CPU.

    (batch, timesteps, features) -> (batch, timesteps, units) with `return_sequences`, else (batch, units). It is run by
    the Numba kernel, or by TensorFlow's BlockLSTM if Numba is not installed. Calls that neither supports are run by
    Keras; `choose_backend` returns the backend and the reason. Only Keras' own has second derivatives.
    """

    # Set it to False on a layer before `model.export`: a graph with the kernel runs in its own process only.
    use_kernel = True

    def call(self, sequences: Any, initial_state: Any = None, mask: Any = None, training: Any = False) -> Any:
        backend = choose_backend(self, sequences, mask, initial_state).name
        if backend == KERAS or not tf.is_tensor(sequences):
            return super().call(sequences, initial_state=initial_state, mask=mask, training=training)
        if self.dropout:  # as in Keras: one mask for all steps, drawn in inference too
            dropout_mask = self.cell.get_dropout_mask(sequences[:, 0, :])  # (batch, features)
            self.cell.reset_dropout_mask()
            if training:
                sequences = sequences * dropout_mask[:, None, :]
        if mask is not None:  # as in Keras, one row may hold for all samples
            mask = tf.broadcast_to(tf.cast(mask, tf.bool), tf.shape(sequences)[:2])
        if self.go_backwards:
            sequences, mask = (None if values is None else tf.reverse(values, [1]) for values in (sequences, mask))
        weights = self.cell.kernel, self.cell.recurrent_kernel, self.cell.bias
        inputs = [sequences, *(tf.convert_to_tensor(weight) for weight in weights), mask]
        if backend == KERNEL and (training is None or training is False):
            inputs.append(False)  # no gradient follows, but for a check of the causality
        hidden = RUN[backend](*inputs)
        if mask is not None and self.zero_output_for_mask:
            hidden = tf.where(mask[..., None], hidden, 0.0)
        return hidden if self.return_sequences else hidden[:, -1]


def choose_backend(layer: Any, sequences: Any, mask: Any = None, initial_state: Any = None) -> Backend:
    """The backend of one of our LSTM layers for some inputs.

    `sequences` is (batch, timesteps, features), as passed to `call`: a tensor or a Keras symbol.
    """
    if reason := _first((*_unsupported_in_call(sequences, mask, initial_state), *_unsupported_in_layer(layer))):
        return Backend(KERAS, reason)
    if reason := _first(_kernel_unavailable(layer)):
        return Backend(BLOCK, reason)
    return Backend(KERNEL)


def _first(reasons: Iterable[tuple[str, bool]]) -> str | None:
    return next((reason for reason, holds in reasons if holds), None)


def _unsupported_in_call(sequences: Any, mask: Any, initial_state: Any) -> Iterator[tuple[str, bool]]:
    steps, dtype = sequences.shape[1], keras.backend.standardize_dtype(sequences.dtype)
    yield "the mask is not (batch, timesteps)", mask is not None and len(mask.shape) != 2
    yield "initial state", initial_state is not None
    min_steps = MIN_STEPS if mask is None else MIN_MASKED_STEPS
    yield f"fewer than {min_steps} steps", steps is not None and steps < min_steps
    yield dtype, dtype != "float32"


def _unsupported_in_layer(layer: Any) -> Iterator[tuple[str, bool]]:
    cell = layer.cell
    yield layer.compute_dtype, layer.compute_dtype != "float32"
    yield "recurrent dropout", bool(cell.recurrent_dropout)
    yield "activation is not tanh", cell.activation is not keras.activations.tanh
    yield "recurrent activation is not sigmoid", cell.recurrent_activation is not keras.activations.sigmoid
    yield "no bias", not cell.use_bias
    yield "implementation 1", cell.implementation != 2
    for option in ("stateful", "return_state", "unroll"):
        yield option, bool(getattr(layer, option))
    yield "use_cudnn", layer.use_cudnn is True
    yield "a GPU is available", bool(tf.config.list_logical_devices("GPU"))


def _kernel_unavailable(layer: Any) -> Iterator[tuple[str, bool]]:
    yield "use_kernel is False", not layer.use_kernel
    yield "numba is not installed", not numba_available()
