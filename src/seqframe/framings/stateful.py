"""One row at a time, and the state carried along: reset when the window ends, never in between."""

from seqframe.framings.base import Framing
from seqframe.framings.blocks import dense_per_step_head, rnn_sequences
from seqframe.framings.constraints import batch_size_one, equal_lengths, no_shuffle, unidirectional
from seqframe.framings.reshape import reshape_back, single_steps

STATEFUL = Framing(
    name="stateful",
    summary="The network is given one row at a time and answers each, and carries its state along the window.",
    to_inputs=single_steps,  # X (windows * lookback, 1, features)
    to_targets=single_steps,  # y (windows * steps, 1, targets)
    from_predictions=reshape_back,
    body=rnn_sequences,
    head=dense_per_step_head,
    constraints=(equal_lengths, batch_size_one, no_shuffle, unidirectional),
    stateful=True,
    recursive=True,
)
