"""The tutorial's sequence."""

import numpy as np
import pandas as pd


def make_ramp(length: int) -> pd.DataFrame:
    """x[i] = i / length, for i = 0 … length - 1: one column `value`, (length, 1), without unit.

    >>> make_ramp(5)["value"].tolist()
    [0.0, 0.2, 0.4, 0.6, 0.8]
    """
    return pd.DataFrame({"value": np.arange(length) / length})
