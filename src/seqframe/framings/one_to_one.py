"""One value in, one value out: no window, so nothing to remember."""

from seqframe.framings.base import Framing
from seqframe.framings.blocks import dense_head, rnn_last
from seqframe.framings.constraints import equal_lengths
from seqframe.framings.reshape import reshape_back, single_steps, step_vectors

ONE_TO_ONE = Framing(
    name="one_to_one",
    summary="Every step is a sample of its own; the network sees one row at a time and remembers nothing.",
    to_inputs=single_steps,  # X (windows * lookback, 1, features)
    to_targets=step_vectors,  # y (windows * steps, targets)
    from_predictions=reshape_back,
    body=rnn_last,
    head=dense_head,
    constraints=(equal_lengths,),
    recursive=True,
)
