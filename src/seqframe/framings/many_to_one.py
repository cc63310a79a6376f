"""The whole window in, one vector out: the steps of the forecast are the outputs of one dense layer.

Also called sequence-to-vector, or direct multi-output (MIMO) forecasting. It is the usual choice for forecasts, and for
sequence classification, where it is also called an encoder.
"""

from seqframe.framings.base import Framing
from seqframe.framings.blocks import dense_head, rnn_last
from seqframe.framings.constraints import no_next_step, one_label_a_sequence

MANY_TO_ONE = Framing(
    name="many_to_one",
    summary="The network reads the whole window and outputs all target steps at once, as one vector.",
    inputs="b t f -> b t f",
    targets="b t f -> b (t f)",
    body=rnn_last,
    head=dense_head,
    constraints=(no_next_step,),
    label_constraints=(one_label_a_sequence,),
)
