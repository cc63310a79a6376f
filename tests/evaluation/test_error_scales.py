"""Divisors of the MASE."""

import numpy as np
import pytest

from seqframe.evaluation.error_scales import error_scales

ONE = np.zeros(2, np.intp)


def test_the_scale_is_the_mean_seasonal_difference_within_segments() -> None:
    values = np.array([[1.0, 0.0], [2.0, 5.0], [4.0, 0.0], [8.0, 1.0], [100.0, 9.0], [100.0, 2.0], [101.0, 3.0]])
    scales = error_scales(values, [range(4), range(4, 7)], ONE, 2)
    assert scales[0].tolist() == scales[1].tolist() == [(3 + 6 + 1) / 3, (0 + 4 + 6) / 3]


def test_the_scale_of_an_exactly_periodic_target_is_its_one_step_difference() -> None:
    rows = np.arange(60)
    values = np.stack([np.sin(2 * np.pi * rows / 20), rows.astype(float)], axis=1)
    (scale, _) = error_scales(values, [range(60)], np.zeros(1, np.intp), 20)
    assert scale[0] == pytest.approx(np.abs(np.diff(values[:, 0])).mean())
    assert scale[1] == 20


def test_short_and_constant_series_have_the_scale_of_all_series() -> None:
    values = np.array([0.0, 1, 3, 6, 10, 5, 5, 5, 5, 5, 50, 90])[:, None]
    scales = error_scales(values, [range(5), range(5, 10), range(10, 12)], np.arange(3), 2)[:, 0]
    own, together = (3 + 5 + 7) / 3, (3 + 5 + 7) / 6
    assert scales.tolist() == [own, together, together, together]


@pytest.mark.parametrize(("value", "scale"), [(5.0, 5.0), (-2.0, 2.0), (0.0, 1.0), (1e299, 1e299)])
def test_a_constant_table_is_scored_in_units_of_the_constant(value: float, scale: float) -> None:
    assert error_scales(np.full((9, 1), value), [range(9)], np.zeros(1, np.intp), 3).tolist() == [[scale], [scale]]


def test_a_season_that_is_longer_than_every_segment_is_not_used() -> None:
    values = np.array([0.0, 1, 3, 6])[:, None]
    assert error_scales(values, [range(4)], np.zeros(1, np.intp), 9)[0, 0] == 2
