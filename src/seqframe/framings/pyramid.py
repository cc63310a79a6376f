"""A pyramid of recurrent layers: each reads the steps of the layer below in pairs, so the number of steps halves.

Also called a pyramidal RNN (pBLSTM): Chan et al. (2016), "Listen, Attend and Spell".
"""

from seqframe.config import ModelSettings, Settings
from seqframe.errors import UserError
from seqframe.framings.base import Framing
from seqframe.framings.blocks import dense_head, recurrent_layer
from seqframe.framings.constraints import fixed_lookback, no_masks, no_next_step
from seqframe.networks.spec import LayerSpec, Reshape, Shape, ZeroPadding1D


def layer_sizes(model: ModelSettings) -> tuple[int, ...]:
    """The sizes of the layers: `model.hidden_sizes`, or two layers of `model.units`."""
    return model.widths if model.hidden_sizes else model.widths * 2


def min_steps(layers: int) -> int:
    """The steps that a number of layers needs, if odd numbers are rounded up before they are halved."""
    return 1 if layers == 1 else int(2 ** (layers - 2)) + 1


def enough_steps(settings: Settings) -> str | None:
    """A constraint: every layer but the first reads the steps of the layer below in pairs."""
    lookback, layers = fixed_lookback(settings), len(layer_sizes(settings.model))
    if lookback is None or lookback >= (needed := min_steps(layers)):
        return None
    return (
        f"halves the number of steps from layer to layer, so {layers} layers need windows of {needed} rows. "
        f"Received: lookback={lookback}."
    )


def halve_steps(model: ModelSettings, X_shape: Shape, y_shape: Shape) -> tuple[LayerSpec, ...]:
    """Recurrent layers with pairs of steps between them. A step of zeros in front makes an odd number even.

    Raises:
        UserError: There are too few steps for so many layers.
    """
    sizes, steps = layer_sizes(model), X_shape[0]
    if steps < min_steps(len(sizes)):
        raise UserError(
            f"pyramid halves the number of steps from layer to layer, so {len(sizes)} layers need sequences of "
            f"{min_steps(len(sizes))} rows. Received: {steps}. "
            "Give model.hidden_sizes fewer sizes; many_to_one reads any number of rows."
        )
    body: list[LayerSpec] = []
    for level, units in enumerate(sizes, start=1):
        if level > 1:
            features = body[-1].output_shape((steps, 1))[-1]
            body += [ZeroPadding1D((1, 0))] * (steps % 2) + [Reshape((-1, 2 * features))]
            steps = (steps + 1) // 2
        body.append(recurrent_layer(model, units, return_sequences=level < len(sizes)))
    return tuple(body)


PYRAMID = Framing(
    name="pyramid",
    summary="Every recurrent layer reads the steps of the layer below in pairs; the last outputs all target steps.",
    inputs="b t f -> b t f",
    targets="b t f -> b (t f)",
    body=halve_steps,
    head=dense_head,
    constraints=(no_next_step, enough_steps),
    label_constraints=(no_masks,),
)
