"""Reversible instance normalization (RevIN): each window is normalized by its own mean and standard deviation.

Predictions are denormalized with the statistics of their window, so a network need not learn the current level of a
series. Nothing is fitted. Source: Kim et al., "Reversible instance normalization for accurate time-series forecasting
against distribution shift", ICLR 2022; without the affine layer.
"""

from dataclasses import dataclass

import numpy as np

from seqframe.data.windows import Array

EPSILON = 1e-5  # added to the variance, in scaled units, as in the source: a window may be constant


@dataclass(frozen=True)
class InstanceStats:
    """Mean and scale of every window: `mean` and `scale` (windows, 1, columns), scaled units."""

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
        stats = _identity_stats(len(self.mean), len(columns))
        for position, column in enumerate(columns):
            if column is not None:
                stats.mean[..., position], stats.scale[..., position] = self.mean[..., column], self.scale[..., column]
        return stats


def instance_stats(inputs: Array, kind: str, n_future: int = 0) -> InstanceStats:
    """Statistics of windows (windows, lookback, columns); mean 0 and scale 1 for the last `n_future` columns.

    >>> instance_stats(np.array([[[1.0], [3.0]]]), "mean").normalize(np.array([[[5.0]]])).round(3).tolist()
    [[[3.0]]]
    """
    windows, _, columns = inputs.shape
    stats = _identity_stats(windows, columns)
    past = columns - n_future
    if kind == "mean":
        stats.mean[..., :past] = inputs[..., :past].mean(axis=1, keepdims=True)
        stats.scale[..., :past] = np.sqrt(inputs[..., :past].var(axis=1, keepdims=True) + EPSILON)
    return stats


def _identity_stats(windows: int, columns: int) -> InstanceStats:
    shape = (windows, 1, columns)
    return InstanceStats(np.zeros(shape, np.float32), np.ones(shape, np.float32))
