"""An LSTM that Numba runs where that gives Keras' numbers sooner, and Keras everywhere else."""

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from typing import Any

from seqframe.backend import keras, tf

FEWEST_STEPS = 8  # with fewer, two calls from the graph into Python and loading Numba cost what they save


@keras.saving.register_keras_serializable("seqframe")  # Bidirectional copies its layers through their configuration
class LSTM(keras.layers.LSTM):  # type: ignore[misc]
    """keras.layers.LSTM: its arguments, weights and numbers (to rounding), on the processor in a fraction of its time.

    (batch, timesteps, features) -> (batch, timesteps, units) with `return_sequences`, else (batch, units). What the
    kernel does not do is left to Keras, call by call: `kernel_reason` says what and why. There are no second
    derivatives through the kernel.
    """

    # Set it False on a layer before `model.export`: a graph that calls the kernel runs in its own process only.
    use_kernel = True

    def call(self, sequences: Any, initial_state: Any = None, mask: Any = None, training: Any = False) -> Any:
        if kernel_reason(self, sequences, mask, initial_state) or not tf.is_tensor(sequences):
            return super().call(sequences, initial_state=initial_state, mask=mask, training=training)
        if self.dropout:  # as Keras: one mask for all steps, drawn whether or not we train
            dropout_mask = self.cell.get_dropout_mask(sequences[:, 0, :])  # (batch, features)
            self.cell.reset_dropout_mask()
            if training:
                sequences = sequences * dropout_mask[:, None, :]
        weights = self.cell.kernel, self.cell.recurrent_kernel, self.cell.bias
        hidden = _run_kernel(sequences, *(tf.convert_to_tensor(weight) for weight in weights))
        return hidden if self.return_sequences else hidden[:, -1]


def kernel_reason(layer: LSTM, sequences: Any, mask: Any = None, initial_state: Any = None) -> str | None:
    """Why Keras runs `layer` on these inputs and not the kernel; None where the kernel does.

    `sequences` is (batch, timesteps, features) as it comes to `call`: a tensor or a Keras symbol.
    """
    reasons = (*_reasons_in_call(sequences, mask, initial_state), *_reasons_in_layer(layer))
    found = next((reason for reason, holds in reasons if holds), None)
    return found or (None if _numba_runs() else "numba is not installed")


def _reasons_in_call(sequences: Any, mask: Any, initial_state: Any) -> Iterator[tuple[str, bool]]:
    steps, dtype = sequences.shape[1], keras.backend.standardize_dtype(sequences.dtype)
    yield "masks", mask is not None
    yield "an initial state", initial_state is not None
    yield f"fewer than {FEWEST_STEPS} steps", steps is not None and steps < FEWEST_STEPS
    yield dtype, dtype != "float32"


def _reasons_in_layer(layer: LSTM) -> Iterator[tuple[str, bool]]:
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
    yield "use_kernel is False", not layer.use_kernel


@cache
def _numba_runs() -> bool:
    """Whether Numba is there and fits the NumPy that is there."""
    try:
        import_module("numba")
    except ImportError:
        return False
    return True


def _kernel(x: Any, kernel: Any, recurrent: Any, bias: Any) -> Any:
    """Hidden states (B, T, units) of x (B, T, F), with weights (F, 4 units), (units, 4 units), (4 units)."""
    from seqframe.layers.kernel import passes

    inputs = [x, kernel, recurrent, bias]
    hidden, *saved = tf.numpy_function(passes.forward, inputs, [tf.float32] * 4, stateful=False)
    hidden.set_shape((x.shape[0], x.shape[1], recurrent.shape[0]))

    def gradient(d_hidden: Any) -> Any:
        gradients = tf.numpy_function(passes.backward, [d_hidden, *inputs, *saved], [tf.float32] * 4, stateful=False)
        for value, of in zip(gradients, inputs, strict=True):
            value.set_shape(of.shape)
        return gradients

    return hidden, gradient


_run_kernel = tf.custom_gradient(_kernel)
