"""Prediction intervals for any model: conformal prediction with rolling residuals and an adaptive level.

An interval is a forecast plus and minus a half width, which is a quantile of the absolute residuals of earlier
forecasts. Residuals of several scales are divided by their scale before, and the half widths are multiplied afterwards.

Sources: Vovk, Gammerman & Shafer, "Algorithmic Learning in a Random World" (2005); Lei, G'Sell, Rinaldo, Tibshirani &
Wasserman, "Distribution-free predictive inference for regression", JASA 113 (2018). Their guarantee assumes
exchangeable residuals. Residuals of a time series are not exchangeable, so the level adapts to the intervals that were
missed: Gibbs & Candès, "Adaptive conformal inference under distribution shift", NeurIPS 34 (2021); for several horizon
steps Wang & Hyndman, "Online conformal inference for multi-step time series forecasting", arXiv:2410.13115 (2024).

Networks that predict quantiles give conformalized quantile regression: Romano, Patterson & Candès, NeurIPS 32 (2019).
Residuals are divided by the distance of the median to the lowest or the highest quantile, on their side, so that the
intervals are as asymmetric and as variable as the quantiles: variant CQR-m of Sesia & Candès, "A comparison of some
conformal quantile regression methods", Stat 9 (2020), after Kivaranovic, Johnson & Leeb, AISTATS (2020).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, inf, nan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqframe.data.windows import Floats, RowNumbers

ROUNDING = 1e-9  # 100 * 0.55 is 55.00000000000001 in floating point
STEP_SIZE = 0.02  # gamma of adaptive conformal inference; simulated coverage hardly differs from 0.01 to 0.05
SMALL_SAMPLE_CORRECTION = 0.15  # with which the coverage of 17 short public series was closest to 90%
MAX_TIMES = 500  # newest forecast times whose residuals are in a quantile
MIN_UPDATES, MAX_UPDATES = 20, 200  # of the half widths in a test split
CHUNK_VALUES = 2**19  # residuals of some targets in memory at once
MAX_SORTED = 5e7  # residuals sorted in a test split, a few seconds; many residuals are updated less often


MIN_TAIL = 0.01  # of quantiles, relative to the scale of a window


def residual_scales(scale: Floats, tails: Floats | None = None) -> Floats:
    """Scale of the errors of forecasts above the actual value and below it, physical units.

    Both are the `scale` of each window, (windows, 1, targets): (2, windows, 1, targets). With the `tails` of quantiles,
    (2, windows, horizon, targets), they are the tails, at least `MIN_TAIL` times the scale of the window.
    """
    return np.stack([scale, scale]) if tails is None else np.fmax(tails, MIN_TAIL * scale)


@dataclass(frozen=True)
class Residuals:
    """Residuals of forecasts.

    Attributes:
        values: Forecast minus actual value, relative to a scale: (origins, horizon, targets). NaN where the actual
            value is missing, infinite where the forecast is not finite.
        times: Time of each origin, in steps: (origins,).
    """

    values: Floats
    times: NDArray[Any]

    def select(self, targets: slice) -> "Residuals":
        """The residuals of some targets, by their positions."""
        return Residuals(self.values[..., targets], self.times)


def target_chunks(shape: tuple[int, ...]) -> Iterator[slice]:
    """The positions of the targets of residuals (origins, horizon, targets), in chunks of about `CHUNK_VALUES` values.

    >>> list(target_chunks((1000, 400, 3)))
    [slice(0, 1, None), slice(1, 2, None), slice(2, 3, None)]
    """
    origins, horizon, targets = shape
    size = max(1, CHUNK_VALUES // max(1, origins * horizon))
    return (slice(start, min(start + size, targets)) for start in range(0, targets, size))


def join_residuals(parts: Sequence[Residuals]) -> Residuals:
    """The residuals of several parts, sorted by time; at equal times in the order of the parts."""
    times = np.concatenate([part.times for part in parts])
    order, places = np.argsort(times, kind="stable"), np.empty(len(times), np.intp)
    places[order] = np.arange(len(times))
    values, end = np.empty((len(times), *parts[0].values.shape[1:])), 0
    for part in parts:
        start, end = end, end + len(part.times)
        values[places[start:end]] = part.values
    return Residuals(values, times[order])


def calibrate(residuals: Floats, interval_level: float | Floats) -> Floats:
    """Half widths of the intervals: residuals (origins, horizon, targets) -> (horizon, targets).

    The half width is the ceil((n + 1) * interval_level)-th smallest of the n valid absolute residuals of a horizon
    step. With fewer than `min_calibration_origins(interval_level)` residuals, residuals of neighboring steps are added,
    one step on each side at a time, until there are enough; the half width is then at least the largest of the
    residuals that were too few. If all steps together have too few, it is the largest residual. It is infinite without
    any residual. A higher level never gives a narrower interval.

    `interval_level` may differ by target, (targets,), or by step and target.
    """
    levels = np.broadcast_to(np.asarray(interval_level, np.float64), residuals.shape[1:])
    contiguous = np.ascontiguousarray(np.moveaxis(np.abs(residuals), 0, -1))  # sorted faster
    ordered = np.sort(contiguous, axis=-1)  # (horizon, targets, origins), NaN last
    n_valid = ordered.shape[-1] - np.sum(np.isnan(ordered), axis=-1)
    rank = np.maximum(np.ceil((n_valid + 1) * levels - ROUNDING), 1).astype(np.intp)
    half_widths = np.full(levels.shape, inf)
    if ordered.size:
        row = np.minimum(rank, np.maximum(n_valid, 1)) - 1
        half_widths = np.take_along_axis(ordered, row[..., None], axis=-1)[..., 0]
    for target in np.flatnonzero((rank > n_valid).any(axis=0)):
        pool = _Pool(ordered[:, target], n_valid[:, target])
        for step in np.flatnonzero(rank[:, target] > n_valid[:, target]).tolist():
            half_widths[step, target] = pool.half_width(step, levels[step, target])
    return half_widths


class _Pool:
    """Residuals of neighboring steps, for steps with too few: absolute (horizon, origins), with n_valid (horizon,).

    Neighboring steps often have the same pool.
    """

    def __init__(self, ordered: Floats, n_valid: RowNumbers) -> None:
        self._ordered, self._found = ordered, dict[tuple[int, int, int], float]()
        self._before = np.concatenate([[0], np.cumsum(n_valid)])
        largest = ordered[np.arange(len(ordered)), np.maximum(n_valid, 1) - 1] if ordered.size else np.empty(0)
        self._largest = np.where(n_valid > 0, largest, 0.0) if ordered.size else np.zeros(len(ordered))

    def half_width(self, step: int, level: float) -> float:
        """The half width of a step, from its own and its neighbors' residuals."""
        needed = max(1, min_calibration_origins(level)) if level < 1 else inf
        horizon, distances = len(self._ordered), np.arange(len(self._ordered))
        ends, starts = np.minimum(step + distances + 1, horizon), np.maximum(step - distances, 0)
        totals = self._before[ends] - self._before[starts]
        distance = min(int(np.searchsorted(totals, needed)), horizon - 1)
        total = int(totals[distance])
        if not total:
            return inf
        rank = min(max(ceil((total + 1) * level - ROUNDING), 1), total)
        width = self._smallest(max(0, step - distance), min(step + distance + 1, horizon), rank)
        too_few = self._largest[max(0, step - distance + 1) : step + distance]
        return max(width, float(too_few.max(initial=0.0)))

    def _smallest(self, start: int, end: int, rank: int) -> float:
        """The residual with this rank, from 1, among the residuals of some steps."""
        key = start, end, rank
        if key not in self._found:
            pooled = np.partition(self._ordered[start:end].reshape(-1), rank - 1)  # NaN last
            self._found[key] = float(pooled[rank - 1])
        return self._found[key]


