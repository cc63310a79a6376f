"""One value in, one value out: no window, so nothing to remember."""

from seqframe.framings.base import Framing
from seqframe.framings.limits import equal_lengths
from seqframe.framings.parts import last_state, one_vector
from seqframe.framings.reshaping import reshape_back, single_steps, step_vectors

ONE_TO_ONE = Framing(
    name="one_to_one",
    summary="Every step is a sample of its own; the network sees one row at a time and remembers nothing.",
    frame_inputs=single_steps,  # X (windows * lookback, 1, features)
    frame_targets=step_vectors,  # y (windows * steps, targets)
    unframe=reshape_back,
    body=last_state,
    head=one_vector,
    limits=(equal_lengths,),
    feeds_back=True,
)
