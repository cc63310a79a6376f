"""A window in, a sequence of any other length out: an encoder reads it into a vector, a decoder makes the sequence.

Also called seq2seq or sequence-to-sequence (Sutskever et al. 2014; Cho et al. 2014), here with the encoder's last state
at every step of the decoder, and without teacher forcing.
"""

from seqframe.config import ModelSettings
from seqframe.framings.base import Framing
from seqframe.framings.blocks import rnn_last, rnn_sequences, time_distributed_head
from seqframe.framings.constraints import no_decoder, no_next_step
from seqframe.networks.spec import LayerSpec, RepeatVector, Shape


def encode_decode(model: ModelSettings, X_shape: Shape, y_shape: Shape) -> tuple[LayerSpec, ...]:
    """The last state of the encoder at every target step, read by a decoder of the same sizes."""
    return (*rnn_last(model), RepeatVector(y_shape[0]), *rnn_sequences(model))


ENCODER_DECODER = Framing(
    name="encoder_decoder",
    summary="An encoder reads the window into a vector, and a decoder makes every target step from that vector.",
    inputs="b t f -> b t f",
    targets="b t f -> b t f",
    body=encode_decode,
    head=time_distributed_head,
    constraints=(no_next_step,),
    label_constraints=(no_decoder,),
)