def count_overlap(times: NDArray[Any], length: int) -> int:
    """Number of neighboring forecast times that overlap: those within the `length` steps of one forecast.

    >>> count_overlap(np.array([0, 1, 2, 3]), length=12), count_overlap(np.array([0, 5, 10]), length=12)
    (12, 3)
    """
    unique = np.unique(times)
    stride = float(np.median(np.diff(unique))) if len(unique) > 1 else 1.0  # in steps
    return ceil(length / stride)


def min_calibration_origins(interval_level: float) -> int:
    """Minimum number of residuals with the nominal coverage.

    >>> min_calibration_origins(0.9), min_calibration_origins(0.95)
    (9, 19)
    """
    return ceil(interval_level / (1 - interval_level) - ROUNDING)


def calibrate_newest(parts: Sequence[Residuals], interval_level: float, gap: int = 0) -> Floats:
    """Half widths for forecasts after all residuals of several parts, at their newest times: (horizon, targets)."""
    _, horizon, targets = parts[0].values.shape
    times = np.concatenate([part.times for part in parts])
    known, overlap = np.full(horizon, len(times)), count_overlap(times, gap + horizon)
    half_widths = np.empty((horizon, targets))
    for chosen in target_chunks((len(times), horizon, targets)):
        residuals = _KnownResiduals(join_residuals([part.select(chosen) for part in parts]), overlap)
        half_widths[:, chosen] = residuals.calibrate(known, np.full(targets, interval_level)[chosen])
    return half_widths


