"""The whole window in, one vector out: the steps of the answer are outputs of one dense layer."""

from seqframe.framings.base import Framing
from seqframe.framings.blocks import dense_head, rnn_last
from seqframe.framings.constraints import no_next_step
from seqframe.framings.reshape import reshape_back, whole_windows, window_vectors

MANY_TO_ONE = Framing(
    name="many_to_one",
    summary="The network reads the whole window and gives all steps of the answer at once, as one vector.",
    to_inputs=whole_windows,  # X (windows, lookback, features)
    to_targets=window_vectors,  # y (windows, steps * targets)
    from_predictions=reshape_back,
    body=rnn_last,
    head=dense_head,
    constraints=(no_next_step,),
)
