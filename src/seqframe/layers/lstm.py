"""An LSTM with Keras' arguments, weights and numbers, run by the fastest of three engines."""

from typing import Any

from seqframe.backend import keras, tf
from seqframe.layers.block_lstm import run_block
from seqframe.layers.choice import BLOCK, KERAS, KERNEL, choose_engine
from seqframe.layers.kernel.operation import run_kernel

RUN = {KERNEL: run_kernel, BLOCK: run_block}


class LSTM(keras.layers.LSTM):  # type: ignore[misc]
    """keras.layers.LSTM: its arguments, weights and numbers (to rounding), on the processor in a fraction of its time.

    (batch, timesteps, features) -> (batch, timesteps, units) with `return_sequences`, else (batch, units). The Numba
    kernel runs it, or TensorFlow's BlockLSTM where Numba is not installed. What neither can do is left to Keras, call
    by call; `choose_engine` says what runs and why. Only Keras' own has second derivatives.
    """

    # Set it False on a layer before `model.export`: a graph that calls the kernel runs in its own process only.
    use_kernel = True

    def call(self, sequences: Any, initial_state: Any = None, mask: Any = None, training: Any = False) -> Any:
        engine = choose_engine(self, sequences, mask, initial_state).engine
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
