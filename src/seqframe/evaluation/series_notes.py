"""What a backtest does with the series of a panel that are too short, have ended, are new, or are constant."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqframe.data.series_names import series_are
from seqframe.data.splits import Segments, Split
from seqframe.data.time_index import series_starts
from seqframe.errors import count_noun


def describe_series(
    df: pd.DataFrame, time: Segments, folds: Sequence[Split], window: int, targets: Sequence[str]
) -> Iterator[str]:
    """Sentences on the series that are not trained on or scored like all others; `window` is the rows of a window."""
    starts = series_starts(df.index)
    if len(starts) > 1:
        yield from _describe_lengths(df, time, folds, window, starts)
    yield from _describe_constants(df, folds[0], targets, starts)


def _describe_lengths(
    df: pd.DataFrame, time: Segments, folds: Sequence[Split], window: int, starts: NDArray[np.intp]
) -> Iterator[str]:
    longest = np.zeros(len(starts), np.intp)
    np.maximum.at(longest, _numbers(starts, time.ranges), [len(each) for each in time.ranges])
    short = longest < window
    if short.any():
        rows = f"{count_noun(int(longest[short].max()), 'row')}{' at most' if short.sum() > 1 else ''}"
        yield f"{_are(df, starts, short)} not used: a window needs {window} rows in a row. Received: {rows}."
    trained = np.isin(np.arange(len(starts)), _numbers(starts, folds[0].train))
    if (new := ~short & ~trained).any():
        yield f"{_are(df, starts, new)} new after the training split of the first fold."
    tested = np.isin(np.arange(len(starts)), _numbers(starts, [rows for fold in folds for rows in fold.test]))
    if (ended := ~short & ~tested).any():
        yield f"{_are(df, starts, ended)} trained on, not scored: no row in a test split."


def _describe_constants(
    df: pd.DataFrame, first: Split, targets: Sequence[str], starts: NDArray[np.intp]
) -> Iterator[str]:
    """Sentences on the targets that are constant in the first training split."""
    rows = np.concatenate([np.arange(each.start, each.stop) for each in first.train])
    numbers = np.searchsorted(starts, rows, side="right") - 1
    begins = np.flatnonzero(np.diff(numbers, prepend=-1))
    for target in targets:
        values = df[target].to_numpy(np.float64)[rows]
        low, high = (function.reduceat(values, begins) for function in (np.fmin, np.fmax))
        constant = np.zeros(len(starts), bool)
        constant[numbers[begins]] = low == high
        if constant.any():
            subject = (
                f"{target} is constant" if len(starts) == 1 else f"{_are(df, starts, constant)} constant in {target}"
            )
            yield f"{subject} in the first training split, and forecast as the constant while it lasts."


def _numbers(starts: NDArray[np.intp], parts: Sequence[range]) -> NDArray[np.intp]:
    """Number of the series of each part: (parts,)."""
    found: NDArray[np.intp] = np.searchsorted(starts, [each.start for each in parts], side="right") - 1
    return found


def _are(df: pd.DataFrame, starts: NDArray[np.intp], chosen: NDArray[np.bool_]) -> str:
    return series_are(df.index[starts[chosen]].get_level_values(0))
