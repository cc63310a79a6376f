"""Bodies and heads that framings share, as the settings of the model have them."""

from seqframe.config import ModelSettings
from seqframe.networks.spec import Bidirectional, Dense, LayerSpec, Recurrent, Shape, TimeDistributed


def recurrent_layer(model: ModelSettings, units: int, return_sequences: bool) -> LayerSpec:
    """One recurrent layer of `units`."""
    layer = Recurrent(
        units,
        return_sequences,
        model.cell,
        model.dropout,
        model.recurrent_dropout,
        model.kernel_l2,
        model.recurrent_l2,
        model.bias_l2,
    )
    return Bidirectional(layer) if model.bidirectional else layer


def rnn_sequences(model: ModelSettings, *_: Shape) -> tuple[LayerSpec, ...]:
    """Stacked recurrent layers; the last hands on its state after every step."""
    return tuple(recurrent_layer(model, units, return_sequences=True) for units in model.widths)


def rnn_last(model: ModelSettings, *_: Shape) -> tuple[LayerSpec, ...]:
    """Stacked recurrent layers; the last hands on its state after the last step: one vector a sample."""
    *below, last = model.widths
    return (
        *(recurrent_layer(model, units, return_sequences=True) for units in below),
        recurrent_layer(model, last, return_sequences=False),
    )


def dense_head(model: ModelSettings, y_shape: Shape) -> LayerSpec:
    """A head that gives the whole of y at once: y is (samples, outputs)."""
    return Dense(y_shape[-1])


def time_distributed_head(model: ModelSettings, y_shape: Shape) -> LayerSpec:
    """One head with the same weights at every step: y is (samples, timesteps, targets)."""
    head = Dense(y_shape[-1])
    return head if model.head == "dense" else TimeDistributed(head)


def dense_per_step_head(model: ModelSettings, y_shape: Shape) -> LayerSpec:
    """The same, for networks that are asked for any number of steps, over which Keras' TimeDistributed goes wrong."""
    return Dense(y_shape[-1])
