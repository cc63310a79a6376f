"""Splits of folds, their windows, and errors that are raised before training."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from helpers.backtests import a_design, a_problem, a_task, a_walk, number, series_of, walking_folds
from seqframe.data.dataset import dataset_from_split
from seqframe.data.splits import Segments, find_segments, join_adjacent, split_folds
from seqframe.data.windows import make_windows, make_windows_like
from seqframe.errors import UserError
from seqframe.evaluation.folds import make_folds
from seqframe.evaluation.metrics import mean_per_time
from seqframe.framings import FRAMINGS
from seqframe.framings.dataset import training_view

lengths = st.lists(st.integers(1, 40), min_size=1, max_size=5)


@given(
    runs=st.lists(st.tuples(st.integers(1, 40), st.integers(0, 30)), min_size=1, max_size=5),
    folds=st.integers(1, 3),
    sizes=st.tuples(st.integers(1, 15), st.integers(1, 15), st.integers(0, 4)),
    task=st.tuples(st.integers(1, 4), st.integers(1, 3), st.integers(0, 2), st.integers(1, 3)),
)
@settings(max_examples=200, deadline=None)
def test_no_window_crosses_anything(
    runs: list[tuple[int, int]], folds: int, sizes: tuple[int, int, int], task: tuple[int, int, int, int]
) -> None:
    """Inputs and targets of a window are consecutive rows of a series without a gap in time; its targets lie in the
    split, its inputs in the split or in earlier rows. Training windows lie in the training split. Splits are an
    embargo apart."""
    validation, test, embargo = sizes
    stops = np.cumsum([length for length, _ in runs])
    ranges = tuple(range(stop - length, stop) for stop, (length, _) in zip(stops.tolist(), runs, strict=True))
    time = Segments(ranges, tuple(begin for _, begin in runs))
    step_of = {row: begin + row - run.start for run, begin in zip(ranges, time.first_steps, strict=True) for row in run}
    run_of = {row: run for run in ranges for row in run}
    resolved = a_task(**dict(zip(("lookback", "horizon", "gap", "stride"), task, strict=True)))
    like = make_windows([range(50)], resolved)
    for later, split in enumerate(split_folds(time, folds, validation, test, embargo)):
        end = time.end - (folds - 1 - later) * test
        parts = {
            "training": (split.train, -(10**9), end - test - validation - 2 * embargo),
            "validation": (split.validation, end - test - validation - embargo, end - test - embargo),
            "test": (split.test, end - test, end),
        }
        rows = [*split.train, *split.validation, *split.test, *split.skipped]
        histories = join_adjacent(rows, starts={run.start for run in ranges})
        for name, (part, first, stop) in parts.items():
            assert sorted(row for run in part for row in run) == [
                row for row, step in step_of.items() if first <= step < stop
            ]
            windows = make_windows_like(part, resolved, like, () if name == "training" else histories)
            for read, predicted in zip(windows.inputs, windows.targets, strict=True):
                assert len({run_of[row] for row in range(read[0], predicted[-1] + 1)}) == 1
                assert all(first <= step_of[row] < stop for row in predicted)
                assert name != "training" or all(first <= step_of[row] < stop for row in read)
            if name != "training":
                assert windows.starts().tolist() == [
                    start for rows in part for start in _starts(rows, run_of, resolved)
                ]


def _starts(part: range, run_of: dict[int, range], task: Any) -> range:
    """First rows of all windows with targets in a part of a run: the inputs may reach back to the start of the run."""
    history = part.start - run_of[part.start].start
    missing = max(0, task.lookback + task.gap - history)  # rows that the first windows lack
    first_target = part.start + missing
    return range(
        first_target - task.gap - task.lookback, part.stop - task.horizon - task.gap - task.lookback + 1, task.stride
    )


@given(
    there=st.sets(st.integers(0, 70), min_size=45),
    transform=st.sampled_from(["none", "difference"]),
    task=st.tuples(st.integers(1, 4), st.integers(1, 3)),
)
@settings(max_examples=60, deadline=None)
def test_windows_of_a_table_with_gaps(there: set[int], transform: str, task: tuple[int, int]) -> None:
    """All windows without a gap in time whose targets lie in the split; with a difference, a row before them too."""
    days, values, (lookback, horizon) = np.array(sorted(there)), a_walk(71), task
    assume(np.bincount(np.diff(days)).argmax() == 1)
    rows = pd.DataFrame({"x": values[days]}, pd.date_range("2001-01-01", periods=71, name="day")[days])
    (split,) = split_folds(find_segments(rows), 1, 15, 15)
    lag = int(transform == "difference")
    try:
        dataset = dataset_from_split(
            rows,
            split,
            a_problem(missing="drop", time_column="day", transform=transform),
            a_task(lookback=lookback, horizon=horizon),
        )
    except UserError:  # no training window
        assume(False)
    for windows, part in ((dataset.validation, split.validation), (dataset.test, split.test)):
        allowed = {row for segment in part for row in segment}
        spans = [np.arange(start - lag, start + lookback + horizon) for start in range(lag, len(rows) - lookback)]
        assert windows.starts().tolist() == [
            span[lag]
            for span in spans
            if span[-1] < len(rows) and set(span[-horizon:]) <= allowed and (np.diff(days[span]) == 1).all()
        ]


@pytest.mark.parametrize("framing", ["many_to_many", "dense"])
def test_the_training_view_of_a_recursive_framing_has_its_last_target_in_the_split(framing: str) -> None:
    """All earlier targets of such a window are inputs, which are known."""
    dataset = walking_folds(80, val_size=12, test_size=10, embargo=2).newest
    view = training_view(dataset, next(each for each in FRAMINGS if each.name == framing))
    (part,) = view.split.validation
    last = view.validation.targets[:, -1].tolist()
    assert last == list(part if framing == "many_to_many" else range(part.start + 1, part.stop))
    assert (view.validation.inputs[:, 0] < part.start).any()
    assert view.train.targets.max() < view.split.train[0].stop


@given(there=st.sets(st.integers(0, 70), min_size=40), by_series=st.booleans())
@settings(max_examples=50, deadline=None)
def test_runs_of_a_table_with_gaps(there: set[int], by_series: bool) -> None:
    days = pd.date_range("2001-01-01", periods=71, name="day")[sorted(there)]
    assume(np.bincount(np.diff(sorted(there))).argmax() == 1)  # the frequency is the most common difference
    index = pd.MultiIndex.from_product([["b", "a"], days], names=["sequence", "day"]) if by_series else days
    time = find_segments(pd.DataFrame({"x": 0.0}, index))
    assert [row for run in time.ranges for row in run] == list(range(len(index)))
    stamps, ids = index.get_level_values(-1), index.get_level_values(0)
    for run, begin in zip(time.ranges, time.first_steps, strict=True):
        assert begin == (stamps[run.start] - days[0]).days
        assert set(np.diff(stamps[run.start : run.stop]) / np.timedelta64(1, "D")) <= {1.0}
        assert not by_series or len(set(ids[run.start : run.stop])) == 1
    for run, after in zip(time.ranges, time.ranges[1:], strict=False):
        apart = (stamps[after.start] - stamps[run.stop - 1]).days
        assert apart != 1 or (by_series and ids[after.start] != ids[run.stop - 1]), "runs are as long as can be"


def test_windows_of_all_splits_by_hand() -> None:
    """Targets of validation and test windows lie in their split; their inputs may lie in all earlier rows."""
    folds = make_folds(number(x=a_walk(30)), a_design(a_task(lookback=3, gap=1), 2, 8, 7, embargo=1), a_problem())
    assert [(dataset.split.train, dataset.split.validation, dataset.split.test) for dataset in folds.datasets] == [
        ((range(0, 6),), (range(7, 15),), (range(16, 23),)),
        ((range(0, 13),), (range(14, 22),), (range(23, 30),)),
    ]
    first, second = folds.datasets
    assert second.test.targets.tolist() == [[row, row + 1] for row in range(23, 29)]
    assert second.test.starts().tolist() == [19, 20, 21, 22, 23, 24], "inputs begin in the validation split"
    assert second.validation.targets.tolist() == [[row, row + 1] for row in range(14, 21)]
    assert second.validation.starts().tolist() == [10, 11, 12, 13, 14, 15, 16], "and in the training split"
    assert first.train.starts().tolist() == [0]
    assert folds.origins["row_number"].tolist() == [14, 15, 16, 17, 18, 19, 21, 22, 23, 24, 25, 26]
    assert folds.origins["fold"].tolist() == [1] * 6 + [2] * 6
    assert folds.actuals().shape == (12, 2, 1)


def test_series_of_different_lengths_are_split_at_the_same_time() -> None:
    rows = series_of([100, 60, 30], [100, 100, 70])
    folds = make_folds(
        rows, a_design(a_task(), 2, 15, 15), a_problem(id_column="id", time_column="day", scale_per_series=True)
    )
    origins = folds.origins.groupby(["fold", "sequence"])["row"].agg(["min", "max"])
    assert origins.index.tolist() == [(1, "a"), (1, "b"), (2, "a"), (2, "b")], "c ends earlier"
    assert origins.loc[(1, "a")].tolist() == origins.loc[(1, "b")].tolist()
    scales = pd.Series(folds.scale[:, 0, 0]).groupby([folds.origins["fold"], folds.origins["sequence"]]).nunique()
    assert (scales == 1).all()
    assert len(np.unique(folds.scale)) == 4, "one per series and fold, from training rows"


def test_losses_are_averaged_over_the_series_of_a_time() -> None:
    rows = series_of([100, 60], [100, 100])
    folds = make_folds(rows, a_design(a_task()), a_problem(id_column="id", time_column="day", scale_per_series=True))
    losses = np.where(folds.origins["sequence"] == "a", 1.0, 3.0)
    assert mean_per_time(losses, folds.origins["time"].to_numpy()).tolist() == [2.0] * 19


def a_gap_before_the_test_split() -> pd.DataFrame:
    """The first four rows after the gap have values, and are inputs only."""
    days = pd.date_range("2001-01-01", periods=81, name="day").delete(60)
    return pd.DataFrame({"x": np.where(np.arange(80) < 64, a_walk(80), np.nan), "y": a_walk(80)}, days)


def hole(values: np.ndarray, rows: slice) -> np.ndarray:
    values = values.copy()
    values[rows] = np.nan
    return values


@pytest.mark.parametrize(
    ("rows", "data_settings", "message"),
    [
        (
            number(x=hole(a_walk(80), slice(40))),
            {},
            "needs a value in the training rows, from which missing values are filled",
        ),
        (number(x=hole(a_walk(80), slice(60, 80))), {}, "Received: none in the test split of fold 1"),
        (number(x=hole(a_walk(80), slice(40, 60))), {}, "Received: none in the validation split of fold 1"),
        (
            a_gap_before_the_test_split(),
            {"missing": "ffill", "target": "x", "features": ["x", "y"], "time_column": "day"},
            "test splits in which every value is missing",
        ),
    ],
)
def test_data_that_cannot_be_scored_raises_before_training(
    rows: pd.DataFrame, data_settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(UserError, match=message) as raised:
        make_folds(rows, a_design(a_task()), a_problem(**{"missing": "interpolate", **data_settings}))
    assert "\n" not in str(raised.value)


def test_a_fold_without_training_rows_raises() -> None:
    with pytest.raises(UserError, match=r"Received: none in fold 1. Lower backtest\.n_folds"):
        walking_folds(40, n_folds=1)


def test_no_window_ends_in_an_interpolated_row() -> None:
    """Interpolated values depend on rows after the origin."""
    values = a_walk(90)
    values[[30, 60, 75]] = np.nan
    (dataset,) = make_folds(number(x=values), a_design(a_task()), a_problem(missing="interpolate")).datasets
    for split, row in ((dataset.train, 30), (dataset.validation, 60), (dataset.test, 75)):
        assert row not in split.starts() + 3
    filled = make_folds(number(x=values), a_design(a_task()), a_problem(missing="ffill")).datasets[0]
    assert 75 in filled.test.starts() + 3


def test_a_training_split_without_a_valid_window_raises() -> None:
    values = a_walk(90)
    values[1::2] = np.nan
    with pytest.raises(UserError, match="must end in a row without interpolated values"):
        make_folds(number(x=values), a_design(a_task(stride=2)), a_problem(missing="interpolate"))


def test_the_scale_is_the_one_step_difference_where_no_segment_is_longer_than_a_season() -> None:
    folds = walking_folds(80, season=60)
    assert folds.scale[0, 0, 0] == pytest.approx(np.abs(np.diff(a_walk(80)[:40])).mean())


def test_a_constant_training_split_is_scored_in_units_of_the_constant() -> None:
    folds = make_folds(number(x=np.maximum(np.arange(80.0), 40)), a_design(a_task()), a_problem())
    assert (folds.scale == 40).all()
    assert (folds.newest.restore(np.full((19, 2, 1), 0.5), folds.newest.test) == 60).all(), "no longer constant"


def test_constant_and_new_series_do_not_stop_a_panel() -> None:
    rows = series_of([100, 100, 30], [100, 100, 100])
    rows.loc["b", "x"] = 7.0
    settings = a_problem(id_column="id", time_column="day", scale_per_series=True)
    folds = make_folds(rows, a_design(a_task()), settings)
    own = folds.scale[(folds.origins["sequence"] == "a").to_numpy()]
    others = folds.scale[(folds.origins["sequence"] != "a").to_numpy()]
    assert len(others) == 2 * len(own)
    changes = np.abs(np.diff(rows.loc["a", "x"].to_numpy()[:60])).mean()
    assert own == pytest.approx(changes)
    assert others == pytest.approx(changes / 2), "of the training rows of all series: a and b"
    dataset = folds.newest
    constant = (folds.origins["sequence"] == "b").to_numpy()
    restored = dataset.restore(np.full((len(dataset.test), 2, 1), 0.5), dataset.test)
    assert (restored[constant] == 7).all(), "a constant is forecast as itself"
    assert not (restored[~constant] == 7).any()


@pytest.mark.parametrize("missing", ["interpolate", "ffill"])
def test_a_missing_value_at_the_edge_of_a_split_does_not_shorten_its_windows(missing: str) -> None:
    """It is an input that is filled from the row before, and no target."""
    values = a_walk(80)
    values[[39, 40]] = np.nan  # the last training row and the first validation row
    dataset = make_folds(number(x=values), a_design(a_task()), a_problem(missing=missing)).newest
    assert dataset.split.validation[0].start == 41
    assert dataset.validation.targets.min() == (41 if missing == "ffill" else 42), (
        "interpolate: no window ends in row 40"
    )
    assert dataset.filled["x"][[39, 40]].tolist() == [values[38]] * 2
    assert dataset.histories == (range(80),)


def test_most_series_decide_on_the_time_axis() -> None:
    """One series has ended long ago, and one is new: all others are split at the same time."""
    rows = series_of([100, 100, 100, 20, 10], [200, 200, 200, 30, 200])
    folds = make_folds(rows, a_design(a_task()), a_problem(id_column="id", time_column="day", scale_per_series=True))
    assert set(folds.origins["sequence"]) == {"a", "b", "c", "e"}
    assert folds.origins.groupby("sequence")["time"].max().nunique() == 1
    assert find_segments(rows).begin == find_segments(rows).first + 90


def test_a_test_split_may_be_empty() -> None:
    """For the refit, the newest rows are the validation split."""
    values = a_walk(60)
    values[20] = np.nan
    (split,) = split_folds(Segments((range(60),), (0,)), 1, 20, 0)
    dataset = dataset_from_split(number(x=values), split, a_problem(missing="interpolate"), a_task())
    assert (len(dataset.train), len(dataset.test), len(dataset.validation)) == (34, 0, 19)
    for framing in FRAMINGS:
        assert len(training_view(dataset, framing).test) == 0
