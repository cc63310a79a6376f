"""BlockLSTM with our way back against the same arithmetic in float64."""

import numpy as np
import pytest

from lstm_in_float64 import error, random_case, reference, same_bits, sizes_of_all_kinds
from seqframe.backend import tf
from seqframe.layers import block_lstm
from seqframe.layers.block_lstm import run_block


@tf.function(autograph=False)
def compiled(x, kernel, recurrent, bias, d_hidden):
    inputs = [x, kernel, recurrent, bias]
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        hidden = run_block(*inputs)
    return [hidden, *tape.gradient(hidden, inputs, output_gradients=d_hidden)]


def run(*case: np.ndarray) -> list[np.ndarray]:
    """hidden, dx, dkernel, drecurrent, dbias."""
    return [value.numpy() for value in compiled(*map(tf.constant, case))]


@sizes_of_all_kinds
def test_hidden_states_and_gradients_are_those_of_float64(sizes) -> None:
    case = random_case(*sizes)
    for value, expected in zip(run(*case), reference(*case), strict=True):
        assert value.shape == expected.shape
        assert error(value, expected) < 1e-6


def test_saturated_gates_are_those_of_float64() -> None:
    case = random_case(8, 30, 16, 1)
    case[0] *= 100
    for value, expected in zip(run(*case), reference(*case), strict=True):
        assert error(value, expected) < 1e-5  # float32 gates near 0 and 1; Keras errs as much


@pytest.mark.parametrize("steps", [1, 7, 8, 12, 13, 14, 24, 25, 97])
def test_any_number_of_steps_is_cut_into_pieces(steps) -> None:
    case = random_case(2, steps, 3, 4)
    for value, expected in zip(run(*case), reference(*case), strict=True):
        assert error(value, expected) < 1e-6


@sizes_of_all_kinds
def test_repeats_bit_for_bit(sizes) -> None:
    case = random_case(*sizes)
    assert same_bits(run(*case), run(*case))


def test_nan_stays_in_its_row_and_reaches_the_gradients() -> None:
    case = random_case(9, 6, 5, 1)
    case[0][4, 2, 0] = np.nan
    hidden, _, *weight_gradients = run(*case)
    assert np.isnan(hidden[4, 2:]).all()
    assert np.isfinite(hidden[4, :2]).all()
    assert np.isfinite(np.delete(hidden, 4, 0)).all()
    assert all(np.isnan(gradient).any() for gradient in weight_gradients)


def test_there_are_no_second_derivatives() -> None:
    x, kernel, recurrent, bias, _ = map(tf.constant, random_case(2, 9, 3, 1))
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            hidden = run_block(x, kernel, recurrent, bias)
        slope = inner.gradient(hidden, x)
    with pytest.raises(LookupError, match="LSTMBlockCellGrad"):
        outer.gradient(slope, x)


def test_pieces_leave_few_steps_to_be_added() -> None:
    assert [block_lstm._piece(steps) for steps in (8, 20, 24, 100, 1000, 97)] == [8, 20, 12, 20, 20, 14]
