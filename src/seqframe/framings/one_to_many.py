"""One row in, a sequence out: the row is repeated, and a recurrent layer makes the target steps from it.

Also called vector-to-sequence or sequence generation from one input, as in image captioning.
"""

from seqframe.config import ModelSettings
from seqframe.framings.base import Framing
from seqframe.framings.blocks import rnn_sequences, time_distributed_head
from seqframe.framings.constraints import single_row_input
from seqframe.networks.spec import Flatten, LayerSpec, RepeatVector, Shape


def repeat_row(model: ModelSettings, X_shape: Shape, y_shape: Shape) -> tuple[LayerSpec, ...]:
    """The input row at every target step, read by recurrent layers."""
    return (Flatten(), RepeatVector(y_shape[0]), *rnn_sequences(model))


ONE_TO_MANY = Framing(
    name="one_to_many",
    summary="The network reads one row and makes every target step from it and its own state.",
    inputs="b t f -> b t f",
    targets="b t f -> b t f",
    body=repeat_row,
    head=time_distributed_head,
    constraints=(single_row_input,),
)
