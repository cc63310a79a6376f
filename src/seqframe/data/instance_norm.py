"""Reversible instance normalization (RevIN): each window is normalized by its own statistics.

Predictions are denormalized with the statistics of their window, so a network need not learn the current level of a
series. Nothing is fitted but the scale of the series, which bounds the scale of a window from below: a window that
hardly varies is not divided by almost nothing. Source: Kim et al., "Reversible instance normalization for accurate
time-series forecasting against distribution shift", ICLR 2022; without the affine layer.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seqframe.data.windows import Array

NONE, MEAN, STANDARD, LAST = "none", "mean", "standard", "last"
KINDS = (NONE, MEAN, STANDARD, LAST)
FLOOR = 0.1  # least scale of a window, as a share of the standard deviation of the series
PRIOR_ROWS = 5  # rows of the series' own scale that running statistics begin with


@dataclass(frozen=True)
class InstanceStats:
    """Offset and scale of every window: `mean` and `scale` (windows, 1 or steps, columns), scaled units."""

    mean: Array
    scale: Array

    def normalize(self, values: Array) -> Array:
        """(windows, steps, columns), scaled -> the same, normalized."""
        return (values - self.mean) / self.scale

    def denormalize(self, values: Array) -> Array:
        """Inverse of `normalize`."""
        return values * self.scale + self.mean

    def select(self, columns: tuple[int | None, ...]) -> "InstanceStats":
        """Statistics of some columns; mean 0 and scale 1 for None."""
        stats = _identity_stats((*self.mean.shape[:2], len(columns)))
        for position, column in enumerate(columns):
            if column is not None:
                stats.mean[..., position], stats.scale[..., position] = self.mean[..., column], self.scale[..., column]
        return stats

    def at(self, steps: slice) -> "InstanceStats":
        """Running statistics at some steps."""
        return InstanceStats(self.mean[:, steps], self.scale[:, steps])


def instance_stats(inputs: Array, kind: str, n_future: int, deviations: NDArray[np.float32]) -> InstanceStats:
    """Statistics of windows (windows, lookback, columns): (windows, 1, columns).

    `mean` is the mean of the window; `standard` the mean and the standard deviation; `last` the last row. The last
    `n_future` columns are future covariates, which have mean 0 and scale 1. `deviations` (columns,) are the standard
    deviations of the training rows, scaled units.

    >>> instance_stats(np.array([[[1.0], [3.0]]]), "standard", 0, np.ones(1)).normalize(np.array([[[5.0]]])).tolist()
    [[[3.0]]]
    """
    windows, _, columns = inputs.shape
    stats, past = _identity_stats((windows, 1, columns)), columns - n_future
    if kind == LAST:
        stats.mean[..., :past] = inputs[:, -1:, :past]
    elif kind != NONE:
        stats.mean[..., :past] = inputs[..., :past].mean(axis=1, keepdims=True)
    if kind == STANDARD:
        least = FLOOR * deviations[:past]
        stats.scale[..., :past] = np.maximum(inputs[..., :past].std(axis=1, keepdims=True), least)
    return stats


def running_stats(inputs: Array, kind: str, n_future: int, deviations: NDArray[np.float32]) -> InstanceStats:
    """Statistics of the rows of each window that were read so far: (windows, lookback, columns).

    A network with an output after every step must not know later rows of its window. The arguments are the same as
    for `instance_stats`.

    >>> running_stats(np.array([[[1.0], [3.0], [8.0]]]), "mean", 0, np.ones(1)).mean[0, :, 0].tolist()
    [1.0, 2.0, 4.0]
    """
    stats, past = _identity_stats(inputs.shape), inputs.shape[-1] - n_future
    values = inputs[..., :past]
    if kind == LAST:
        stats.mean[..., :past] = values
    elif kind != NONE:
        rows = np.arange(1, inputs.shape[1] + 1, dtype=np.float64)[:, None]
        mean = values.cumsum(axis=1, dtype=np.float64) / rows
        stats.mean[..., :past] = mean
        if kind == STANDARD:
            own = np.maximum((values.astype(np.float64) ** 2).cumsum(axis=1) - rows * mean**2, 0)
            prior = PRIOR_ROWS * deviations[:past].astype(np.float64) ** 2
            least = FLOOR * deviations[:past]
            stats.scale[..., :past] = np.maximum(np.sqrt((own + prior) / (rows + PRIOR_ROWS)), least)
    return stats


def running_input_stats(stats: InstanceStats, kind: str) -> InstanceStats:
    """The statistics that normalize the inputs, from running statistics.

    They are the same, but for `last`: an input is then relative to the row before it, since relative to itself it would
    be zero.
    """
    if kind != LAST:
        return stats
    return InstanceStats(np.concatenate([stats.mean[:, :1], stats.mean[:, :-1]], axis=1), stats.scale)


def _identity_stats(shape: tuple[int, ...]) -> InstanceStats:
    return InstanceStats(np.zeros(shape, np.float32), np.ones(shape, np.float32))
