import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from seqframe.data.imputation import fill_missing

NAN = np.nan
SEGMENTS = [range(0, 5), range(6, 13)]  # row 5 and rows 13 and 14 are in no segment
values = arrays(np.float64, (15, 2), elements=st.one_of(st.just(NAN), st.integers(-9, 9).map(float)))


def column(*given: float) -> pd.DataFrame:
    return pd.DataFrame({"x": given, "y": 7.0})


@pytest.mark.parametrize(
    ("policy", "filled", "remaining"),
    [
        ("interpolate", [NAN, 1, 2, 3, 3.5, 4, NAN], range(2, 7)),
        ("ffill", [NAN, 1, 1, 3, 3, 4, 4], range(2, 8)),
    ],
)
def test_inner_gaps_are_filled_and_ends_are_trimmed(policy: str, filled: list[float], remaining: range) -> None:
    rows = column(NAN, NAN, 1, NAN, 3, NAN, 4, NAN, NAN)
    found, segments = fill_missing(rows, [range(1, 8)], policy)
    np.testing.assert_array_equal(found["x"], [NAN, *filled, NAN])
    assert segments == (remaining,)
    assert rows["x"].isna().sum() == 6, "the argument is not modified"


def test_a_segment_begins_where_all_columns_have_a_value() -> None:
    rows = pd.DataFrame({"x": [1, NAN, NAN, 4, 5], "y": [NAN, NAN, 3, 4, NAN]})
    found, segments = fill_missing(rows, [range(5)], "interpolate")
    assert segments == (range(2, 4),)
    assert found["x"].tolist() == [1, 2, 3, 4, 5]


def test_without_missing_values_the_same_data_frame_is_returned() -> None:
    rows = column(1, 2, NAN, 4)
    found, segments = fill_missing(rows, [range(0, 2), range(3, 4)], "interpolate")
    assert found is rows
    assert segments == (range(0, 2), range(3, 4))


def test_a_segment_with_an_empty_column_is_dropped() -> None:
    rows = pd.DataFrame({"x": [NAN, NAN, 1, 2, NAN, 1], "y": [1, 2, 3, 4, 5, NAN]})
    three = [range(0, 2), range(2, 4), range(4, 6)]
    assert fill_missing(rows, three, "interpolate")[1] == (range(2, 4),), "no common row in the last"
    assert fill_missing(rows, three, "ffill")[1] == (range(2, 4), range(5, 6))


@given(values, values, st.sampled_from(["interpolate", "ffill"]))
def test_segments_are_independent(mine: np.ndarray, others: np.ndarray, policy: str) -> None:
    first = SEGMENTS[0]
    mixed = others.copy()
    mixed[first.start : first.stop] = mine[first.start : first.stop]
    found = []
    for each in (mine, mixed):
        rows, segments = fill_missing(pd.DataFrame(each, columns=["x", "y"]), SEGMENTS, policy)
        outside = [5, 13, 14]
        np.testing.assert_array_equal(rows.to_numpy()[outside], each[outside])
        for segment in segments:
            assert np.isfinite(rows.to_numpy()[segment.start : segment.stop]).all(), "no missing values remain"
        remaining = [segment for segment in segments if segment.start < first.stop]
        found.append((rows.to_numpy()[first.start : first.stop], remaining))
    np.testing.assert_array_equal(found[0][0], found[1][0])
    assert found[0][1] == found[1][1]


@given(values, st.sampled_from(["interpolate", "ffill"]))
def test_existing_values_stay_and_ffill_uses_earlier_rows_only(given_values: np.ndarray, policy: str) -> None:
    filled = fill_missing(pd.DataFrame(given_values), SEGMENTS, policy)[0].to_numpy()
    valid = ~np.isnan(given_values)
    np.testing.assert_array_equal(filled[valid], given_values[valid])
    if policy == "ffill":
        cut = given_values.copy()
        cut[9:] = NAN
        earlier = fill_missing(pd.DataFrame(cut), SEGMENTS, policy)[0].to_numpy()
        np.testing.assert_array_equal(filled[:9], earlier[:9])
