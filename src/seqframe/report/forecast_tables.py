"""Tables of a backtest."""

import numpy as np
import pandas as pd

from seqframe.backtest import Entry, Folds, half_widths, measure
from seqframe.backtest.attempts import Attempts


def tabulate_forecasts(entry: Entry, folds: Folds) -> pd.DataFrame:
    """One line a forecast value, in physical units, with its interval, its origin, its lead, and the row it is of.

    `truth` is empty where it is not known. Runs of an entry are averaged.
    """
    truth, mean, widths = folds.truth(), entry.test.mean(axis=0), half_widths(entry, folds).mean(axis=0)
    origins, leads, targets = truth.shape
    each = np.repeat(np.arange(origins), leads * targets)
    about = folds.origins.iloc[each].reset_index(drop=True)
    rows = np.concatenate([posed.unseen.targets for posed in folds.posed])  # (origins, leads)
    names = folds.newest.rows.index.get_level_values(-1)
    return pd.DataFrame(
        {
            "fold": about["fold"],
            "sequence": about["sequence"],
            "origin": about["row"],
            "lead": np.tile(np.repeat(np.arange(1, leads + 1), targets), origins),
            "row": names[np.repeat(rows.reshape(-1), targets)],
            "column": np.tile(folds.newest.targets, origins * leads),
            "truth": truth.reshape(-1),
            "prediction": mean.reshape(-1),
            "low": (mean - widths).reshape(-1),
            "high": (mean + widths).reshape(-1),
        }
    )


def newest_part(forecasts: pd.DataFrame) -> pd.DataFrame:
    """The forecasts of the newest test part, of its first sequence and column."""
    newest = forecasts[forecasts["fold"] == forecasts["fold"].max()]
    first = newest.iloc[0]
    return newest[(newest["sequence"] == first["sequence"]) & (newest["column"] == first["column"])]


def pick_forecasts(forecasts: pd.DataFrame) -> list[pd.DataFrame]:
    """Forecasts of the newest part that do not overlap, from the newest back: a table each, its rows in order."""
    by_origin = [each.sort_values("row") for _, each in newest_part(forecasts).groupby("origin", sort=True)]
    picked: list[pd.DataFrame] = []
    for each in reversed(by_origin):
        if not picked or each["row"].iloc[-1] < picked[0]["row"].iloc[0]:
            picked.insert(0, each)
    return picked


def list_truth(forecasts: pd.DataFrame) -> pd.Series:
    """The truth of the rows that `pick_forecasts` picks from, by row, in order."""
    return newest_part(forecasts).drop_duplicates("row").sort_values("row").set_index("row")["truth"]


def summarise(attempts: Attempts, folds: Folds) -> dict[str, dict[str, float]]:
    """The scores of one network and of the mean over the seeds, and what they cost, by group and name."""
    one, mean = attempts.entries()
    epochs = float(np.mean([len(attempt.history.losses) for attempt in attempts.each]))
    return {
        "test": measure(one, folds),
        "test_mean_of_seeds": measure(mean, folds),
        "cost": {name: value for name, value in one.costs.items() if name != "parameters"} | {"epochs": epochs},
    }
