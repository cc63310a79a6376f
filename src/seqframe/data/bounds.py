"""Bounds of the targets, such as 0 for counts: no actual value and no forecast is outside."""

from math import inf

import numpy as np
import pandas as pd

from seqframe.config import DataSettings
from seqframe.data.columns import target_columns
from seqframe.data.windows import Floats
from seqframe.errors import UserError


def clip_to_bounds(values: Floats, data_settings: DataSettings) -> Floats:
    """Forecasts, or ends of prediction intervals, clipped to the bounds: an array of the same shape. NaN stays NaN.

    >>> settings = DataSettings(sequence_length=5, path="x.csv", lower_bound=0.0)
    >>> clip_to_bounds(np.array([-1.0, 2.0]), settings).tolist()
    [0.0, 2.0]
    """
    low, high = data_settings.lower_bound, data_settings.upper_bound
    if not data_settings.is_table or (low is None and high is None):
        return values
    clipped: Floats = np.clip(values, -inf if low is None else low, inf if high is None else high)
    return clipped


def check_bounds(df: pd.DataFrame, data_settings: DataSettings) -> None:
    """Check that no value of a target is outside the bounds; missing values are ignored.

    Raises:
        UserError: A value is below the lower bound or above the upper bound.
    """
    lower, upper, table = data_settings.lower_bound, data_settings.upper_bound, data_settings.name
    for name in target_columns(data_settings, list(df.columns)):
        least, largest = float(df[name].min()), float(df[name].max())
        if lower is not None and least < lower:
            raise UserError(
                f"No target value may be below `data.lower_bound`. Received: lower_bound={lower:g}, and {least:g} in "
                f"column {name} of {table}. Lower the bound, or correct the table."
            )
        if upper is not None and largest > upper:
            raise UserError(
                f"No target value may be above `data.upper_bound`. Received: upper_bound={upper:g}, and {largest:g} in "
                f"column {name} of {table}. Raise the bound, or correct the table."
            )
