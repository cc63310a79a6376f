"""Tables for tests."""

import pandas as pd

from seqframe.config import DataSettings
from seqframe.data.sources import load_data


def load_rows(data_settings: DataSettings) -> pd.DataFrame:
    """The data frame of a source, without its settings and notes."""
    return load_data(data_settings).df
