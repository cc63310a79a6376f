"""Metrics of predictions, in physical units: each is a statistic of every value and an aggregation to one number.

To add a metric, write a `Metric` record and list it in `METRICS`; it then appears in the leaderboard, the terminal, the
report, MLflow and the documentation. Installed packages add metrics through the entry point group `seqframe.metrics`.

Missing actual values are NaN in `y_true`; they are excluded from every metric.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, cached_property
from math import frexp, inf, nan, sqrt
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqframe.config.plugins import load_entry_points
from seqframe.data.dataset import TEST, TRAIN
from seqframe.data.windows import Floats
from seqframe.errors import UserError
from seqframe.forecasting.baselines import BACKTEST, SEQUENCES

ROUNDING = 1e-6  # scaled error of a network in float32 that forecasts exactly
TOLERANCE = 0.05  # largest error of a value that is right when rounded to one decimal


@dataclass(frozen=True)
class MetricInputs:
    """What a metric may be computed from. Axes of a backtest: (origins, horizon, targets).

    Attributes:
        y_true: Actual values, in physical units; NaN where missing.
        y_pred: Predictions, of the same shape and units.
        scale: Divisor of the MASE, in physical units: (origins, 1, targets). None without a backtest.
        half_widths: Widths of the prediction intervals below and above `y_pred`, in physical units: (2, origins,
            horizon, targets). None without a backtest.
        times: Time of each forecast origin, in steps: (origins,). None without a backtest.
    """

    y_true: Floats
    y_pred: Floats
    scale: Floats | None = None
    half_widths: Floats | None = None
    times: NDArray[Any] | None = None

    @cached_property
    def valid(self) -> NDArray[np.bool_]:
        """Mask of the actual values that are not missing."""
        return ~np.isnan(self.y_true)

    @property
    def finite(self) -> bool:
        """Whether every prediction of a value that is not missing is finite."""
        return bool((np.isfinite(self.y_pred) | ~self.valid).all())

    def target(self, position: int) -> "MetricInputs":
        """The inputs of one target, without the last axis."""
        scale = None if self.scale is None else self.scale[..., position]
        half_widths = None if self.half_widths is None else self.half_widths[..., position]
        return replace(
            self,
            y_true=self.y_true[..., position],
            y_pred=self.y_pred[..., position],
            scale=scale,
            half_widths=half_widths,
        )


@dataclass(frozen=True)
class Metric:
    """A metric: a statistic of every value, and an aggregation of the statistic to one number.

    Attributes:
        name: Key in tables, scores and MLflow (`test/<name>`).
        title: Title of its column.
        statistic: `MetricInputs` -> an array of any shape, without missing values.
        aggregate: The array -> one number.
        caption: One sentence for the documentation and the report.
        unit: `data` for the unit of the target, or a unit such as `%`; empty for a number without unit.
        format: Format string of its column, or a function that writes a value.
        higher_is_better: Whether larger values are better.
        used_in: `SEQUENCES`, `BACKTEST` or both.
        per_target: Whether a backtest of several targets reports it for each target, since their units differ.
        over_seeds: Whether a backtest also reports its range over the seeds, as `<name>_min` and `<name>_max`.
        if_diverged: Value in a backtest where a prediction is not finite; None computes the metric all the same.
        splits: Splits whose value has a column of its own in the comparison of single networks.
        shown: Whether tables have a column for it.
        priority: Columns with lower numbers are hidden first where a terminal is narrow.
    """

    name: str
    title: str
    statistic: Callable[[MetricInputs], NDArray[Any]]
    aggregate: Callable[[NDArray[Any]], Any]
    caption: str
    unit: str = ""
    format: str | Callable[[Any], str] = "{:.3g}"
    higher_is_better: bool = False
    used_in: tuple[str, ...] = (BACKTEST,)
    per_target: bool = False
    over_seeds: bool = False
    if_diverged: float | None = inf
    splits: tuple[str, ...] = (TRAIN,)
    shown: bool = True
    priority: int = 30

    def compute(self, inputs: MetricInputs) -> float:
        """The metric; NaN where every actual value is missing."""
        return float(self.aggregate(self.statistic(inputs))) if inputs.valid.any() else nan

    def of_backtest(self, inputs: MetricInputs) -> float:
        """The metric, or `if_diverged` where a prediction is not finite."""
        if self.if_diverged is not None and not inputs.finite:
            return self.if_diverged
        return self.compute(inputs)


def absolute_error(inputs: MetricInputs) -> Floats:
    """Absolute errors, in physical units: (valid values,)."""
    errors: Floats = np.abs(inputs.y_pred - inputs.y_true)[inputs.valid]
    return errors


def squared_error(inputs: MetricInputs) -> Floats:
    """Squared errors: (valid values,)."""
    return absolute_error(inputs) ** 2


def root_mean_square(errors: Floats) -> float:
    """Root of the mean square of errors (values,), which are divided by a power of two, so that no square overflows.

    >>> round(root_mean_square(np.array([3e200, 4e200])) / 1e200, 6)
    3.535534
    """
    largest = float(np.max(errors))
    if not 0 < largest < inf:
        return largest
    size = 2.0 ** (frexp(largest)[1] - 1)
    return size * sqrt(np.mean((errors / size) ** 2))


def percentage_error(inputs: MetricInputs) -> Floats:
    """Symmetric absolute percentage errors, 0 ... 200%: (valid values,); 0 where actual value and prediction are 0."""
    size = (np.abs(inputs.y_true) + np.abs(inputs.y_pred))[inputs.valid]
    return 200 * absolute_error(inputs) / np.where(size == 0, 1.0, size)


def scaled_error_per_time(inputs: MetricInputs) -> Floats:
    """Mean scaled error of each forecast time, averaged over series, horizon and targets: (times,); NaN if missing."""
    assert inputs.scale is not None and inputs.times is not None  # noqa: PT018
    return mean_per_time(per_origin(scaled_errors(inputs.y_true, inputs.y_pred, inputs.scale)), inputs.times)


def inside_interval(inputs: MetricInputs) -> NDArray[np.bool_]:
    """Whether each actual value is inside its prediction interval: (valid values,)."""
    assert inputs.half_widths is not None
    errors = inputs.y_true - inputs.y_pred
    widths = np.where(errors < 0, *inputs.half_widths)
    inside: NDArray[np.bool_] = (np.abs(errors, out=errors) <= widths)[inputs.valid]
    return inside


def interval_widths(inputs: MetricInputs) -> Floats:
    """Width of every prediction interval, in physical units."""
    assert inputs.half_widths is not None
    widths: Floats = inputs.half_widths.sum(axis=0)
    return widths


def yes_no(value: Any) -> str:
    """`yes` for a number other than 0."""
    return "yes" if value else "no"


MASE = Metric(
    name="mase",
    title="MASE",
    statistic=scaled_error_per_time,
    aggregate=np.nanmean,
    caption="MAE divided by the in-sample MAE of the seasonal naive forecast, which is its MAE on the training split.",
    format="{:.3f}",
    over_seeds=True,
    priority=100,
)
MAE = Metric(
    name="mae",
    title="MAE",
    statistic=absolute_error,
    aggregate=np.mean,
    caption="Mean absolute error.",
    unit="data",
    used_in=(SEQUENCES, BACKTEST),
    per_target=True,
    splits=(TRAIN, TEST),
    priority=70,
)
MSE = Metric(
    name="mse",
    title="MSE",
    statistic=squared_error,
    aggregate=np.mean,
    caption="Mean squared error.",
    unit="data squared",
    used_in=(SEQUENCES,),
    shown=False,
)
RMSE = Metric(
    name="rmse",
    title="RMSE",
    statistic=absolute_error,
    aggregate=root_mean_square,
    caption="Root mean squared error.",
    unit="data",
    per_target=True,
)
SMAPE = Metric(
    name="smape",
    title="sMAPE",
    statistic=percentage_error,
    aggregate=np.mean,
    # Source: Makridakis, "Accuracy measures", International Journal of Forecasting 9 (1993), in the form of Makridakis,
    # Spiliotis & Assimakopoulos, "The M4 competition", International Journal of Forecasting 36 (2020).
    caption="Symmetric mean absolute percentage error, 0 to 200%.",
    unit="%",
    format="{:.3g}%",
    per_target=True,
)
MAX_ERROR = Metric(
    name="max_error",
    title="max error",
    statistic=absolute_error,
    aggregate=np.max,
    caption="Largest absolute error.",
    unit="data",
    used_in=(SEQUENCES,),
    priority=10,
)
ALL_WITHIN = Metric(
    name="all_within_0.05",
    title="all within 0.05",
    statistic=lambda inputs: absolute_error(inputs) <= TOLERANCE,
    aggregate=np.all,
    caption="Whether every value is within 0.05 of the actual value, so that it is right to one decimal.",
    format=yes_no,
    higher_is_better=True,
    used_in=(SEQUENCES,),
    priority=100,
)
COVERAGE = Metric(
    name="coverage",
    title="coverage",
    statistic=inside_interval,
    aggregate=np.mean,
    caption="Share of actual values inside the prediction interval.",
    format="{:.0%}",
    higher_is_better=True,
    if_diverged=None,
    priority=80,
)
INTERVAL_WIDTH = Metric(
    name="interval_width",
    title="interval width",
    statistic=interval_widths,
    aggregate=np.mean,
    caption="Mean width of the prediction intervals.",
    unit="data",
    if_diverged=None,
    shown=False,
)

METRICS: tuple[Metric, ...] = (
    MASE,
    MAE,
    MSE,
    RMSE,
    SMAPE,
    MAX_ERROR,
    ALL_WITHIN,
    COVERAGE,
    INTERVAL_WIDTH,
)


@cache
def _installed_metrics() -> tuple[Metric, ...]:
    """The metrics of installed packages."""
    return tuple(load_entry_points("seqframe.metrics", Metric, taken=[metric.name for metric in METRICS]))


def all_metrics() -> tuple[Metric, ...]:
    """All metrics, listed here or by installed packages, in the order of their columns."""
    return (*METRICS, *_installed_metrics())


def metrics_of(use: str) -> tuple[Metric, ...]:
    """The metrics used in `SEQUENCES` or `BACKTEST`, in the order of their columns."""
    return tuple(metric for metric in all_metrics() if use in metric.used_in)


def compute_metrics(y_true: NDArray[Any], y_pred: NDArray[Any]) -> dict[str, float]:
    """All metrics of `SEQUENCES`, by name. Both arrays have the same shape, in physical units.

    >>> compute_metrics(np.array([1.0, np.nan]), np.array([1.5, 9.0]))["mae"]
    0.5
    """
    inputs = MetricInputs(np.asarray(y_true, np.float64), np.asarray(y_pred, np.float64))
    return {metric.name: metric.compute(inputs) for metric in metrics_of(SEQUENCES)}


def scaled_errors(y_true: Floats, y_pred: Floats, scale: Floats) -> Floats:
    """Absolute errors divided by the scale of each target: (origins, horizon, targets). Their mean is the MASE.

    `scale` is (targets,) or (origins, 1, targets), in physical units. NaN where `y_true` is missing. Errors below
    `ROUNDING` are 0, so that rounding does not rank models that forecast exactly.

    Source: Hyndman & Koehler, "Another look at measures of forecast accuracy", International Journal of Forecasting 22
    (2006).

    Raises:
        UserError: A prediction is not finite where the actual value is not missing.
    """
    errors = y_pred - y_true
    np.abs(errors, out=errors)
    wrong = int(np.sum(~(np.isfinite(errors) | np.isnan(y_true))))
    if wrong:
        raise UserError(
            f"Forecasts must be finite to be scored. Received: {wrong} of {errors.size} values that are not finite. "
            "Check the loss: training may have diverged."
        )
    errors /= scale
    errors[errors < ROUNDING] = 0.0
    return errors


def per_origin(errors: Floats) -> Floats:
    """Mean error of each origin: (origins, horizon, ...) -> (origins,); NaN where all values are missing."""
    axes = tuple(range(1, errors.ndim))
    valid = ~np.isnan(errors)
    count = valid.sum(axis=axes)
    total = np.where(valid, errors, 0).sum(axis=axes)
    return np.where(count > 0, total / np.maximum(count, 1), nan)


def errors_of_origins(y_true: Floats, runs: Floats, scale: Floats) -> Floats:
    """Mean scaled error of each origin, averaged over runs (runs, origins, horizon, targets): (origins,)."""
    return np.asarray(np.mean([per_origin(scaled_errors(y_true, run, scale)) for run in runs], axis=0))


def mean_per_time(errors: Floats, times: NDArray[Any]) -> Floats:
    """Mean error of the origins at each time, in the order of time: (origins,) -> (times,); NaN is excluded."""
    means: Floats = pd.Series(errors).groupby(times).mean().to_numpy()
    return means


def wilson_interval(successes: int, count: int, confidence: float = 0.95) -> tuple[float, float]:
    """Score interval of a proportion, which stays within 0 ... 1 and is valid for small counts.

    Source: Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927).

    >>> low, high = wilson_interval(8, 20)
    >>> round(low, 3), round(high, 3)
    (0.219, 0.613)
    """
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share = successes / count
    center = share + z**2 / (2 * count)
    margin = z * sqrt(share * (1 - share) / count + z**2 / (4 * count**2))
    low, high = ((center + sign * margin) / (1 + z**2 / count) for sign in (-1, 1))
    return low if successes else 0.0, high if successes < count else 1.0  # exact at the ends, free of rounding
