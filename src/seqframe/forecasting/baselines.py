"""Baselines: forecasts that every score is compared with. A baseline is a model with fit and predict.

To add a baseline, write a `Baseline` record and list it in `BASELINES`; it then appears in the leaderboard, the
terminal, the report, MLflow and the documentation, and it can be refitted, saved and served. Installed packages add
baselines through the entry point group `seqframe.baselines`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from typing import Literal

from seqframe.config import TaskSettings
from seqframe.config.plugins import load_entry_points
from seqframe.data.bounds import clip_to_bounds
from seqframe.data.dataset import SequenceDataset
from seqframe.data.windows import Floats, Windows
from seqframe.errors import UserError, shorten, suggest_names
from seqframe.forecasting.fitted import Fit, Fitted, Predict, fit_nothing
from seqframe.forecasting.naive import (
    fit_mean,
    fit_seasonal_mean,
    fit_seasonal_naive,
    predict_drift,
    predict_mean,
    predict_persistence,
    predict_seasonal_mean,
    predict_seasonal_naive,
)
from seqframe.forecasting.ridge import fit_ridge_forecast, predict_ridge_forecast
from seqframe.forecasting.statistical import (
    PACKAGE,
    fit_season,
    predict_arima,
    predict_ets,
    predict_theta,
    statistical_history,
)
from seqframe.tasks import find_task

SEQUENCES, BACKTEST = "sequences", "backtest"  # where a baseline or metric is used: single networks, or a backtest
EXTRAS = {PACKAGE: "statistics"}  # extra of Seqframe that installs a package


@dataclass(frozen=True)
class Baseline:
    """A baseline: a name, how it is fitted, how it predicts, and the tasks it applies to.

    Attributes:
        name: Name in tables, charts and MLflow.
        title: Name in sentences, such as "ridge regression".
        caption: One sentence for the documentation.
        predict: (fitted, dataset, windows) -> predictions (windows, steps, targets), in physical units. It may read the
            rows up to the last input row of each window, also those before its first one.
        applies: (task, seasons) -> whether the baseline can predict the task. The seasons are in rows, the primary one
            first, (1,) where none was found; there are none where single networks are compared.
        fit: (dataset, seasons) -> what is fitted, as arrays by name, which are saved. It may read the training and
            validation windows.
        used_in: `SEQUENCES` (compared with single networks), `BACKTEST` or both.
        learned: Whether parameters are fitted. The naive baselines have none; skill is relative to the best of them.
        by_default: Whether it takes part in a backtest without being named in `backtest.baselines`.
        reads: What a saved baseline reads of a table: `inputs`, the lookback of the features, as networks do, or
            `targets`, all rows of the targets.
        history: fitted -> number of rows that a forecast needs, if that is more than the lookback.
        package: Package that it needs and that Seqframe does not install.
    """

    name: str
    title: str
    caption: str
    predict: Predict
    applies: Callable[[TaskSettings, tuple[int, ...]], bool]
    fit: Fit = fit_nothing
    used_in: tuple[str, ...] = (BACKTEST,)
    learned: bool = False
    by_default: bool = True
    reads: Literal["inputs", "targets"] = "targets"
    history: Callable[[Fitted], int] = lambda fitted: 1
    package: str = ""

    def forecast(self, fitted: Fitted, dataset: SequenceDataset, windows: Windows) -> Floats:
        """Predictions, clipped to the bounds of the targets: (windows, steps, targets), physical units."""
        return clip_to_bounds(self.predict(fitted, dataset, windows), dataset.data_settings)


def _is_seasonal(task: TaskSettings, seasons: tuple[int, ...]) -> bool:
    return any(season > 1 for season in seasons)


PERSISTENCE = Baseline(
    name="persistence",
    title="persistence",
    caption="Last value of the history, at every forecast step.",
    predict=predict_persistence,
    applies=lambda task, seasons: find_task(task.kind).baseline == "persistence",
    used_in=(SEQUENCES, BACKTEST),
)
MEAN = Baseline(
    name="mean",
    title="training mean",
    caption="Mean of the training rows of the series.",
    fit=fit_mean,
    predict=predict_mean,
    applies=lambda task, seasons: bool(seasons) or find_task(task.kind).baseline == "mean",
    used_in=(SEQUENCES, BACKTEST),
)
SEASONAL_NAIVE = Baseline(
    name="seasonal naive",
    title="seasonal naive",
    caption="Value one season earlier; of several seasons, the one with the smallest validation error.",
    fit=fit_seasonal_naive,
    predict=predict_seasonal_naive,
    applies=_is_seasonal,
    history=lambda fitted: int(fitted["season"]),
)
DRIFT = Baseline(
    name="drift",
    title="drift",
    caption="Line through the first and the last value of the history, extrapolated.",
    predict=predict_drift,
    applies=lambda task, seasons: True,
)
SEASONAL_MEAN = Baseline(
    name="seasonal mean",
    title="seasonal mean",
    caption="Mean of the training rows in the same season phase, such as the same month of the year.",
    fit=fit_seasonal_mean,
    predict=predict_seasonal_mean,
    applies=_is_seasonal,
    history=lambda fitted: int(fitted["profile"].shape[1]),
)
RIDGE = Baseline(
    name="ridge",
    title="ridge regression",
    caption="Direct ridge regression on the inputs of a window; the penalty is selected on validation data.",
    fit=fit_ridge_forecast,
    predict=predict_ridge_forecast,
    applies=lambda task, seasons: True,
    learned=True,
    reads="inputs",
)


def _statistical(name: str, caption: str, predict: Predict) -> Baseline:
    """A model of statsforecast, which takes part in a backtest if it is named."""
    return Baseline(
        name=name,
        title=name,
        caption=caption,
        fit=fit_season,
        predict=predict,
        applies=lambda task, seasons: True,
        learned=True,
        by_default=False,
        history=statistical_history,
        package=PACKAGE,
    )


BASELINES: tuple[Baseline, ...] = (
    PERSISTENCE,
    MEAN,
    SEASONAL_NAIVE,
    DRIFT,
    SEASONAL_MEAN,
    RIDGE,
    _statistical(
        "AutoARIMA",
        "ARIMA model of each series, seasonal for seasons of up to 12 rows, with Fourier terms for longer ones.",
        predict_arima,
    ),
    _statistical("AutoETS", "Exponential smoothing of each series, for seasons of up to 24 rows.", predict_ets),
    _statistical("AutoTheta", "Theta method for each series, after seasonal decomposition.", predict_theta),
)


@cache
def _installed_baselines() -> tuple[Baseline, ...]:
    """The baselines of installed packages."""
    return tuple(load_entry_points("seqframe.baselines", Baseline, taken=[baseline.name for baseline in BASELINES]))


def all_baselines() -> tuple[Baseline, ...]:
    """All baselines, listed here or by installed packages."""
    return (*BASELINES, *_installed_baselines())


def baselines_of(use: str, task: TaskSettings, seasons: tuple[int, ...] = ()) -> tuple[Baseline, ...]:
    """The baselines used in `SEQUENCES` or `BACKTEST` that apply to a task."""
    return tuple(
        baseline for baseline in all_baselines() if use in baseline.used_in and baseline.applies(task, seasons)
    )


def select_baselines(names: Sequence[str] | None, task: TaskSettings, seasons: tuple[int, ...]) -> tuple[Baseline, ...]:
    """The baselines of a backtest: all naive ones, and the fitted ones that are named, or for None those by default."""
    return tuple(
        baseline
        for baseline in baselines_of(BACKTEST, task, seasons)
        if (baseline.by_default and (names is None or not baseline.learned)) or baseline.name in (names or ())
    )


def backtest_baselines() -> dict[str, Baseline]:
    """All baselines of a backtest, by name."""
    return {baseline.name: baseline for baseline in all_baselines() if BACKTEST in baseline.used_in}


def check_baseline_names(names: Sequence[str], setting: str) -> None:
    """Refuse a setting with a name that is no baseline of a backtest, or whose package is not installed.

    Raises:
        UserError: The first such name, with the valid names or the command that installs the package.
    """
    valid = backtest_baselines()
    for name in names:
        if name not in valid:
            hint = suggest_names(name, valid, "Baselines")
            raise UserError(f"`{setting}` must name baselines. Received: {shorten(name)}. {hint}")
        check_package(valid[name])


def check_package(baseline: Baseline) -> None:
    """Check that the package is installed that a baseline needs.

    Raises:
        UserError: It is not; one line with the command that installs it.
    """
    package = baseline.package
    if package and find_spec(package) is None:
        extra = f"'seqframe[{EXTRAS[package]}]'" if package in EXTRAS else package
        raise UserError(
            f"{baseline.name} needs the package {package}. Received: an environment without it. "
            f"Install it: pip install {extra}"
        )


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
    baseline = baselines_of(SEQUENCES, dataset.task)[0]
    return baseline.predict(baseline.fit(dataset, ()), dataset, windows)
