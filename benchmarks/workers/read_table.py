"""Read a CSV file once, as pandas or as Seqframe does: prints seconds, and the peak memory without imported modules.

    python -m benchmarks.workers.read_table seqframe table.csv

Modules are imported before the measurement. Where the system can reset the peak (Linux), it is the peak while the file
is read; elsewhere it is the peak of the process.
"""

import json
import sys
import time
from typing import Any

import pandas as pd

from benchmarks.workers.windows_memory import read_peak, reset_peak
from seqframe.config import DataSettings
from seqframe.data.tables import read_table

TIME = "time"


def measure(contender: str, path: str) -> dict[str, Any]:
    """Seconds, bytes and the number of rows."""
    columns = list(pd.read_csv(path, nrows=0).columns)
    reset_peak()
    before, started = read_peak(), time.perf_counter()
    table = read_with_pandas(path) if contender == "pandas" else read_with_seqframe(path, columns)
    seconds = time.perf_counter() - started
    return {"seconds": seconds, "bytes": read_peak() - before, "rows": len(table)}


def read_with_pandas(path: str) -> pd.DataFrame:
    """All columns, without checks."""
    return pd.read_csv(path)


def read_with_seqframe(path: str, columns: list[str]) -> pd.DataFrame:
    """All columns with their checks; a column called `time` holds the times, and the last column is the target."""
    time_column, values = (TIME, columns[1:]) if TIME in columns else ("none", columns)
    settings = DataSettings(sequence_length=1, path=path, time_column=time_column, features=values, target=values[-1])
    return read_table(settings).df


if __name__ == "__main__":
    print(json.dumps(measure(*sys.argv[1:])))
