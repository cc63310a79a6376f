"""Baselines: forecasts that every score is compared with. A baseline is a model with fit and predict.

To add a baseline, write a `Baseline` record and list it in `BASELINES`; it then appears in the leaderboard, the
terminal, the report, MLflow and the documentation. Installed packages add baselines through the entry point group
`seqframe.baselines`.

A history is (origins, lookback, targets), and its last row is the forecast origin; a forecast is (origins, horizon,
targets), and its first row is `gap` + 1 rows after the origin. All values are in physical units.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from seqframe.config import TaskSettings
from seqframe.config.plugins import load_entry_points
from seqframe.data.dataset import SequenceDataset
from seqframe.data.windows import Floats, Windows, take_rows
from seqframe.errors import UserError
from seqframe.forecasting.ridge import FittedBaseline, fit_ridge_forecast
from seqframe.tasks import find_task

SEQUENCES, BACKTEST = "sequences", "backtest"  # where a baseline or metric is used: single networks, or a backtest


@dataclass(frozen=True)
class Baseline:
    """A baseline: a name, how it is fitted, and the tasks it applies to.

    Attributes:
        name: Name in tables, charts and MLflow.
        title: Name in sentences, such as "ridge regression".
        caption: One sentence for the documentation.
        fit: (dataset, season) -> the fitted baseline. It may read the training and validation windows; the season is in
            rows, 1 where none was found.
        applies: (task, season) -> whether the baseline can predict the task.
        used_in: `SEQUENCES` (compared with single networks), `BACKTEST` or both.
        learned: Whether parameters are fitted. The naive baselines have none; skill is relative to the best of them.
    """

    name: str
    title: str
    caption: str
    fit: Callable[[SequenceDataset, int], FittedBaseline]
    applies: Callable[[TaskSettings, int], bool]
    used_in: tuple[str, ...] = (BACKTEST,)
    learned: bool = False


def persistence(history: Floats, horizon: int) -> Floats:
    """The last value of the history, at every forecast step."""
    return np.repeat(history[:, -1:], horizon, axis=1)


def seasonal_naive(history: Floats, season: int, horizon: int, gap: int = 0) -> Floats:
    """The value one season earlier, or as many whole seasons earlier as needed to be inside the history.

    >>> history = np.arange(5.0).reshape(1, 5, 1)  # rows 0 to 4
    >>> seasonal_naive(history, season=3, horizon=4, gap=1)[0, :, 0].tolist()  # rows 6, 7, 8, 9
    [3.0, 4.0, 2.0, 3.0]

    Raises:
        UserError: The history is shorter than a season.
    """
    lookback = history.shape[1]
    if lookback < season:
        raise UserError(
            f"The seasonal naive forecast needs a history of one season. Received: lookback={lookback}, "
            f"season={season}. Raise `task.lookback`."
        )
    rows_after = gap + np.arange(horizon)  # rows after the first row behind the origin
    return history[:, lookback - season + rows_after % season]


def drift(history: Floats, horizon: int, gap: int = 0) -> Floats:
    """The straight line through the first and the last value of the history, extrapolated.

    Source: Hyndman & Athanasopoulos, "Forecasting: Principles and Practice", 3rd edition (2021), section 5.2.

    >>> drift(np.array([[[1.0], [9.0], [5.0]]]), horizon=2, gap=1)[0, :, 0].tolist()  # 5 + 2 * 2, 5 + 3 * 2
    [9.0, 11.0]

    Raises:
        UserError: The history is one row, which has no slope.
    """
    lookback = history.shape[1]
    if lookback < 2:
        raise UserError(
            "The drift forecast needs a history of two rows. Received: lookback=1. Raise `task.lookback` to 2."
        )
    slope = (history[:, -1:] - history[:, :1]) / (lookback - 1)  # (origins, 1, targets)
    rows_ahead = gap + 1 + np.arange(horizon)[:, None]  # (horizon, 1)
    line: Floats = history[:, -1:] + slope * rows_ahead
    return line


def fit_mean(dataset: SequenceDataset, season: int) -> FittedBaseline:
    """Mean of each target over the training rows, predicted for every row."""
    values = dataset.df[dataset.targets].to_numpy(np.float64)  # (rows, targets)
    mean = values[np.unique(dataset.train.targets)].mean(axis=0)  # (targets,)
    return FittedBaseline(lambda windows: np.broadcast_to(mean, (len(windows), windows.steps, len(mean))))


def fit_persistence(dataset: SequenceDataset, season: int) -> FittedBaseline:
    """The last available value: the last row of the history, or for `next_step` the row before each target."""
    if dataset.task.kind == "next_step":
        values = dataset.df[dataset.targets].to_numpy(np.float64)
        return FittedBaseline(
            lambda windows: take_rows(values, windows.starts() + windows.first_target - 1, windows.steps)
        )
    return FittedBaseline(lambda windows: persistence(dataset.past_targets(windows), windows.steps))


def fit_seasonal_naive(dataset: SequenceDataset, season: int) -> FittedBaseline:
    """The value one season earlier."""
    gap = dataset.task.gap
    return FittedBaseline(lambda windows: seasonal_naive(dataset.past_targets(windows), season, windows.steps, gap))


def fit_drift(dataset: SequenceDataset, season: int) -> FittedBaseline:
    """The line through the first and the last value of the history."""
    gap = dataset.task.gap
    return FittedBaseline(lambda windows: drift(dataset.past_targets(windows), windows.steps, gap))


MEAN = Baseline(
    name="mean",
    title="training mean",
    caption="Mean of the training rows.",
    fit=fit_mean,
    applies=lambda task, season: find_task(task.kind).baseline == "mean",
    used_in=(SEQUENCES,),
)
PERSISTENCE = Baseline(
    name="persistence",
    title="persistence",
    caption="Last value of the history, at every forecast step.",
    fit=fit_persistence,
    applies=lambda task, season: find_task(task.kind).baseline == "persistence",
    used_in=(SEQUENCES, BACKTEST),
)
SEASONAL_NAIVE = Baseline(
    name="seasonal naive",
    title="seasonal naive",
    caption="Value one season earlier, where a season was found and fits into the lookback.",
    fit=fit_seasonal_naive,
    applies=lambda task, season: 1 < season <= (task.lookback or 0),
)
DRIFT = Baseline(
    name="drift",
    title="drift",
    caption="Line through the first and the last value of the history, extrapolated.",
    fit=fit_drift,
    applies=lambda task, season: (task.lookback or 0) > 1,
)
RIDGE = Baseline(
    name="ridge",
    title="ridge regression",
    caption="Direct ridge regression on the inputs of a window; penalty and normalization selected on validation data.",
    fit=fit_ridge_forecast,
    applies=lambda task, season: True,
    learned=True,
)

BASELINES: tuple[Baseline, ...] = (
    MEAN,
    PERSISTENCE,
    SEASONAL_NAIVE,
    DRIFT,
    RIDGE,
)


@cache
def _installed_baselines() -> tuple[Baseline, ...]:
    """The baselines of installed packages."""
    return tuple(load_entry_points("seqframe.baselines", Baseline, taken=[baseline.name for baseline in BASELINES]))


def all_baselines() -> tuple[Baseline, ...]:
    """All baselines, listed here or by installed packages."""
    return (*BASELINES, *_installed_baselines())


def baselines_of(use: str, task: TaskSettings, season: int = 1) -> tuple[Baseline, ...]:
    """The baselines used in `SEQUENCES` or `BACKTEST` that apply to a task."""
    return tuple(baseline for baseline in all_baselines() if use in baseline.used_in and baseline.applies(task, season))


def baseline_names(learned: bool | None = None) -> tuple[str, ...]:
    """Names of all baselines, of the naive ones (`learned=False`), or of those with fitted parameters."""
    return tuple(baseline.name for baseline in all_baselines() if learned is None or baseline.learned == learned)


def find_baseline(name: str) -> Baseline:
    """The baseline of a name."""
    return next(baseline for baseline in all_baselines() if baseline.name == name)


def baseline_label(baseline: Baseline) -> str:
    """Name of a baseline in a comparison of framings, such as `baseline (mean)`."""
    return f"baseline ({baseline.name})"


def baseline_prediction(dataset: SequenceDataset, windows: Windows) -> Floats:
    """Predictions of the first baseline of the dataset's task: (windows, steps, targets), physical units."""
    return baselines_of(SEQUENCES, dataset.task)[0].fit(dataset, 1).predict(windows)
