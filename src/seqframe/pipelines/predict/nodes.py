"""Ask the model that was kept."""

from pathlib import Path

import pandas as pd

from seqframe import forecaster
from seqframe.config import Problem
from seqframe.errors import UserError
from seqframe.problems.files import find_table, read_all
from seqframe.progress import Remark, announce


def read_history(problem: Problem) -> pd.DataFrame:
    """The table that forecasts are to go on from, as it is: the model knows which columns it needs, and how.

    Raises:
        UserError: There is no table.
    """
    return read_all(_find(problem))


def forecast(folder: Path, history: pd.DataFrame, problem: Problem) -> pd.DataFrame:
    """Forecast the rows after the last of each series, in physical units, with intervals.

    Missing values are treated as in training, unless `problem.missing` says more than refuse.
    """
    model = forecaster.load(folder)
    announce(Remark(f"Model: {model.recipe.about}."))
    if problem.missing != "refuse":
        model = model.treating_missing(problem.missing)
    forecasts: pd.DataFrame = model.forecast(history, _find(problem).name)
    return forecasts


def _find(problem: Problem) -> Path:
    if problem.table is None:
        raise UserError(
            "A forecast goes on where a table ends. Received: no table. "
            "Type: kedro run --pipeline=predict --params problem.table=my.csv"
        )
    return find_table(problem.table)
