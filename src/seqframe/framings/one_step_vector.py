"""The whole window in one step: its rows are features, and nothing is left to be read step by step."""

from seqframe.framings.base import Framing
from seqframe.framings.blocks import dense_head, rnn_last
from seqframe.framings.constraints import no_next_step
from seqframe.framings.reshape import one_long_step, reshape_back, window_vectors

ONE_STEP_VECTOR = Framing(
    name="one_step_vector",
    summary="The network reads the whole window as the features of a single step, and gives all steps of the answer.",
    to_inputs=one_long_step,  # X (windows, 1, lookback * features)
    to_targets=window_vectors,  # y (windows, steps * targets)
    from_predictions=reshape_back,
    body=rnn_last,
    head=dense_head,
    constraints=(no_next_step,),
)
