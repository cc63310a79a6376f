"""Layer specs that encode one step: shapes and parameters as in Keras, and their printed code."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqframe.networks import layers as own_layers
from seqframe.networks.backend import keras
from seqframe.networks.build import build_layer
from seqframe.networks.spec import Dense, Flatten, LayerSpec, NetworkSpec, Reshape, Shape, TimeDistributed, format_spec
from seqframe.networks.step_layers import (
    Concatenate,
    Conv1D,
    Conv2D,
    Cropping1D,
    Embedding,
    GlobalAveragePooling1D,
    GlobalAveragePooling2D,
    Sequential,
    main_layer,
)

COLUMN = Sequential((Cropping1D((0, 2)), Embedding(4, 2), Flatten()))
NUMBERS = Sequential((Cropping1D((1, 0)), Flatten()))
CASES: list[tuple[LayerSpec, Shape, str, str]] = [  # layer, input shape, code, label
    (Embedding(7, 3), (5,), "Embedding(7, 3)", "embed"),
    (Conv1D(4, 3), (9, 2), "Conv1D(4, 3)", "Conv1D"),
    (Conv1D(4, 3, 2, "same", "tanh"), (9, 2), 'Conv1D(4, 3, strides=2, padding="same", activation="tanh")', "Conv1D"),
    (Conv1D(4, 2, 3), (9, 2), "Conv1D(4, 2, strides=3)", "Conv1D"),
    (Conv2D(4, 3), (8, 6, 2), "Conv2D(4, 3)", "Conv2D"),
    (Conv2D(4, 3, 2, "same"), (7, 6, 2), 'Conv2D(4, 3, strides=2, padding="same")', "Conv2D"),
    (GlobalAveragePooling1D(), (9, 4), "GlobalAveragePooling1D()", "mean"),
    (GlobalAveragePooling2D(), (8, 6, 4), "GlobalAveragePooling2D()", "mean"),
    (Cropping1D((1, 2)), (5, 3), "Cropping1D((1, 2))", "crop"),
    (COLUMN, (3, 1), "Sequential([Cropping1D((0, 2)), Embedding(4, 2), Flatten()])", "embed"),
    (Concatenate((COLUMN, NUMBERS), (3, 1)), (3, 1), "Concatenate([Embedding(4, 2), Cropping1D((1, 0))])", "embed"),
]
every_layer = pytest.mark.parametrize(("layer", "shape", "code", "label"), CASES, ids=lambda value: str(value)[:40])


def build(layer: LayerSpec, layer_module: Any = keras.layers) -> Any:
    return build_layer(layer, "layer", np.random.SeedSequence(0), layer_module)


@every_layer
def test_shape_and_parameters_agree_with_keras(layer: LayerSpec, shape: Shape, code: str, label: str) -> None:
    built = build(layer)
    outputs = built(np.zeros((2, *shape), np.float32))
    assert tuple(outputs.shape[1:]) == layer.output_shape(shape)
    count = layer.param_count(shape)
    assert built.count_params() == count.value == eval(count.substituted)
    assert bool(count.value) == (count.formula != "none")


@every_layer
def test_code_and_label(layer: LayerSpec, shape: Shape, code: str, label: str) -> None:
    assert str(layer) == code
    assert layer.label == label


@every_layer
def test_weights_depend_on_the_seed_only(layer: LayerSpec, shape: Shape, code: str, label: str) -> None:
    one, other = build(layer), build(layer, own_layers)
    for each in (one, other):
        each(np.zeros((2, *shape), np.float32))
    assert all((a == b).all() for a, b in zip(one.get_weights(), other.get_weights(), strict=True))


def test_branches_draw_different_weights() -> None:
    joined = build(Concatenate((COLUMN, COLUMN), (3, 1)))
    first, second = joined.get_weights()
    assert (first != second).any()


@settings(max_examples=30, deadline=None)
@given(size=st.integers(1, 12), kernel=st.integers(1, 5), strides=st.integers(1, 4), same=st.booleans())
def test_output_length_of_a_convolution(size: int, kernel: int, strides: int, same: bool) -> None:
    if kernel > size and not same:
        return
    layer = Conv1D(2, kernel, strides, "same" if same else "valid")
    expected = keras.layers.Conv1D(2, kernel, strides=strides, padding=layer.padding)
    assert layer.output_shape((size, 1)) == expected.compute_output_shape((1, size, 1))[1:]


def test_an_embedding_is_replaced_by_a_layer_with_gradients() -> None:
    body = (TimeDistributed(Sequential((Reshape((3, 1)), Concatenate((COLUMN, NUMBERS), (3, 1))))),)
    spec = NetworkSpec("any", (5, 3), body, Dense(1))
    smooth = spec.differentiable()
    assert "Embedding" in str(spec.body[0])
    assert "Embedding" not in format_spec(smooth.body[0], "layers.")
    assert smooth.output_shape == spec.output_shape
    assert Dense(3).differentiable() == Dense(3)


def test_the_code_of_branches_reads_a_variable() -> None:
    code = format_spec(Concatenate((COLUMN, NUMBERS), (3, 1)), "layers.")
    assert code.startswith("keras.Model(step, layers.Concatenate()([keras.Sequential([layers.Cropping1D((0, 2)), ")
    assert code.count("(step)") == 2


def test_the_main_layer_is_the_one_with_a_purpose_of_its_own() -> None:
    assert main_layer(COLUMN) == Embedding(4, 2)
    assert main_layer(NUMBERS) == Cropping1D((1, 0))
    assert main_layer(Dense(2)) == Dense(2)


def test_stock_time_distributed_needs_a_fixed_number_of_steps_in_a_graph() -> None:
    """As docs/step-encoders.md says; if it fails, Keras has mended it, and `networks.variable_length` may go."""
    model = keras.Sequential([keras.Input((None, 3)), keras.layers.TimeDistributed(keras.layers.Dense(2))])
    shapes = [model.predict(np.zeros((5, steps, 3), np.float32), verbose=0).shape for steps in (7, 6, 11)]
    assert shapes[0] == (5, 7, 2)
    assert (5, 11, 2) not in shapes


@pytest.mark.parametrize("kind", ["Reshape", "Embedding", "Conv1D"])
def test_layers_that_lose_a_mask(kind: str) -> None:
    layer = {"Reshape": keras.layers.Reshape((4, 3)), "Embedding": keras.layers.Embedding(9, 2)}.get(kind)
    masked = keras.layers.Masking(-1.0)(np.zeros((2, 4, 3), np.float32))
    with pytest.warns(UserWarning, match="does not support masking"):
        outputs = (layer or keras.layers.Conv1D(2, 3))(masked)
    assert keras.src.backend.get_keras_mask(outputs) is None
