"""The whole window in, one output at every step: the tutorial's `TimeDistributed` framing."""

from seqframe.framings.base import Framing
from seqframe.framings.blocks import rnn_sequences, time_distributed_head
from seqframe.framings.constraints import equal_lengths
from seqframe.framings.reshape import reshape_back, whole_windows

MANY_TO_MANY = Framing(
    name="many_to_many",
    summary="The network reads the window step by step and answers at every step, through a head that all steps share.",
    to_inputs=whole_windows,  # X (windows, lookback, features)
    to_targets=whole_windows,  # y (windows, steps, targets)
    from_predictions=reshape_back,
    body=rnn_sequences,
    head=time_distributed_head,
    constraints=(equal_lengths,),
    recursive=True,
)
