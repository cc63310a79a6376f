"""The whole window in, one output at every step: the tutorial's `TimeDistributed` framing.

Also called synchronized sequence-to-sequence, sequence labeling or tagging. Not to be confused with
`encoder_decoder`, which is what "seq2seq" usually means. To classify a sequence, it has the sequence's label at every
step, and its probabilities are averaged over the steps: every step votes.
"""

from seqframe.framings.base import Framing
from seqframe.framings.blocks import rnn_sequences, time_distributed_head
from seqframe.framings.constraints import equal_lengths, past_steps

MANY_TO_MANY = Framing(
    name="many_to_many",
    summary="The network reads the window step by step and has an output at every step, from a head that all share.",
    inputs="b t f -> b t f",
    targets="b t f -> b t f",
    body=rnn_sequences,
    head=time_distributed_head,
    constraints=(equal_lengths,),
    label_constraints=(past_steps,),
    recursive=True,
)
