"""A window in, a sequence of any other length out: one layer reads it into a vector, another unfolds the vector."""

from seqframe.config import Model
from seqframe.framings.base import Framing
from seqframe.framings.limits import whole_window_first
from seqframe.framings.parts import every_state, last_state, same_at_every_step
from seqframe.framings.reshaping import reshape_back, whole_windows
from seqframe.plan import Layer, Repeat, Shape


def encode_and_decode(model: Model, X_shape: Shape, y_shape: Shape) -> tuple[Layer, ...]:
    """The last state of the encoder at every step of the answer, read by a decoder of the same widths."""
    return (*last_state(model), Repeat(y_shape[0]), *every_state(model))


ENCODER_DECODER = Framing(
    name="encoder_decoder",
    summary="One recurrent layer reads the window into a vector, and another makes every step of the answer from it.",
    frame_inputs=whole_windows,  # X (windows, lookback, features)
    frame_targets=whole_windows,  # y (windows, steps, targets)
    unframe=reshape_back,
    body=encode_and_decode,
    head=same_at_every_step,
    limits=(whole_window_first,),
)
