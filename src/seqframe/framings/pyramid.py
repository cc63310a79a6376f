"""A pyramid of recurrent layers: each reads the steps of the one below it in pairs, so that time is halved."""

from seqframe.config import ModelSettings, Settings
from seqframe.errors import UserError
from seqframe.framings.base import Framing
from seqframe.framings.blocks import dense_head, recurrent_layer
from seqframe.framings.constraints import known_lookback, no_next_step
from seqframe.framings.reshape import reshape_back, whole_windows, window_vectors
from seqframe.networks.spec import LayerSpec, Reshape, Shape, ZeroPadding1D


def widths_of(model: ModelSettings) -> tuple[int, ...]:
    """The widths of the layers: those of the model, and two of `units` where it names none."""
    return model.widths if model.hidden_sizes else model.widths * 2


def fewest_steps(layers: int) -> int:
    """The steps that so many layers need, where an odd number is rounded up before it is halved."""
    return 1 if layers == 1 else int(2 ** (layers - 2)) + 1


def steps_to_halve(settings: Settings) -> str | None:
    """A limit: every layer but the first reads the steps of the one below in pairs."""
    lookback, layers = known_lookback(settings), len(widths_of(settings.model))
    if lookback is None or lookback >= (needed := fewest_steps(layers)):
        return None
    return (
        f"halves time from layer to layer, so that {layers} layers need windows of {needed} rows. "
        f"Received: lookback={lookback}."
    )


def halve_time(model: ModelSettings, X_shape: Shape, y_shape: Shape) -> tuple[LayerSpec, ...]:
    """Layers with pairing between them. An odd number of steps is made even by a step of zeros in front.

    Raises:
        UserError: There are too few steps for so many layers.
    """
    widths, steps = widths_of(model), X_shape[0]
    if steps < fewest_steps(len(widths)):
        raise UserError(
            f"pyramid halves time from layer to layer, so that {len(widths)} layers need sequences of "
            f"{fewest_steps(len(widths))} rows. Received: {steps}. "
            "Give model.hidden_sizes fewer widths; many_to_one reads any number of rows."
        )
    body: list[LayerSpec] = []
    for level, units in enumerate(widths, start=1):
        if level > 1:
            below = body[-1].output_shape((steps, 1))[-1]
            body += [ZeroPadding1D()] * (steps % 2) + [Reshape(below)]
            steps = (steps + 1) // 2
        body.append(recurrent_layer(model, units, return_sequences=level < len(widths)))
    return tuple(body)


PYRAMID = Framing(
    name="pyramid",
    summary="Every recurrent layer reads the steps of the one below in pairs; the top gives all steps of the answer.",
    to_inputs=whole_windows,  # X (windows, lookback, features)
    to_targets=window_vectors,  # y (windows, steps * targets)
    from_predictions=reshape_back,
    body=halve_time,
    head=dense_head,
    constraints=(no_next_step, steps_to_halve),
)
