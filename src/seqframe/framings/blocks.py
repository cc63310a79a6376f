"""Bodies and heads that framings share, with the sizes and options of the model settings."""

from math import prod

from seqframe.config import ModelSettings
from seqframe.networks.recurrent_layers import GRU, LSTM, Bidirectional, Recurrent, SimpleRNN
from seqframe.networks.spec import L2, Dense, Flatten, LayerSpec, Reshape, Shape, TimeDistributed

CELLS: dict[str, type[Recurrent]] = {"lstm": LSTM, "gru": GRU, "simple_rnn": SimpleRNN}  # by `model.cell`


def l2_penalty(weight: float) -> L2 | None:
    """An L2 penalty; None for a weight of 0."""
    return L2(weight) if weight else None


def recurrent_layer(model: ModelSettings, units: int, return_sequences: bool) -> LayerSpec:
    """One recurrent layer of `units`, bidirectional if the settings ask for it."""
    layer = CELLS[model.cell](
        units,
        return_sequences=return_sequences,
        dropout=model.dropout,
        recurrent_dropout=model.recurrent_dropout,
        kernel_regularizer=l2_penalty(model.kernel_l2),
        recurrent_regularizer=l2_penalty(model.recurrent_l2),
        bias_regularizer=l2_penalty(model.bias_l2),
    )
    return Bidirectional(layer) if model.bidirectional else layer


def rnn_sequences(model: ModelSettings, *_: Shape) -> tuple[LayerSpec, ...]:
    """Stacked recurrent layers; the last returns its state after every step."""
    return tuple(recurrent_layer(model, units, return_sequences=True) for units in model.widths)


def rnn_last(model: ModelSettings, *_: Shape) -> tuple[LayerSpec, ...]:
    """Stacked recurrent layers; the last returns its state after the last step: one vector per sample."""
    *lower, last = model.widths
    return (
        *(recurrent_layer(model, units, return_sequences=True) for units in lower),
        recurrent_layer(model, last, return_sequences=False),
    )


def dense_head(model: ModelSettings, y_shape: Shape) -> LayerSpec:
    """A dense layer with all outputs of a sample: y is (samples, outputs)."""
    return Dense(y_shape[-1])


def time_distributed_head(model: ModelSettings, y_shape: Shape) -> LayerSpec:
    """A dense layer with the same weights at every step: y is (samples, timesteps, targets).

    With `model.head=dense` it is a plain `Dense`, which Keras applies to every step.
    """
    head = Dense(y_shape[-1])
    return head if model.head == "dense" else TimeDistributed(head)


def dense_per_step_head(model: ModelSettings, y_shape: Shape) -> LayerSpec:
    """The same as a plain `Dense`, for any number of steps: Keras' TimeDistributed fails if it is not fixed."""
    return Dense(y_shape[-1])


def linear_skip(y_shape: Shape) -> tuple[LayerSpec, ...]:
    """A linear function of all inputs of a sample to all its outputs.

    Its weights are estimated by ridge regression and stay fixed; see `seqframe.training.ridge`.
    """
    outputs = Dense(prod(y_shape), trainable=False)
    return (Flatten(), outputs, Reshape(y_shape)) if len(y_shape) > 1 else (Flatten(), outputs)
