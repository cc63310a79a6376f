"""Bodies and heads that framings share, as the settings of the model have them."""

from seqframe.config import Model
from seqframe.plan import Bidirectional, Dense, Layer, Recurrent, Shape, TimeDistributed


def recurrent(model: Model, units: int, every_step: bool) -> Layer:
    """One recurrent layer of `units`."""
    layer = Recurrent(
        units,
        every_step,
        model.cell,
        model.dropout,
        model.recurrent_dropout,
        model.kernel_l2,
        model.recurrent_l2,
        model.bias_l2,
    )
    return Bidirectional(layer) if model.bidirectional else layer


def every_state(model: Model, *_: Shape) -> tuple[Layer, ...]:
    """Stacked recurrent layers; the last hands on its state after every step."""
    return tuple(recurrent(model, units, every_step=True) for units in model.widths)


def last_state(model: Model, *_: Shape) -> tuple[Layer, ...]:
    """Stacked recurrent layers; the last hands on its state after the last step: one vector a sample."""
    *below, last = model.widths
    return (*(recurrent(model, units, every_step=True) for units in below), recurrent(model, last, every_step=False))


def one_vector(model: Model, y_shape: Shape) -> Layer:
    """A head that gives the whole of y at once: y is (samples, outputs)."""
    return Dense(y_shape[-1])


def same_at_every_step(model: Model, y_shape: Shape) -> Layer:
    """One head with the same weights at every step: y is (samples, timesteps, targets)."""
    head = Dense(y_shape[-1])
    return head if model.head == "dense" else TimeDistributed(head)


def dense_at_every_step(model: Model, y_shape: Shape) -> Layer:
    """The same, for networks that are asked for any number of steps, over which Keras' TimeDistributed goes wrong."""
    return Dense(y_shape[-1])
