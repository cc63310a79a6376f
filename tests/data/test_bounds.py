"""Bounds of the targets."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.backtests import a_problem
from helpers.tables import load_rows
from seqframe.data.bounds import check_bounds, clip_to_bounds
from seqframe.errors import UserError

numbers = st.floats(allow_nan=False)


@given(st.lists(st.floats(), min_size=1), numbers, numbers)
def test_clipped_values_are_within_the_bounds_and_others_stay(values: list[float], one: float, other: float) -> None:
    low, high = sorted([one, other])
    bounds = {"lower_bound": low, "upper_bound": high}
    if not np.isfinite([low, high]).all() or low == high:
        return
    given_values = np.array(values)
    clipped = clip_to_bounds(given_values, a_problem(**bounds))
    valid = ~np.isnan(given_values)
    assert ((clipped >= low) & (clipped <= high))[valid].all()
    inside = valid & (given_values >= low) & (given_values <= high)
    np.testing.assert_array_equal(clipped[inside], given_values[inside])
    assert np.isnan(clipped[~valid]).all()


def test_each_bound_is_optional() -> None:
    values = np.array([-5.0, 0.0, 5.0])
    assert clip_to_bounds(values, a_problem(lower_bound=0)).tolist() == [0, 0, 5]
    assert clip_to_bounds(values, a_problem(upper_bound=0)).tolist() == [-5, 0, 0]
    assert clip_to_bounds(values, a_problem()) is values
    generated = a_problem(path=None, lower_bound=0)
    assert clip_to_bounds(values, generated) is values, "bounds apply to tables only"


@pytest.mark.parametrize(
    ("bounds", "message"),
    [
        ({"lower_bound": 0}, r"below `data\.lower_bound`\. Received: lower_bound=0, and -0\.5 in column sales of"),
        ({"upper_bound": 7.5}, r"above `data\.upper_bound`\. Received: upper_bound=7\.5, and 8 in column sales of"),
    ],
)
def test_a_target_outside_its_bounds_raises_one_line(bounds: dict[str, Any], message: str, tmp_path: Path) -> None:
    path = tmp_path / "sales.csv"
    pd.DataFrame({"price": [-9.0, 99.0, 1.0], "sales": [-0.5, 8.0, 3.0]}).to_csv(path, index=False)
    settings = a_problem(path=str(path), features=["price", "sales"], target="sales")
    with pytest.raises(UserError, match=message) as raised:
        load_rows(settings.model_copy(update=bounds))
    assert "\n" not in str(raised.value)
    load_rows(settings.model_copy(update={"lower_bound": -0.5, "upper_bound": 8.0}))


def test_missing_values_are_inside_the_bounds() -> None:
    check_bounds(pd.DataFrame({"x": [np.nan, 1.0], "y": [np.nan, np.nan]}), a_problem(lower_bound=0, upper_bound=2))


def test_bounds_in_the_wrong_order_raise() -> None:
    with pytest.raises(ValueError, match=r"must be below `data\.upper_bound`\. Received: lower_bound=2, upper_bound=2"):
        a_problem(lower_bound=2, upper_bound=2)
