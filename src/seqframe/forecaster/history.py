"""Raw history, made into windows: the last rows of every series, and behind them room for the rows to be predicted."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from seqframe.config import Problem
from seqframe.errors import UserError
from seqframe.forecaster.checking import check_length, check_series, check_step
from seqframe.forecaster.recipe import Recipe
from seqframe.missing import fill_missing
from seqframe.posing import Posed
from seqframe.problems import SEQUENCE
from seqframe.problems.series import series_lengths, series_starts
from seqframe.problems.table import read_frame
from seqframe.problems.time import times_after
from seqframe.splits import Split, find_timeline
from seqframe.windows import Windows


@dataclass(frozen=True)
class History:
    """One window for each series.

    Attributes:
        posed: Rows and windows (its `unseen`) as the backtest has them.
        series: The series, in the order of the windows.
        times: When the rows to be predicted are, window after window.
    """

    posed: Posed
    series: list[Any]
    times: list[Any]


def read_history(history: pd.DataFrame, recipe: Recipe, name: str) -> History:
    """Check the rows as those of a table are checked, and take of each series the last ones.

    `name` is what messages call the history.

    Raises:
        UserError: They cannot be read, go in other steps, are too few, or are of a series that is not known.
    """
    past, known = _read(history, recipe, name)
    check_step(past.index, recipe, name)
    filled, runs = fill_missing(past, find_timeline(past).runs, recipe.problem.missing)
    series, blocks, times = [], [], []
    for of, rows in _by_series(past.index):
        check_series(of, recipe, name)
        run = max((run for run in runs if run.start in rows), key=lambda run: run.start, default=rows[:0])
        check_length(run, rows, of, recipe, name)
        block, following = _block(filled.iloc[run.stop - recipe.lengths[0] : run.stop], known, of, recipe, name)
        series.append(of)
        blocks.append(block)
        times += following
    table = pd.concat(blocks, keys=series, names=[SEQUENCE]) if past.index.nlevels > 1 else blocks[0]
    return History(_pose(table, len(series), recipe), series, times)


def _read(history: pd.DataFrame, recipe: Recipe, name: str) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """The features up to the last row that has one; and, of all rows, the columns that are known in advance."""
    problem, own = recipe.problem, recipe.own_features
    if not recipe.known:
        return read_frame(history, _reading(problem, own), name), None
    history = history.set_axis([str(column) for column in history.columns], axis=1).reset_index(drop=True)
    past = read_frame(history[_begun(history, own, problem.series)], _reading(problem, own), name)
    known = read_frame(history, _reading(problem, recipe.features[len(own) :]), name)
    return past, fill_missing(known, find_timeline(known).runs, problem.missing)[0]


def _reading(problem: Problem, columns: list[str]) -> Problem:
    """The same problem, with no columns but these; a wide table has but one column."""
    if problem.unfold:
        return problem
    return problem.model_copy(update={"features": columns, "target": columns, "known": None})


def _begun(history: pd.DataFrame, own: list[str], series: str | None) -> pd.Series:
    """Which rows are not behind the last of their series that has a value of its own: (rows,)."""
    there = history.reindex(columns=own).notna().any(axis=1)
    of = history[series] if series in history else pd.Series(0, history.index)
    return there[::-1].astype(int).groupby(of[::-1], dropna=False).cummax()[::-1].astype(bool)


def _by_series(index: pd.Index) -> Iterator[tuple[Any, range]]:
    """Every series and its rows; None where there is but one, without a name."""
    for start, length in zip(series_starts(index).tolist(), series_lengths(index).tolist(), strict=True):
        yield (index[start][0] if index.nlevels > 1 else None), range(start, start + length)


def _block(
    window: pd.DataFrame, known: pd.DataFrame | None, series: Any, recipe: Recipe, name: str
) -> tuple[pd.DataFrame, list[Any]]:
    """The rows of a window, and as many empty ones as lie ahead; and the times of those that are predicted."""
    lookback, ahead = recipe.lengths
    block = window.droplevel(0) if window.index.nlevels > 1 else window
    following = times_after(block.index[-1], recipe.time_step, ahead).rename(block.index.name)
    block = block.reindex(block.index.append(following)).reindex(columns=list(recipe.columns))
    if known is not None:
        own = known.xs(series, level=SEQUENCE) if known.index.nlevels > 1 else known
        there = own.reindex(block.index)
        for column in there.columns[there.isna().any()]:
            raise UserError(
                f"Column {column} is known in advance, so {name} must have it in the last {lookback} rows and in "
                f"{ahead} after them. Received: {int(there[column].isna().sum())} rows without it"
                f"{'' if series is None else f' in series {series}'}."
            )
        block[there.columns] = there
    return block, list(following[recipe.task.gap :])


def _pose(rows: pd.DataFrame, series: int, recipe: Recipe) -> Posed:
    """Pose the blocks of rows, one window each."""
    (lookback, ahead), empty = recipe.lengths, Windows((), 0, 0, 0)
    begins = np.arange(series) * (lookback + ahead)
    return Posed(
        rows=rows,
        read=rows,
        scaler=recipe.scaler,
        split=Split((), ()),
        problem=recipe.problem,
        task=recipe.task,
        windows=empty,
        unseen=Windows(begins, lookback, lookback + recipe.task.gap, recipe.task.horizon or 0),
        validation=empty,
        features=recipe.features,
        targets=recipe.targets,
        known=recipe.known,
    )
