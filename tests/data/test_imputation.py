import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from seqframe.data.imputation import fill_missing

NAN = np.nan
RUNS = [range(0, 5), range(6, 13)]  # row 5 and those from 13 on belong to none
values = arrays(np.float64, (15, 2), elements=st.one_of(st.just(NAN), st.integers(-9, 9).map(float)))


def column(*given: float) -> pd.DataFrame:
    return pd.DataFrame({"x": given, "y": 7.0})


@pytest.mark.parametrize(
    ("policy", "filled", "left"),
    [
        ("interpolate", [NAN, 1, 2, 3, 3.5, 4, NAN], range(2, 7)),
        ("ffill", [NAN, 1, 1, 3, 3, 4, 4], range(2, 8)),
    ],
)
def test_gaps_inside_are_filled_and_ends_cut_off(policy: str, filled: list[float], left: range) -> None:
    rows = column(NAN, NAN, 1, NAN, 3, NAN, 4, NAN, NAN)
    found, runs = fill_missing(rows, [range(1, 8)], policy)
    np.testing.assert_array_equal(found["x"], [NAN, *filled, NAN])
    assert runs == (left,)
    assert rows["x"].isna().sum() == 6, "the rows given stay as they are"


def test_a_run_begins_where_all_columns_have_begun() -> None:
    rows = pd.DataFrame({"x": [1, NAN, NAN, 4, 5], "y": [NAN, NAN, 3, 4, NAN]})
    found, runs = fill_missing(rows, [range(5)], "interpolate")
    assert runs == (range(2, 4),)
    assert found["x"].tolist() == [1, 2, 3, 4, 5]


def test_without_missing_values_it_is_the_same_frame() -> None:
    rows = column(1, 2, NAN, 4)
    found, runs = fill_missing(rows, [range(0, 2), range(3, 4)], "interpolate")
    assert found is rows
    assert runs == (range(0, 2), range(3, 4))


def test_a_run_without_values_is_lost() -> None:
    rows = pd.DataFrame({"x": [NAN, NAN, 1, 2, NAN, 1], "y": [1, 2, 3, 4, 5, NAN]})
    three = [range(0, 2), range(2, 4), range(4, 6)]
    assert fill_missing(rows, three, "interpolate")[1] == (range(2, 4),), "the last has a value in both, in no row"
    assert fill_missing(rows, three, "ffill")[1] == (range(2, 4), range(5, 6))


@given(values, values, st.sampled_from(["interpolate", "ffill"]))
def test_no_value_of_another_run_matters(mine: np.ndarray, others: np.ndarray, policy: str) -> None:
    first = RUNS[0]
    mixed = others.copy()
    mixed[first.start : first.stop] = mine[first.start : first.stop]
    found = []
    for each in (mine, mixed):
        rows, runs = fill_missing(pd.DataFrame(each, columns=["x", "y"]), RUNS, policy)
        outside = [5, 13, 14]
        np.testing.assert_array_equal(rows.to_numpy()[outside], each[outside])
        for run in runs:
            assert np.isfinite(rows.to_numpy()[run.start : run.stop]).all(), "what is left has no holes"
        kept = [run for run in runs if run.start < first.stop]
        found.append((rows.to_numpy()[first.start : first.stop], kept))
    np.testing.assert_array_equal(found[0][0], found[1][0])
    assert found[0][1] == found[1][1]


@given(values, st.sampled_from(["interpolate", "ffill"]))
def test_nothing_later_is_repeated_and_nothing_that_is_there_changes(given_values: np.ndarray, policy: str) -> None:
    filled = fill_missing(pd.DataFrame(given_values), RUNS, policy)[0].to_numpy()
    there = ~np.isnan(given_values)
    np.testing.assert_array_equal(filled[there], given_values[there])
    if policy == "ffill":
        cut = given_values.copy()
        cut[9:] = NAN
        earlier = fill_missing(pd.DataFrame(cut), RUNS, policy)[0].to_numpy()
        np.testing.assert_array_equal(filled[:9], earlier[:9])