def rolling_half_widths(
    past: Residuals, new: Residuals, interval_level: float, gap: int = 0, n_targets: int | None = None
) -> Floats:
    """Half widths of the intervals of the forecasts with the residuals `new`: (origins, horizon, targets).

    `past` are residuals of other forecasts, such as forecasts of a validation split. The half width of a forecast is
    calibrated on all residuals, past and new, that are known at its origin: at horizon step h, if their origin is at
    least `gap` + h steps earlier. The level adapts by `STEP_SIZE`: it rises with each miss that becomes known and falls
    with each hit, so that the share of misses approaches 1 - `interval_level`. All horizon steps have the same level,
    since misses of later steps become known later.

    There are at most `MAX_UPDATES` updates, between which the half widths stay the same, and fewer where the residuals
    of all targets are many. `n_targets` is their number, if the residuals are of some of them.
    """
    order = np.argsort(new.times, kind="stable")
    values, times = new.values[order], new.times[order]
    residuals, delays = join_residuals([past, new]), gap + 1 + np.arange(values.shape[1])
    half_widths, missed = np.empty(values.shape), np.full(values.shape, nan)
    miss_rate, seen = np.full(values.shape[2], 1 - interval_level), np.zeros(len(delays), np.intp)
    earlier = _KnownResiduals(residuals, count_overlap(residuals.times, int(delays[-1])))
    for block in _blocks(times, residuals, n_targets or values.shape[2]):
        known = np.searchsorted(times, block[0] - delays, side="right")  # (horizon,)
        miss_rate = np.clip(miss_rate + STEP_SIZE * _excess_hits(missed, seen, known, interval_level), 0, 1)
        usable = np.searchsorted(residuals.times, block[0] - delays, side="right")
        rows = slice(*np.searchsorted(times, [block[0], block[-1] + 1]))
        half_widths[rows] = earlier.calibrate(usable, 1 - miss_rate)
        missed[rows] = np.where(np.isnan(values[rows]), nan, np.abs(values[rows]) > half_widths[rows])
        seen = known
    return half_widths[np.argsort(order)]


