"""A history to show what a forecaster takes: the newest rows of the table that it was trained on."""

import numpy as np
import pandas as pd

from seqframe.forecaster.recipe import Recipe
from seqframe.missing import fill_missing
from seqframe.problems.unfolding import fold_lines
from seqframe.splits import find_timeline

FEWEST = 2  # rows that a series of a table must have


def newest_history(rows: pd.DataFrame, recipe: Recipe) -> pd.DataFrame:
    """The shortest history that a forecast can go on from, of the first series, in the columns of its table.

    With columns that are known in advance it ends earlier, so that there are rows left that these are known of.
    """
    lookback, ahead = recipe.lengths
    ahead = ahead if recipe.known else 0
    filled, runs = fill_missing(rows, find_timeline(rows).runs, recipe.problem.missing)
    enough = [run for run in runs if len(run) >= max(lookback, FEWEST) + ahead]
    run = [run for run in enough if _series(rows, run) == _series(rows, enough[0])][-1]
    window = filled.iloc[run.stop - max(lookback, FEWEST) - ahead : run.stop]
    if recipe.problem.unfold:
        return _whole_lines(filled, window, recipe)
    newest = window[recipe.features].copy()
    newest.iloc[len(newest) - ahead :, : len(recipe.own_features)] = np.nan
    return _with_keys(newest, recipe)


def _series(rows: pd.DataFrame, run: range) -> object:
    return rows.index[run.start][0] if rows.index.nlevels > 1 else None


def _whole_lines(filled: pd.DataFrame, window: pd.DataFrame, recipe: Recipe) -> pd.DataFrame:
    """The lines of the wide table that the window lies in."""
    columns = recipe.problem.unfold or []
    if filled.index.nlevels > 1:
        filled = filled.loc[[window.index[0][0]]]
    lines = fold_lines(window, columns).index
    return _with_keys(fold_lines(filled, columns).loc[lines], recipe)


def _with_keys(rows: pd.DataFrame, recipe: Recipe) -> pd.DataFrame:
    """The names of rows as columns, as the table has them."""
    problem = recipe.problem
    keys = [problem.series] * (rows.index.nlevels > 1) + [rows.index.names[-1]]
    rows = rows.rename_axis(keys).reset_index()
    return rows if problem.time else rows.drop(columns=keys[-1])
