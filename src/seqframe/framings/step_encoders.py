"""Step encoders: layers that every step passes before the recurrent layers, by `model.step_encoder`.

They are wrapped in `TimeDistributed`: a step is encoded from its own inputs alone. An encoder never mixes steps, and
what an output depends on is the same with every encoder. `conv1d` is a convolution over the columns of a step, not over
the steps. A mask of padded steps passes `TimeDistributed`.
"""

from collections.abc import Callable
from itertools import groupby

from seqframe.config import ModelSettings
from seqframe.data.step_inputs import StepInputs
from seqframe.errors import UserError
from seqframe.networks.spec import Dense, Flatten, LayerSpec, Reshape, Shape, TimeDistributed
from seqframe.networks.step_layers import (
    Concatenate,
    Conv1D,
    Conv2D,
    Cropping1D,
    Embedding,
    GlobalAveragePooling1D,
    GlobalAveragePooling2D,
    Sequential,
)

EncodeStep = Callable[[ModelSettings, StepInputs, int], LayerSpec]  # from the settings and the columns of a step
ACTIVATION = "tanh"  # as the output of a recurrent layer; its gradient is zero nowhere


def step_encoder(model: ModelSettings, X_shape: Shape, step: StepInputs) -> tuple[LayerSpec, ...]:
    """The layers in front of a body: (timesteps, features) -> (timesteps, encoded features); none for `none`.

    Where X has the columns of several rows in one step, as in one_step_vector, codes and images are encoded row by row
    and put side by side again.

    Raises:
        UserError: The encoder does not suit the columns, or columns with categories are not read by an embedding.
    """
    _check_columns(model, step)
    if model.step_encoder == "none":
        return ()
    timesteps, columns = X_shape
    n_features = step.n_features or columns
    encoder = TimeDistributed(ENCODERS[model.step_encoder](model, step, n_features))
    if columns == n_features:
        return (encoder,)
    steps = (timesteps * columns // n_features, n_features)
    _, encoded = encoder.output_shape(steps)
    return (Reshape(steps), encoder, Reshape((timesteps, steps[0] // timesteps * encoded)))


def _check_columns(model: ModelSettings, step: StepInputs) -> None:
    received = f"Received: model.step_encoder={model.step_encoder}."
    if step.has_categories and model.step_encoder != "embedding":
        raise UserError(
            f"Codes of categories are no numbers, so only an embedding reads them. {received} "
            "Set model.step_encoder=embedding, or data.category_encoding=one_hot for a table."
        )
    if model.step_encoder == "embedding" and not step.has_categories:
        raise UserError(
            "model.step_encoder=embedding needs an input column with category codes. Received: columns of numbers. Set "
            "data.category_encoding=codes for text columns of sequences with labels, or model.step_encoder=none."
        )
    if model.step_encoder == "conv2d" and len(step.shape) != 3:
        shape = step.shape or "a vector"
        raise UserError(
            "model.step_encoder=conv2d needs steps that are images, (height, width, channels). Received: "
            f"{shape}. Set model.step_encoder=conv1d, or dense."
        )


def dense_step(model: ModelSettings, step: StepInputs, n_features: int) -> LayerSpec:
    """A dense layer on the columns of a step."""
    return Dense(model.encoder_units, activation=ACTIVATION)


def conv1d_step(model: ModelSettings, step: StepInputs, n_features: int) -> LayerSpec:
    """A convolution over the columns of a step, which should be neighbors in their order, such as a row of pixels."""
    shape = step.shape if len(step.shape) == 2 else (n_features, 1)
    convolution = Conv1D(model.encoder_units, model.encoder_kernel, model.encoder_strides, "same", ACTIVATION)
    average = model.encoder_pooling == "average"
    return Sequential((Reshape(shape), convolution, GlobalAveragePooling1D() if average else Flatten()))


def conv2d_step(model: ModelSettings, step: StepInputs, n_features: int) -> LayerSpec:
    """A convolution over the image of a step."""
    convolution = Conv2D(model.encoder_units, model.encoder_kernel, model.encoder_strides, "same", ACTIVATION)
    average = model.encoder_pooling == "average"
    return Sequential((Reshape(step.shape), convolution, GlobalAveragePooling2D() if average else Flatten()))


def embedding_step(model: ModelSettings, step: StepInputs, n_features: int) -> LayerSpec:
    """An embedding for each column with categories, next to the columns of numbers, in the order of the columns."""
    branches: list[LayerSpec] = []
    position = 0
    for categories, run in _runs(step.n_categories):
        crop = Cropping1D((position, n_features - position - run))
        embedding = (Embedding(categories, model.embedding_size),) if categories else ()
        branches.append(Sequential((crop, *embedding, Flatten())))
        position += run
    columns = (n_features, 1)
    joined = branches[0] if len(branches) == 1 else Concatenate(tuple(branches), columns)
    return Sequential((Reshape(columns), joined))


def _runs(n_categories: tuple[int, ...]) -> list[tuple[int, int]]:
    """The categories of a column and 1, or 0 and the number of columns of numbers that follow one another.

    >>> _runs((4, 4, 0, 0, 7))
    [(4, 1), (4, 1), (0, 2), (7, 1)]
    """
    runs: list[tuple[int, int]] = []
    for categories, columns in groupby(n_categories):
        length = len(list(columns))
        runs += [(categories, 1)] * length if categories else [(0, length)]
    return runs


ENCODERS: dict[str, EncodeStep] = {
    "dense": dense_step,
    "conv1d": conv1d_step,
    "conv2d": conv2d_step,
    "embedding": embedding_step,
}
