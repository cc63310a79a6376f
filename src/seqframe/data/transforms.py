"""Transforms of the targets before scaling: logarithm, difference, seasonal difference. All are inverted exactly."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from seqframe.data.windows import Array, Floats
from seqframe.errors import UserError

FLOOR_DIVISOR = 10  # smaller values than a tenth of the smallest training value have the logarithm of that tenth
NONE, LOG, DIFFERENCE, SEASONAL_DIFFERENCE = "none", "log", "difference", "seasonal_difference"
LOG_DIFFERENCE, LOG_SEASONAL_DIFFERENCE = "log_difference", "log_seasonal_difference"
TRANSFORMS = (NONE, LOG, DIFFERENCE, SEASONAL_DIFFERENCE, LOG_DIFFERENCE, LOG_SEASONAL_DIFFERENCE)


@dataclass(frozen=True)
class Transform:
    """z[t] = g(y[t]) - g(y[t - lag]), where g is the logarithm or the identity; without a lag, z[t] = g(y[t]).

    Attributes:
        columns: The transformed columns.
        lag: Rows between the values of a difference; 0 for no difference.
        floor: Smallest value of each column that g is applied to; empty if g is the identity.
    """

    columns: tuple[str, ...] = ()
    lag: int = 0
    floor: tuple[float, ...] = ()

    def apply(self, df: pd.DataFrame, histories: Sequence[range]) -> pd.DataFrame:
        """Transform the columns (rows, columns); the first `lag` rows of each history have no value."""
        if not (self.lag or self.floor):
            return df
        values: Floats = self._g(df[list(self.columns)].to_numpy(np.float64))
        if self.lag:
            differences = np.full(values.shape, np.nan)
            for rows in histories:
                part = values[rows.start : rows.stop]
                differences[rows.start + self.lag : rows.stop] = part[self.lag :] - part[: -self.lag]
            values = differences
        return df.assign(**dict(zip(self.columns, values.T, strict=True)))

    def invert(self, values: Array, past: Floats, gap: int) -> Floats:
        """Transformed values (windows, steps, columns) -> physical units.

        `past` holds the last rows before the forecast (windows, at least lag, columns), in physical units. A value that
        is no more than `lag` rows after the origin needs one of them, a later one an earlier forecast.
        """
        if not (self.lag or self.floor):
            return np.asarray(values, np.float64)
        restored = np.array(values, np.float64)
        known = self._g(past[:, past.shape[1] - self.lag :]) if self.lag else past
        for step in range(restored.shape[1] if self.lag else 0):
            row = gap + step
            restored[:, step] += known[:, row] if row < self.lag else restored[:, step - self.lag]
        return np.exp(restored) if self.floor else restored

    def slope(self, past: Floats) -> Floats:
        """Change of a value per change of its transform, at the mean of `past`: (windows, 1, columns)."""
        level = past.mean(axis=1, keepdims=True)
        return np.maximum(level, self.floor) if self.floor else np.ones_like(level)

    def _g(self, values: Floats) -> Floats:
        """The logarithm or the identity: (..., columns) -> (..., columns)."""
        return np.log(np.maximum(values, self.floor)) if self.floor else values


IDENTITY = Transform()


def find_lag(name: str, season: int) -> int:
    """Rows between the values of a difference; 0 for other transforms.

    >>> [find_lag(name, 12) for name in ("log", "difference", "log_seasonal_difference")]
    [0, 1, 12]
    """
    if name.endswith(SEASONAL_DIFFERENCE):
        return season
    return 1 if name.endswith(DIFFERENCE) else 0


def fit_transform(
    name: str, df: pd.DataFrame, train: Sequence[range], targets: Sequence[str], season: int, ahead: int, gap: int
) -> Transform:
    """Fit a transform of the targets to the training rows.

    `season` is the lag of seasonal differences. A forecast reaches `ahead` rows after its origin, after a gap of `gap`.

    Raises:
        UserError: The training rows have a value that is not positive, there is no season, or the lag is shorter than
            the forecast although there is a gap.
    """
    if name == NONE:
        return IDENTITY
    floor: tuple[float, ...] = ()
    if name.startswith(LOG):
        values = df[list(targets)].to_numpy(np.float64)
        lowest = np.min([values[rows.start : rows.stop].min(axis=0) for rows in train], axis=0)
        if not (lowest > 0).all():
            raise UserError(
                f"`data.transform={name}` needs positive values. Received: {lowest.min():g} in the training rows. "
                "Set data.transform=none."
            )
        floor = tuple((lowest / FLOOR_DIVISOR).tolist())
    lag = find_lag(name, season)
    if name.endswith(SEASONAL_DIFFERENCE) and season < 2:
        raise UserError(
            f"`data.transform={name}` needs a season. Received: a series without one. Set data.season, or another "
            "transform."
        )
    if lag and gap and lag < ahead:
        raise UserError(
            f"`data.transform={name}` with `task.gap` needs a lag of at least `task.gap` + `task.horizon` rows. "
            f"Received: a lag of {lag}, and {ahead} rows. Set another transform."
        )
    return Transform(tuple(targets), lag, floor)
