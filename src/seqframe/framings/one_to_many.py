"""One row in, a sequence out: the row is repeated, and a recurrent layer makes the steps of the answer from it."""

from seqframe.config import ModelSettings
from seqframe.framings.base import Framing
from seqframe.framings.blocks import rnn_sequences, time_distributed_head
from seqframe.framings.constraints import single_row_input
from seqframe.framings.reshape import reshape_back, whole_windows
from seqframe.networks.spec import Flatten, LayerSpec, RepeatVector, Shape


def repeat_the_row(model: ModelSettings, X_shape: Shape, y_shape: Shape) -> tuple[LayerSpec, ...]:
    """The one row at every step of the answer, read by a recurrent layer."""
    return (Flatten(), RepeatVector(y_shape[0]), *rnn_sequences(model))


ONE_TO_MANY = Framing(
    name="one_to_many",
    summary="The network reads one row, and makes every step of the answer from it and from the steps before.",
    to_inputs=whole_windows,  # X (windows, 1, features)
    to_targets=whole_windows,  # y (windows, steps, targets)
    from_predictions=reshape_back,
    body=repeat_the_row,
    head=time_distributed_head,
    constraints=(single_row_input,),
)
