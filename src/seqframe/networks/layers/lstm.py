"""An LSTM with Keras' arguments, weights and numbers, run by the fastest of three engines."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from seqframe.networks.backend import keras, tf
from seqframe.networks.layers.block_lstm import block_lstm
from seqframe.networks.layers.kernel.ops import lstm_kernel, numba_available

# Which of three engines runs an LSTM: the Numba kernel, TensorFlow's BlockLSTM, or Keras' own LSTM.
#
# The first two give Keras' numbers to rounding, and do what training usually asks for: float32 on the processor, a start
# from zero, Keras' standard gates. The kernel is the faster one. Keras' own does everything.

KERNEL = "Numba kernel"
BLOCK = "TensorFlow's BlockLSTM"
KERAS = "Keras"
FEWEST_STEPS = 8  # with fewer, the others save no more than they cost


@dataclass(frozen=True)
class Backend:
    """What runs a layer, and why not what is faster, where something is."""

    engine: str
    reason: str | None = None

    def __str__(self) -> str:
        return f"{self.engine}: {self.reason}" if self.reason else self.engine


def choose_backend(layer: Any, sequences: Any, mask: Any = None, initial_state: Any = None) -> Backend:
    """What runs `layer`, one of our LSTMs, on these inputs.

    `sequences` is (batch, timesteps, features) as it comes to `call`: a tensor or a Keras symbol.
    """
    if reason := _first((*_reasons_in_call(sequences, mask, initial_state), *_reasons_in_layer(layer))):
        return Backend(KERAS, reason)
    if reason := _first(_reasons_against_the_kernel(layer)):
        return Backend(BLOCK, reason)
    return Backend(KERNEL)


def _first(reasons: Iterable[tuple[str, bool]]) -> str | None:
    return next((reason for reason, holds in reasons if holds), None)


def _reasons_in_call(sequences: Any, mask: Any, initial_state: Any) -> Iterator[tuple[str, bool]]:
    steps, dtype = sequences.shape[1], keras.backend.standardize_dtype(sequences.dtype)
    yield "masks", mask is not None
    yield "an initial state", initial_state is not None
    yield f"fewer than {FEWEST_STEPS} steps", steps is not None and steps < FEWEST_STEPS
    yield dtype, dtype != "float32"


def _reasons_in_layer(layer: Any) -> Iterator[tuple[str, bool]]:
    cell = layer.cell
    yield layer.compute_dtype, layer.compute_dtype != "float32"
    yield "recurrent dropout", bool(cell.recurrent_dropout)
    yield "another activation than tanh", cell.activation is not keras.activations.tanh
    yield "another recurrent activation than sigmoid", cell.recurrent_activation is not keras.activations.sigmoid
    yield "no bias", not cell.use_bias
    yield "implementation 1", cell.implementation != 2
    for option in ("stateful", "go_backwards", "return_state", "unroll"):
        yield option, bool(getattr(layer, option))
    yield "use_cudnn", layer.use_cudnn is True
    yield "a GPU is there", bool(tf.config.list_logical_devices("GPU"))


def _reasons_against_the_kernel(layer: Any) -> Iterator[tuple[str, bool]]:
    yield "use_kernel is False", not layer.use_kernel
    yield "numba is not installed", not numba_available()


RUN = {KERNEL: lstm_kernel, BLOCK: block_lstm}


class LSTM(keras.layers.LSTM):  # type: ignore[misc]
    """keras.layers.LSTM: its arguments, weights and numbers (to rounding), on the processor in a fraction of its time.

    (batch, timesteps, features) -> (batch, timesteps, units) with `return_sequences`, else (batch, units). The Numba
    kernel runs it, or TensorFlow's BlockLSTM where Numba is not installed. What neither can do is left to Keras, call
    by call; `choose_engine` says what runs and why. Only Keras' own has second derivatives.
    """

    # Set it False on a layer before `model.export`: a graph that calls the kernel runs in its own process only.
    use_kernel = True

    def call(self, sequences: Any, initial_state: Any = None, mask: Any = None, training: Any = False) -> Any:
        engine = choose_backend(self, sequences, mask, initial_state).engine
        if engine == KERAS or not tf.is_tensor(sequences):
            return super().call(sequences, initial_state=initial_state, mask=mask, training=training)
        if self.dropout:  # as Keras: one mask for all steps, drawn whether or not we train
            dropout_mask = self.cell.get_dropout_mask(sequences[:, 0, :])  # (batch, features)
            self.cell.reset_dropout_mask()
            if training:
                sequences = sequences * dropout_mask[:, None, :]
        weights = self.cell.kernel, self.cell.recurrent_kernel, self.cell.bias
        hidden = RUN[engine](sequences, *(tf.convert_to_tensor(weight) for weight in weights))
        return hidden if self.return_sequences else hidden[:, -1]
