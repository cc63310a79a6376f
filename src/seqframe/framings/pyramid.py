"""A pyramid of recurrent layers: each reads the steps of the one below it in pairs, so that time is halved."""

from seqframe.config import Model
from seqframe.errors import UserError
from seqframe.framings.base import Framing
from seqframe.framings.limits import fewest_steps, steps_to_halve, whole_window_first
from seqframe.framings.parts import one_vector, recurrent
from seqframe.framings.reshaping import reshape_back, whole_windows, window_vectors
from seqframe.plan import Layer, PadStep, PairSteps, Shape


def halve_time(model: Model, X_shape: Shape, y_shape: Shape) -> tuple[Layer, ...]:
    """Layers with pairing between them. An odd number of steps is made even by a step of zeros in front.

    Raises:
        UserError: There are too few steps for so many layers.
    """
    widths = model.widths if model.layers else model.widths * 2
    body: list[Layer] = []
    steps = X_shape[0]
    for level, units in enumerate(widths, start=1):
        if level > 1:
            if steps < 2:
                raise UserError(
                    f"pyramid halves time from layer to layer, so that {len(widths)} layers need sequences of "
                    f"{fewest_steps(len(widths))} rows. Received: {X_shape[0]}. "
                    "Give model.layers fewer widths; many_to_one reads any number of rows."
                )
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
