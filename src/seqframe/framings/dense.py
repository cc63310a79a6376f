"""No recurrence: the window as one vector through a hidden layer, which is what a recurrent layer must beat."""

from seqframe.config import ModelSettings
from seqframe.framings.base import Framing
from seqframe.framings.blocks import dense_head
from seqframe.framings.constraints import no_next_step
from seqframe.framings.reshape import reshape_back, whole_windows, window_vectors
from seqframe.networks.spec import Dense, Dropout, Flatten, LayerSpec, Shape


def hidden_layers(model: ModelSettings, X_shape: Shape, y_shape: Shape) -> tuple[LayerSpec, ...]:
    """Layers with tanh, which a recurrent layer ends in too; of the recurrent settings none is used."""
    body: list[LayerSpec] = [Flatten()]
    for units in model.widths:
        body += [Dropout(model.dropout)] if model.dropout else []
        body.append(Dense(units, "tanh", model.kernel_l2, model.bias_l2))
    return tuple(body)


DENSE = Framing(
    name="dense",
    summary="A network without recurrence reads the window as one vector and gives all steps of the answer at once.",
    to_inputs=whole_windows,  # X (windows, lookback, features)
    to_targets=window_vectors,  # y (windows, steps * targets)
    from_predictions=reshape_back,
    body=hidden_layers,
    head=dense_head,
    constraints=(no_next_step,),
)
