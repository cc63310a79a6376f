"""Both LSTM backends other than Keras, compared with a reference in float64."""

from collections.abc import Callable

import numpy as np
import pytest

from helpers.lstm_reference import by_block_lstm, by_numba_kernel, error, random_case, reference, sizes_of_all_kinds

Run = Callable[..., list[np.ndarray]]  # a case -> hidden, dx, dkernel, drecurrent, dbias

both = pytest.mark.parametrize("run", [by_numba_kernel, by_block_lstm], ids=lambda run: run.__name__)


@both
@sizes_of_all_kinds
def test_hidden_states_and_gradients_agree_with_float64(sizes, run: Run) -> None:
    case = random_case(*sizes)
    for value, expected in zip(run(*case), reference(*case), strict=True):
        assert value.shape == expected.shape
        assert error(value, expected) < 1e-6


@both
def test_saturated_gates_agree_with_float64(run: Run) -> None:
    case = random_case(8, 30, 16, 1)
    case[0] *= 100
    for value, expected in zip(run(*case), reference(*case), strict=True):
        assert error(value, expected) < 1e-5  # float32 gates near 0 and 1; Keras has the same error


@both
def test_nan_stays_in_its_row_and_reaches_the_gradients(run: Run) -> None:
    case = random_case(9, 6, 5, 1)
    case[0][4, 2, 0] = np.nan
    hidden, _, *weight_gradients = run(*case)
    assert np.isnan(hidden[4, 2:]).all()
    assert np.isfinite(hidden[4, :2]).all()
    assert np.isfinite(np.delete(hidden, 4, 0)).all()
    assert all(np.isnan(gradient).any() for gradient in weight_gradients)
