"""Which of three engines runs an LSTM: the Numba kernel, TensorFlow's BlockLSTM, or Keras' own LSTM.

The first two give Keras' numbers to rounding, and do what training usually asks for: float32 on the processor, a start
from zero, Keras' standard gates. The kernel is the faster one. Keras' own does everything.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from seqframe.backend import keras, tf
from seqframe.layers.kernel.operation import numba_runs

KERNEL = "Numba kernel"
BLOCK = "TensorFlow's BlockLSTM"
KERAS = "Keras"
FEWEST_STEPS = 8  # with fewer, the others save no more than they cost


@dataclass(frozen=True)
class Choice:
    """What runs a layer, and why not what is faster, where something is."""

    engine: str
    reason: str | None = None

    def __str__(self) -> str:
        return f"{self.engine}: {self.reason}" if self.reason else self.engine


def choose_engine(layer: Any, sequences: Any, mask: Any = None, initial_state: Any = None) -> Choice:
    """What runs `layer`, one of our LSTMs, on these inputs.

    `sequences` is (batch, timesteps, features) as it comes to `call`: a tensor or a Keras symbol.
    """
    if reason := _first((*_reasons_in_call(sequences, mask, initial_state), *_reasons_in_layer(layer))):
        return Choice(KERAS, reason)
    if reason := _first(_reasons_against_the_kernel(layer)):
        return Choice(BLOCK, reason)
    return Choice(KERNEL)


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
    yield "numba is not installed", not numba_runs()
