"""No recurrence: the window as one vector through hidden layers, the baseline that a recurrent layer has to beat.

Also called a multilayer perceptron (MLP) on lag features, or an autoregressive neural network (NNAR).
"""

from seqframe.config import ModelSettings
from seqframe.framings.base import Framing
from seqframe.framings.blocks import dense_head, l2_penalty
from seqframe.framings.constraints import no_next_step, one_vector_of_steps
from seqframe.networks.spec import Dense, Dropout, Flatten, LayerSpec, Shape


def hidden_layers(model: ModelSettings, X_shape: Shape, y_shape: Shape) -> tuple[LayerSpec, ...]:
    """Dense layers with tanh, the output activation of a recurrent layer; recurrent settings are not used."""
    body: list[LayerSpec] = [Flatten()]
    for units in model.widths:
        body += [Dropout(model.dropout)] if model.dropout else []
        body.append(Dense(units, "tanh", l2_penalty(model.kernel_l2), l2_penalty(model.bias_l2)))
    return tuple(body)


DENSE = Framing(
    name="dense",
    summary="A network without recurrence reads the window as one vector and outputs all target steps at once.",
    inputs="b t f -> b t f",
    targets="b t f -> b (t f)",
    body=hidden_layers,
    head=dense_head,
    constraints=(no_next_step,),
    label_constraints=(one_vector_of_steps,),
)
