"""One row at a time, and the state carried along: reset when the window ends, never in between."""

from seqframe.framings.base import Framing
from seqframe.framings.limits import batch_of_one, equal_lengths, forwards_only, in_order
from seqframe.framings.parts import dense_at_every_step, every_state
from seqframe.framings.reshaping import reshape_back, single_steps

STATEFUL = Framing(
    name="stateful",
    summary="The network is given one row at a time and answers each, and carries its state along the window.",
    frame_inputs=single_steps,  # X (windows * lookback, 1, features)
    frame_targets=single_steps,  # y (windows * steps, 1, targets)
    unframe=reshape_back,
    body=every_state,
    head=dense_at_every_step,
    limits=(equal_lengths, batch_of_one, in_order, forwards_only),
    carries_state=True,
    feeds_back=True,
)
