"""A pyramid of recurrent layers: each reads the steps of the one below it in pairs, so that time is halved."""

from seqframe.config import Model, Settings
from seqframe.errors import UserError
from seqframe.framings.base import Framing
from seqframe.framings.limits import known_lookback, whole_window_first
from seqframe.framings.parts import one_vector, recurrent
from seqframe.framings.reshaping import reshape_back, whole_windows, window_vectors
from seqframe.plan import Layer, PadStep, PairSteps, Shape


def widths_of(model: Model) -> tuple[int, ...]:
    """The widths of the layers: those of the model, and two of `units` where it names none."""
    return model.widths if model.layers else model.widths * 2


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


def halve_time(model: Model, X_shape: Shape, y_shape: Shape) -> tuple[Layer, ...]:
    """Layers with pairing between them. An odd number of steps is made even by a step of zeros in front.

    Raises:
        UserError: There are too few steps for so many layers.
    """
    widths, steps = widths_of(model), X_shape[0]
    if steps < fewest_steps(len(widths)):
        raise UserError(
            f"pyramid halves time from layer to layer, so that {len(widths)} layers need sequences of "
            f"{fewest_steps(len(widths))} rows. Received: {steps}. "
            "Give model.layers fewer widths; many_to_one reads any number of rows."
        )
    body: list[Layer] = []
    for level, units in enumerate(widths, start=1):
        if level > 1:
            below = body[-1].output_shape((steps, 1))[-1]
            body += [PadStep()] * (steps % 2) + [PairSteps(below)]
            steps = (steps + 1) // 2
        body.append(recurrent(model, units, every_step=level < len(widths)))
    return tuple(body)


PYRAMID = Framing(
    name="pyramid",
    summary="Every recurrent layer reads the steps of the one below in pairs; the top gives all steps of the answer.",
    frame_inputs=whole_windows,  # X (windows, lookback, features)
    frame_targets=window_vectors,  # y (windows, steps * targets)
    unframe=reshape_back,
    body=halve_time,
    head=one_vector,
    limits=(whole_window_first, steps_to_halve),
)
