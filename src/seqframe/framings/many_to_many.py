"""The whole window in, one output at every step: the tutorial's `TimeDistributed` framing."""

from seqframe.framings.base import Framing
from seqframe.framings.limits import equal_lengths
from seqframe.framings.parts import every_state, same_at_every_step
from seqframe.framings.reshaping import reshape_back, whole_windows

MANY_TO_MANY = Framing(
    name="many_to_many",
    summary="The network reads the window step by step and answers at every step, through a head that all steps share.",
    frame_inputs=whole_windows,  # X (windows, lookback, features)
    frame_targets=whole_windows,  # y (windows, steps, targets)
    unframe=reshape_back,
    body=every_state,
    head=same_at_every_step,
    limits=(equal_lengths,),
    feeds_back=True,
)
