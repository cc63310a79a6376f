"""One row in, a sequence out: the row is repeated, and a recurrent layer makes the steps of the answer from it."""

from seqframe.config import Model
from seqframe.framings.base import Framing
from seqframe.framings.limits import one_row
from seqframe.framings.parts import every_state, same_at_every_step
from seqframe.framings.reshaping import reshape_back, whole_windows
from seqframe.plan import Flatten, Layer, Repeat, Shape


def repeat_the_row(model: Model, X_shape: Shape, y_shape: Shape) -> tuple[Layer, ...]:
    """The one row at every step of the answer, read by a recurrent layer."""
    return (Flatten(), Repeat(y_shape[0]), *every_state(model))


ONE_TO_MANY = Framing(
    name="one_to_many",
    summary="The network reads one row, and makes every step of the answer from it and from the steps before.",
    frame_inputs=whole_windows,  # X (windows, 1, features)
    frame_targets=whole_windows,  # y (windows, steps, targets)
    unframe=reshape_back,
    body=repeat_the_row,
    head=same_at_every_step,
    limits=(one_row,),
)
