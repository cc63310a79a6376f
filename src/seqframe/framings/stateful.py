"""One row at a time, with the state kept between rows: it is reset at the end of a window, never within.

Also called a stateful RNN (Keras' `stateful=True`), online or streaming inference.
"""

from seqframe.framings.base import Framing
from seqframe.framings.blocks import dense_per_step_head, rnn_sequences
from seqframe.framings.constraints import (
    batch_size_one,
    equal_lengths,
    no_masked_inputs,
    no_shuffle,
    one_label_a_step,
    unidirectional,
)

STATEFUL = Framing(
    name="stateful",
    summary="The network reads one row at a time, has an output for each, and keeps its state until the window ends.",
    inputs="b t f -> (b t) 1 f",
    targets="b t f -> (b t) 1 f",
    body=rnn_sequences,
    head=dense_per_step_head,
    constraints=(equal_lengths, batch_size_one, no_shuffle, unidirectional),
    label_constraints=(one_label_a_step, no_masked_inputs, batch_size_one, no_shuffle, unidirectional),
    stateful=True,
    recursive=True,
)
