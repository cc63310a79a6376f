"""The whole window in one step: its rows become features, and the recurrent layer has no step to remember.

Also known as "the lags as features of one time step", often by accident: X of shape (samples, 1, lookback).
"""

from seqframe.framings.base import Framing
from seqframe.framings.blocks import dense_head, rnn_last
from seqframe.framings.constraints import no_next_step, one_vector_of_steps

ONE_STEP_VECTOR = Framing(
    name="one_step_vector",
    summary="The network reads the whole window as the features of a single step and outputs all target steps.",
    inputs="b t f -> b 1 (t f)",
    targets="b t f -> b (t f)",
    body=rnn_last,
    head=dense_head,
    constraints=(no_next_step,),
    label_constraints=(one_vector_of_steps,),
)
