"""The whole window in one step: its rows are features, and nothing is left to be read step by step."""

from seqframe.framings.base import Framing
from seqframe.framings.limits import whole_window_first
from seqframe.framings.parts import last_state, one_vector
from seqframe.framings.reshaping import one_long_step, reshape_back, window_vectors

ONE_STEP_VECTOR = Framing(
    name="one_step_vector",
    summary="The network reads the whole window as the features of a single step, and gives all steps of the answer.",
    frame_inputs=one_long_step,  # X (windows, 1, lookback * features)
    frame_targets=window_vectors,  # y (windows, steps * targets)
    unframe=reshape_back,
    body=last_state,
    head=one_vector,
    limits=(whole_window_first,),
)
