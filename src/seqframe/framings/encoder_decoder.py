"""A window in, a sequence of any other length out: one layer reads it into a vector, another unfolds the vector."""

from seqframe.config import ModelSettings
from seqframe.framings.base import Framing
from seqframe.framings.blocks import rnn_last, rnn_sequences, time_distributed_head
from seqframe.framings.constraints import no_next_step
from seqframe.framings.reshape import reshape_back, whole_windows
from seqframe.networks.spec import LayerSpec, RepeatVector, Shape


def encode_and_decode(model: ModelSettings, X_shape: Shape, y_shape: Shape) -> tuple[LayerSpec, ...]:
    """The last state of the encoder at every step of the answer, read by a decoder of the same widths."""
    return (*rnn_last(model), RepeatVector(y_shape[0]), *rnn_sequences(model))


ENCODER_DECODER = Framing(
    name="encoder_decoder",
    summary="One recurrent layer reads the window into a vector, and another makes every step of the answer from it.",
    to_inputs=whole_windows,  # X (windows, lookback, features)
    to_targets=whole_windows,  # y (windows, steps, targets)
    from_predictions=reshape_back,
    body=encode_and_decode,
    head=time_distributed_head,
    constraints=(no_next_step,),
)
