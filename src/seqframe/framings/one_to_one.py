"""Every step is a sample of its own: no context, so nothing to remember.

Also called pointwise or step-wise regression, or a memoryless model. Not to be confused with `many_to_many`, which has
one output per step too, but reads the steps before it.
"""

from seqframe.framings.base import Framing
from seqframe.framings.blocks import dense_head, rnn_last
from seqframe.framings.constraints import equal_lengths

ONE_TO_ONE = Framing(
    name="one_to_one",
    summary="Every step is a sample; the network reads one row at a time and keeps no memory of earlier rows.",
    inputs="b t f -> (b t) 1 f",
    targets="b t f -> (b t) f",
    body=rnn_last,
    head=dense_head,
    constraints=(equal_lengths,),
    label_constraints=(),
    recursive=True,
)
