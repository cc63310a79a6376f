"""Both LSTM backends other than Keras, compared with a reference in float64."""

from collections.abc import Callable

import numpy as np
import pytest

from helpers.lstm_reference import (
    MASKS,
    by_block_lstm,
    by_numba_kernel,
    error,
    random_case,
    random_masks,
    reference,
    same_bits,
    sizes_of_all_kinds,
)

Run = Callable[..., list[np.ndarray]]  # a case and a mask -> hidden, dx, dkernel, drecurrent, dbias

both = pytest.mark.parametrize("run", [by_numba_kernel, by_block_lstm], ids=lambda run: run.__name__)
masks_of_all_kinds = pytest.mark.parametrize("kind", MASKS)


@both
@sizes_of_all_kinds
def test_hidden_states_and_gradients_agree_with_float64(sizes, run: Run) -> None:
    case = random_case(*sizes)
    for value, expected in zip(run(*case), reference(*case), strict=True):
        assert value.shape == expected.shape
        assert error(value, expected) < 1e-6


@both
@masks_of_all_kinds
@pytest.mark.parametrize("sizes", [(1, 5, 5, 1), (7, 9, 33, 3), (33, 41, 20, 2), (5, 1, 4, 2), (0, 3, 4, 1)], ids=str)
def test_masked_results_agree_with_float64(sizes, kind: str, run: Run) -> None:
    case, mask = random_case(*sizes), random_masks(*sizes[:2])[kind]
    for value, expected in zip(run(*case, mask=mask), reference(*case, mask=mask), strict=True):
        assert value.shape == expected.shape
        assert error(value, expected) < 1e-6


@both
@masks_of_all_kinds
def test_inputs_of_masked_steps_have_no_effect(kind: str, run: Run) -> None:
    case, mask = random_case(9, 12, 6, 2), random_masks(9, 12)[kind]
    expected = run(*case, mask=mask)
    case[0][~mask] = np.nan
    assert same_bits(run(*case, mask=mask), expected)
    assert not expected[1][~mask].any()


@both
def test_a_mask_that_is_all_true_changes_no_bit(run: Run) -> None:
    case = random_case(33, 41, 20, 2)
    assert same_bits(run(*case, mask=np.ones((33, 41), bool)), run(*case))


@both
def test_masked_results_are_repeatable_bit_for_bit(run: Run) -> None:
    case, mask = random_case(70, 12, 48, 17), random_masks(70, 12)["right"]
    assert same_bits(run(*case, mask=mask), run(*case, mask=mask))


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
