"""How alike values are that lie a number of rows apart, over several runs of rows, some of them not measured (NaN)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Runs = Sequence[Floats]


@dataclass(frozen=True)
class Autocorrelation:
    """By lag from 0: the autocorrelation `values` (lags,), and how many `pairs` (lags,) of rows each is from."""

    values: Floats
    pairs: Floats


def correlate(runs: Runs) -> Autocorrelation:
    """The autocorrelation of runs (rows,) about zero, at every lag; all zero where the runs are.

    >>> correlate([np.array([1.0, -1.0, 1.0])]).values.round(9).tolist()
    [1.0, -1.0, 1.0]
    """
    lags = max(len(run) for run in runs)
    total, pairs = np.zeros(lags), np.zeros(lags)
    for run in runs:
        measured = ~np.isnan(run)
        total[: len(run)] += _products(np.where(measured, run, 0.0))
        pairs[: len(run)] += np.rint(_products(measured.astype(np.float64)))
    covariance = total / np.maximum(pairs, 1)
    return Autocorrelation(covariance / (covariance[0] or 1.0), pairs)


def detrend(run: Floats) -> Floats:
    """Take the straight line of least squares off a run (rows,); nothing is left of fewer than 3 measured rows."""
    measured = ~np.isnan(run)
    if measured.sum() < 3:
        return np.full(len(run), np.nan)
    rows = np.arange(len(run), dtype=np.float64)
    rows -= rows[measured].mean()
    level = run - run[measured].mean()
    detrended: Floats = level - rows * (rows[measured] @ level[measured]) / (rows[measured] @ rows[measured])
    return detrended


def whiten(runs: Runs) -> list[Floats]:
    """What a value does not owe to the one before, by one factor for all runs (rows,): (rows - 1,) each.

    Values that wander look as if they had a season (Nelson & Kang, "Spurious periodicity in inappropriately detrended
    time series", Econometrica 49, 1981); without what they owe to each other they do not.
    """
    before, now = (np.concatenate([run[part] for run in runs]) for part in (slice(None, -1), slice(1, None)))
    both = ~np.isnan(before) & ~np.isnan(now)
    size = before[both] @ before[both]
    factor = np.clip(before[both] @ now[both] / size, -1, 1) if size > 0 else 0.0
    whitened = [run[1:] - factor * run[:-1] for run in runs]
    return [run - np.nanmean(run) if np.isfinite(run).any() else run for run in whitened]


def _products(run: Floats) -> Floats:
    """The sum of value times value so many rows later, by lag: (rows,) -> (rows,), by the fast Fourier transform."""
    size = 1 << (2 * len(run) - 1).bit_length()  # room for no end to meet the beginning
    sums: Floats = np.fft.irfft(np.abs(np.fft.rfft(run, size)) ** 2, size)[: len(run)]
    return sums
