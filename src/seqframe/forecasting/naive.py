"""Naive forecasts: persistence, training mean, seasonal naive, drift and seasonal mean.

All of them read the rows up to the origin, also those before the lookback, in physical units.

Source: Hyndman & Athanasopoulos, "Forecasting: Principles and Practice", 3rd edition (2021), section 5.2.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from seqframe.data.dataset import SequenceDataset
from seqframe.data.windows import Floats, Windows, take_rows
from seqframe.forecasting.fitted import Fitted, Predict
from seqframe.forecasting.history import TargetRows, read_target_rows, series_of_rows


def predict_persistence(fitted: Fitted, dataset: SequenceDataset, windows: Windows) -> Floats:
    """The last value of the history at every step, or for `next_step` the row before each target."""
    values = dataset.filled[dataset.targets].to_numpy(np.float64)
    if dataset.task.kind == "next_step":
        return take_rows(values, windows.starts() + windows.first_target - 1, windows.steps)
    return np.repeat(values[windows.origins][:, None], windows.steps, axis=1)


def predict_drift(fitted: Fitted, dataset: SequenceDataset, windows: Windows) -> Floats:
    """The line through the first and the last row of the history without a gap, extrapolated.

    With one row it is the last value.
    """
    rows, origins = read_target_rows(dataset), windows.origins
    first = rows.starts[origins]
    rise = rows.values[origins] - rows.values[first]  # (windows, targets)
    slope = rise / np.maximum(origins - first, 1)[:, None]
    ahead = windows.first_target - windows.lookback + 1 + np.arange(windows.steps)
    line: Floats = rows.values[origins][:, None] + slope[:, None] * ahead[:, None]
    return line


def fit_mean(dataset: SequenceDataset, seasons: tuple[int, ...]) -> Fitted:
    """Mean of each target over the training rows: (series + 1, targets); the last row is of all series."""
    series, names = series_of_rows(dataset)
    train, values = _training_rows(dataset), dataset.filled[dataset.targets].to_numpy(np.float64)
    everything = values[train].mean(axis=0, keepdims=True)
    means, counts = _group_means(values[train], series[train], len(names))
    return {
        "series": np.array(names),
        "mean": np.concatenate([np.where(counts[:, None] > 0, means, everything), everything]),
    }


def predict_mean(fitted: Fitted, dataset: SequenceDataset, windows: Windows) -> Floats:
    """The training mean of the series at every step; the mean over all series for a new one."""
    mean = fitted["mean"][_positions(fitted, dataset)[windows.origins]]  # (windows, targets)
    return np.repeat(mean[:, None], windows.steps, axis=1)


def fit_seasonal_naive(dataset: SequenceDataset, seasons: tuple[int, ...]) -> Fitted:
    """The season with the smallest error on the validation windows."""
    return best_season(({"season": np.array(season)} for season in _longer(seasons)), predict_seasonal_naive, dataset)


def predict_seasonal_naive(fitted: Fitted, dataset: SequenceDataset, windows: Windows) -> Floats:
    """The last value in the same season phase; the last value where there is none."""
    rows = read_target_rows(dataset)
    last = rows.last_rows(windows, int(fitted["season"]))  # (windows, steps)
    return rows.values[np.where(last < 0, windows.origins[:, None], last)]


def fit_seasonal_mean(dataset: SequenceDataset, seasons: tuple[int, ...]) -> Fitted:
    """Means of the season phases, for the season with the smallest error on the validation windows."""
    rows = read_target_rows(dataset)
    candidates = (_fit_profile(dataset, rows, season) for season in _longer(seasons))
    return best_season(candidates, predict_seasonal_mean, dataset)


def predict_seasonal_mean(fitted: Fitted, dataset: SequenceDataset, windows: Windows) -> Floats:
    """The mean of the training rows in the same season phase.

    Phases are counted from a fixed time. Row numbers have none: the phase is then the one in which the means are
    closest to the rows up to the first origin of a series.
    """
    rows, profile = read_target_rows(dataset), fitted["profile"]
    series, season = _positions(fitted, dataset)[windows.origins], profile.shape[1]
    phase = rows.target_steps(windows)
    if not rows.fixed:
        phase = phase + _offsets(rows, profile, _positions(fitted, dataset), windows)[:, None]
    return np.asarray(profile[series[:, None], phase % season])


def best_season(candidates: Iterable[Fitted], predict: Predict, dataset: SequenceDataset) -> Fitted:
    """The candidate with the smallest mean absolute error on the validation windows, in units of their scale.

    The first one is preferred in a tie, and is taken without validation windows.
    """
    first, *others = candidates
    windows = dataset.validation
    if not others or not len(windows):
        return first
    y_true, scale = dataset.actuals(windows), dataset.window_scale(windows)
    errors = [
        float(np.nanmean(np.abs((predict(each, dataset, windows) - y_true) / scale))) for each in (first, *others)
    ]
    return (first, *others)[int(np.argmin(errors))]


def _fit_profile(dataset: SequenceDataset, rows: TargetRows, season: int) -> Fitted:
    """Means of each phase and series: (series, season, targets), and of all series in the last row.

    A phase without a training row has the mean over all phases.
    """
    train, n_series = _training_rows(dataset), len(rows.names)
    phases, values = rows.steps[train] % season, rows.values[train]
    own, counts = _group_means(values, rows.series[train] * season + phases, n_series * season)
    together, of_all = _group_means(values, phases, season)
    means, counts = np.concatenate([own, together]), np.concatenate([counts, of_all])
    fallback = fit_mean(dataset, ())["mean"].repeat(season, axis=0)  # ((series + 1) * season, targets)
    profile = np.where(counts[:, None] > 0, means, fallback)
    return {"series": np.array(rows.names), "profile": profile.reshape(n_series + 1, season, -1)}


def _group_means(values: Floats, groups: NDArray[np.intp], n_groups: int) -> tuple[Floats, NDArray[np.intp]]:
    """Means of rows (rows, targets) by their group (rows,): (groups, targets); and the sizes of the groups."""
    counts = np.bincount(groups, minlength=n_groups)
    sums = np.stack([np.bincount(groups, column, minlength=n_groups) for column in values.T], axis=1)
    return sums / np.maximum(counts, 1)[:, None], counts


def _offsets(rows: TargetRows, profile: Floats, positions: NDArray[np.intp], windows: Windows) -> NDArray[np.intp]:
    """Steps by which the phases of each window are shifted: (windows,)."""
    season, origins = profile.shape[1], windows.origins
    last = np.full(len(rows.names), np.iinfo(np.int64).max)
    np.minimum.at(last, rows.series[origins], rows.steps[origins])  # first origin of each series
    own = np.flatnonzero(rows.complete & (rows.steps <= last[rows.series]))
    groups = rows.series[own] * season + rows.steps[own] % season
    values, counts = _group_means(rows.values[own], groups, len(rows.names) * season)
    means = profile[positions[np.unique(rows.series, return_index=True)[1]]]  # (series, season, targets)
    values, counts = values.reshape(means.shape), counts.reshape(means.shape[0], season, 1)
    largest = np.maximum(np.abs(means), np.abs(values)).max(axis=1, keepdims=True)
    means, values = (each / np.where(largest > 0, largest, 1) for each in (means, values))  # no square overflows
    variance = means.var(axis=1, keepdims=True)
    variance = np.where(variance > 0, variance, 1)
    errors = [
        (counts * (each - 2 * values) * each / variance).sum(axis=(1, 2))
        for each in (np.roll(means, -shift, axis=1) for shift in range(season))
    ]
    shifts: NDArray[np.intp] = np.argmin(errors, axis=0)
    return np.asarray(shifts[rows.series[origins]])


def _training_rows(dataset: SequenceDataset) -> NDArray[np.intp]:
    """Numbers of the training rows."""
    return np.concatenate([np.arange(rows.start, rows.stop) for rows in dataset.split.train])


def _longer(seasons: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(season for season in seasons if season > 1)


def _positions(fitted: Fitted, dataset: SequenceDataset) -> NDArray[np.intp]:
    """Position of the series of each row among the fitted series; the last one, of all series, for a new series."""
    series, names = series_of_rows(dataset)
    known = {name: position for position, name in enumerate(fitted["series"].tolist())}
    return np.array([known.get(name, len(known)) for name in names])[series]
