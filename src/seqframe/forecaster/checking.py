"""What a history must keep for a forecast to go on from it, beside what every table must."""

from typing import Any

import pandas as pd

from seqframe.errors import UserError
from seqframe.forecaster.recipe import Recipe
from seqframe.problems.gaps import measure_jumps
from seqframe.problems.ticks import is_plain_order
from seqframe.problems.time import find_step
from seqframe.scaling import ALL

MOST_NAMED = 5  # series in a message


def check_step(index: pd.Index, recipe: Recipe, name: str) -> None:
    """Hold the rows to the step of the table that was trained on.

    Raises:
        UserError: They go in other steps, or have numbers for dates or dates for numbers.
    """
    if is_plain_order(index):
        return
    step, times = recipe.time_step, index.get_level_values(-1)
    dates = isinstance(times, pd.DatetimeIndex)
    if dates == (step.unit != "number"):
        jumps = measure_jumps(index, step)
        if not len(jumps.steps) or (jumps.whole.all() and jumps.steps.min() == 1):
            return
        received = f"a step of {find_step(index)}"
    else:
        received = "dates" if dates else "numbers"
    raise UserError(
        f"Column {times.name} of {name} must go on as in the table that the model was trained on, in steps of {step}"
        f"{'' if step.unit == 'number' else ' between dates'}. Received: {received}."
    )


def check_series(series: Any, recipe: Recipe, name: str) -> None:
    """Hold a series to be one of those that have a scale, if any has.

    Raises:
        UserError: It has none.
    """
    if recipe.series == ALL or series in recipe.series:
        return
    named = ", ".join(map(str, recipe.series[:MOST_NAMED])) + ", …" * (len(recipe.series) > MOST_NAMED)
    raise UserError(
        "A forecast needs a series that the model was trained on, since each has a scale of its own. "
        f"Received: {series} in {name}. There are: {named}."
    )


def check_length(run: range, rows: range, series: Any, recipe: Recipe, name: str) -> None:
    """Hold a series to as many rows without a gap, at its end, as are read.

    Raises:
        UserError: There are fewer.
    """
    lookback, _ = recipe.lengths
    if len(run) < lookback:
        of_series = "" if series is None else f" of series {series}"
        raise UserError(
            f"A forecast reads the last {lookback} rows, without a gap and with a value in each column. "
            f"Received: {len(run)} such rows{of_series}, of {len(rows)} in {name}. Give more history."
        )
