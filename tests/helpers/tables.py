"""A table of counters: every value encodes its row and column."""

from pathlib import Path

import pandas as pd

from seqframe.config import DataSettings
from seqframe.data.sources import load_data

ROWS = 16
COLUMNS = ["a", "b", "c", "d", "e", "f", "g"]
FEATURES, TARGETS = ["c", "a", "b"], ["g", "d", "f", "e"]  # three and four, out of order


def counters(row: int, column: str) -> float:
    """The value in a row and column."""
    return float((row - 1900) * 10 + COLUMNS.index(column))


def write_counters(folder: Path) -> DataSettings:
    """Write the table; settings with three features, four other targets, years as times, and a scaler."""
    years = range(1900, 1900 + ROWS)
    table = pd.DataFrame({"year": years} | {name: [counters(year, name) for year in years] for name in COLUMNS})
    table.to_csv(folder / "counters.csv", index=False)
    return DataSettings(
        sequence_length=5,
        path=str(folder / "counters.csv"),
        features=FEATURES,
        target=TARGETS,
        time_column="year",
        scaler="standard",
    )


def load_rows(data_settings: DataSettings) -> pd.DataFrame:
    """The data frame of a source, without its settings and notes."""
    return load_data(data_settings).df
