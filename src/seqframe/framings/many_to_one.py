"""The whole window in, one vector out: the steps of the answer are outputs of one dense layer."""

from seqframe.framings.base import Framing
from seqframe.framings.limits import whole_window_first
from seqframe.framings.parts import last_state, one_vector
from seqframe.framings.reshaping import reshape_back, whole_windows, window_vectors

MANY_TO_ONE = Framing(
    name="many_to_one",
    summary="The network reads the whole window and gives all steps of the answer at once, as one vector.",
    frame_inputs=whole_windows,  # X (windows, lookback, features)
    frame_targets=window_vectors,  # y (windows, steps * targets)
    unframe=reshape_back,
    body=last_state,
    head=one_vector,
    limits=(whole_window_first,),
)
