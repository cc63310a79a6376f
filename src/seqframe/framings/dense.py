"""No recurrence: the window as one vector through a hidden layer, which is what a recurrent layer must beat."""

from seqframe.config import Model
from seqframe.framings.base import Framing
from seqframe.framings.limits import whole_window_first
from seqframe.framings.parts import one_vector
from seqframe.framings.reshaping import reshape_back, whole_windows, window_vectors
from seqframe.plan import Dense, Dropout, Flatten, Layer, Shape


def hidden_layers(model: Model, X_shape: Shape, y_shape: Shape) -> tuple[Layer, ...]:
    """Layers with tanh, which a recurrent layer ends in too; of the recurrent settings none is used."""
    body: list[Layer] = [Flatten()]
    for units in model.widths:
        body += [Dropout(model.dropout)] if model.dropout else []
        body.append(Dense(units, "tanh", model.kernel_l2, model.bias_l2))
    return tuple(body)


DENSE = Framing(
    name="dense",
    summary="A network without recurrence reads the window as one vector and gives all steps of the answer at once.",
    frame_inputs=whole_windows,  # X (windows, lookback, features)
    frame_targets=window_vectors,  # y (windows, steps * targets)
    unframe=reshape_back,
    body=hidden_layers,
    head=one_vector,
    limits=(whole_window_first,),
)
