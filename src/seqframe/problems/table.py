"""Rows from a CSV or Parquet file of the user's. Nothing in it is repaired unasked: what is wrong is named."""

from difflib import get_close_matches

import pandas as pd

from seqframe.config import Problem
from seqframe.errors import UserError
from seqframe.problems.columns import check_parts, feature_columns, target_columns, value_column
from seqframe.problems.files import column_names, find_table, read_columns
from seqframe.problems.gaps import check_order, check_step, close_gaps
from seqframe.problems.series import ROW, SEQUENCE, Place, check_lengths, name_rows
from seqframe.problems.time import find_step
from seqframe.problems.unfolding import unfold_lines
from seqframe.problems.values import check_finite, check_not_empty, drop_missing, to_numbers


def read_rows(problem: Problem) -> pd.DataFrame:
    """Read the columns that the problem names: (rows, columns), float64, with NaN where they are to be filled in later.

    Raises:
        UserError: The file is missing, empty or of another kind; a column is missing, twice there or in two parts, or
            holds something other than finite numbers or times; or the times of a series break off or jump.
    """
    path = find_table(str(problem.table))
    columns, keys = _choose_columns(problem, column_names(path), path.name)
    return _name_rows(*read_columns(path, columns, keys), problem, path.name)


def read_frame(table: pd.DataFrame, problem: Problem, name: str) -> pd.DataFrame:
    """The same of a table that is in memory; `name` is what messages call it.

    Raises:
        UserError: As `read_rows`.
    """
    table = table.set_axis([str(column) for column in table.columns], axis=1)
    columns, keys = _choose_columns(problem, list(table.columns), name)
    values = pd.DataFrame({column: to_numbers(table[column], name) for column in columns})
    return _name_rows(values, table[keys].reset_index(drop=True), problem, name)


def _name_rows(rows: pd.DataFrame, named_by: pd.DataFrame, problem: Problem, file: str) -> pd.DataFrame:
    """Check the values, and name the rows by their series and time."""
    if rows.empty:
        raise UserError(f"A table needs at least one row. Received: {file} with none.")
    check_finite(rows, problem.missing, file)
    index, place = name_rows(named_by, problem.time, problem.series, file)
    rows = (rows if place.order is None else rows.iloc[place.order]).set_axis(index)
    if problem.time:
        rows = _keep_time(rows, problem, place)
    if problem.unfold:
        rows = unfold_lines(rows, value_column(problem))
    check_not_empty(rows, file)
    return _settle(rows, problem, file)


def _choose_columns(problem: Problem, there: list[str], file: str) -> tuple[list[str], list[str]]:
    """The columns of numbers, and those that name rows."""
    check_parts(problem)
    keys = [name for name in (problem.time, problem.series) if name is not None]
    for name in keys:
        if name in (ROW, SEQUENCE):
            raise UserError(f"Neither time nor series can be a column called {name}. Rename it in {file}.")
    available = [*keys, value_column(problem)] if problem.unfold else there
    columns = list(dict.fromkeys(feature_columns(problem, available) + target_columns(problem, available)))
    for name in [*(problem.unfold or []), *keys]:
        _check_column_exists(name, there, file)
    for name in columns:
        _check_column_exists(name, available, f"{file}, unfolded," if problem.unfold else file)
    if not columns:
        raise UserError(
            f"A table needs a column beside `problem.time` and `problem.series`. "
            f"Received: {file} with {', '.join(available)}."
        )
    return list(problem.unfold or columns), keys


def _check_column_exists(name: str, available: list[str], file: str) -> None:
    if available.count(name) > 1:
        raise UserError(
            f"A column's name must be unique. Received: {file} with {available.count(name)} columns {name}."
        )
    if name not in available:
        near = get_close_matches(name, available, n=1)
        hint = f"Did you mean {near[0]}?" if near else f"Columns: {', '.join(available)}."
        raise UserError(f"{file} has no column {name}. {hint}")


def _keep_time(rows: pd.DataFrame, problem: Problem, place: Place) -> pd.DataFrame:
    """Check the times, and insert the rows that are missing where they are to be filled in.

    In a wide table missing lines are always inserted: their steps are dropped afterwards.
    """
    check_order(rows.index, place)
    step = find_step(rows.index)
    if step is None:
        return rows
    check_step(rows.index, step, place)
    asked = "interpolate" if problem.unfold and problem.missing == "drop" else problem.missing
    return close_gaps(rows, step, place, asked)


def _settle(rows: pd.DataFrame, problem: Problem, file: str) -> pd.DataFrame:
    """Drop rows where that is asked for, and hold what is left to series of two rows, one step apart."""
    step = find_step(rows.index)
    if problem.missing == "drop":
        rows = drop_missing(rows, file)
    check_lengths(rows.index, file)
    left = find_step(rows.index)
    if left is not None and left != step:
        raise UserError(
            f"`problem.missing=drop` must leave most rows one step apart. Received: {file} with steps of {step}, "
            f"of which most that are left are {left}. Set it to interpolate or ffill."
        )
    return rows