def _blocks(times: NDArray[Any], residuals: Residuals, n_targets: int) -> list[NDArray[Any]]:
    """The forecast times, split at the updates of the half widths."""
    unique, known = np.unique(times), np.unique(residuals.times)
    sorted_at_once = residuals.values[..., 0].size * n_targets * min(1, MAX_TIMES / max(1, len(known)))
    updates = int(np.clip(MAX_SORTED / max(1, sorted_at_once), MIN_UPDATES, MAX_UPDATES))
    return np.array_split(unique, min(len(unique), updates))


def _excess_hits(missed: Floats, seen: RowNumbers, known: RowNumbers, interval_level: float) -> Floats:
    """Nominal minus actual share of misses among the values that became known: (targets,); 0 if there are none.

    `missed` (origins, horizon, targets) is 1 for a miss, 0 for a hit, NaN if missing; `seen` and `known` (horizon,) are
    the numbers of its first origins that were known before, and that are known now.
    """
    origins = np.arange(seen.min(), known.max())
    is_new = (origins[:, None] >= seen) & (origins[:, None] < known)  # (origins, horizon)
    became_known = missed[origins][is_new]  # (values, targets)
    count = np.sum(~np.isnan(became_known), axis=0)
    share = np.nansum(became_known, axis=0) / np.maximum(count, 1)
    return np.where(count > 0, 1 - interval_level - share, 0)


class _KnownResiduals:
    """Calibration on the first residuals, whose number differs by horizon step.

    Forecasts that overlap have correlated residuals, and the validation split has also selected the model, so that
    intervals from few residuals are too narrow. The level is therefore raised: it is multiplied by 1 +
    `SMALL_SAMPLE_CORRECTION` / n, where n is the number of forecasts that do not overlap, the number of times divided
    by `overlap`.
    """

    def __init__(self, residuals: Residuals, overlap: int) -> None:
        _, self._time = np.unique(residuals.times, return_inverse=True)  # number of the time of each origin, ascending
        self._values, self._overlap = np.ascontiguousarray(np.moveaxis(residuals.values, 0, -1)), overlap

    def calibrate(self, known: RowNumbers, level: Floats) -> Floats:
        """Half widths (horizon, targets) from the first `known` (horizon,) origins, at a level by target (targets,)."""
        n_times = np.where(known > 0, self._time[known - 1] + 1, 0)
        factor = 1 + SMALL_SAMPLE_CORRECTION * self._overlap / np.maximum(n_times, 1)
        levels = np.minimum(level * factor[:, None], 1)  # (horizon, targets)
        first = np.searchsorted(self._time, n_times - MAX_TIMES)
        return calibrate(self._take(np.minimum(first, known), known), levels)

    def _take(self, first: RowNumbers, end: RowNumbers) -> Floats:
        """The origins of each step from `first` up to `end` (horizon,): (origins, horizon, targets), NaN if fewer."""
        size = int((end - first).max())
        origins = (end - size)[:, None] + np.arange(size)  # (horizon, size)
        taken = np.take_along_axis(self._values, np.maximum(origins, 0)[:, None], axis=-1)
        if (end - first < size).any():
            taken[np.broadcast_to((origins < first[:, None])[:, None], taken.shape)] = nan
        return np.moveaxis(taken, -1, 0)


def coverage(actuals: Floats, forecasts: Floats, half_widths: Floats) -> tuple[Floats, float]:
    """Share of the actual values within forecasts ± half_widths: by step and target (horizon, targets), and overall.

    `actuals` and `forecasts` are (origins, horizon, targets); `half_widths` is (horizon, targets) or (origins, horizon,
    targets). NaN if there are no actual values.
    """
    valid = ~np.isnan(actuals)
    within = valid & (np.abs(actuals - forecasts) <= half_widths)
    hits, count = within.sum(axis=0), valid.sum(axis=0)
    shares = np.where(count > 0, hits / np.maximum(count, 1), nan)
    return shares, float(hits.sum() / count.sum()) if count.any() else nan
