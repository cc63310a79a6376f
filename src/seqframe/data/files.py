"""Table files: search, column names, formats, and checks of the cells."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import parquet

from seqframe.config import PROJECT_ROOT
from seqframe.data.time_gaps import MISSING_HINT
from seqframe.errors import UserError

CHUNK = 1 << 18  # rows checked at a time, so that a check needs little memory
BATCH = 1 << 14  # rows read from Parquet at a time; few, so that the result needs most of the memory
BUFFER = 1 << 16  # bytes

CellTest = Callable[[NDArray[Any]], NDArray[np.bool_]]


def to_numeric(column: pd.Series, file: str) -> NDArray[np.float64]:
    """Convert a column to numbers: (rows,), NaN for an empty cell.

    Raises:
        UserError: A cell holds anything but a number; the message names the first one, counted from 1.
    """
    kind = pd.api.types.infer_dtype(column, skipna=True)
    if kind in ("boolean", "datetime64", "timedelta64"):
        text = column.notna().to_numpy()
        numbers = np.empty(0)
    else:
        numbers = pd.to_numeric(column, errors="coerce").to_numpy(np.float64, na_value=np.nan)
        text = np.isnan(numbers) & column.notna().to_numpy()
    if text.any():
        first = int(text.argmax())
        raise UserError(
            f"Column {column.name} of {file} must hold numbers. "
            f"Received: {str(column.iloc[first])!r} in row {first + 1} ({text.sum()} such rows)."
        )
    return numbers


def check_finite(df: pd.DataFrame, missing: str, file: str) -> None:
    """Check that no value is infinite, and that none is missing if `missing` is `raise`.

    Raises:
        UserError: A value is infinite or missing; one line about the first such column.
    """
    tests: list[tuple[CellTest, str, str]] = [(np.isinf, "infinite values", "Fix the table.")]
    if missing == "raise":
        tests.insert(0, (np.isnan, "missing values", MISSING_HINT))
    for name in df.columns:
        for test, what, hint in tests:
            count, first = _count(df[name].to_numpy(), test)
            if count:
                raise UserError(
                    f"Column {name} of {file} must hold finite numbers. "
                    f"Received: {what} in {count} of {len(df)} rows, the first in row {first + 1}. {hint}"
                )


def check_not_empty(df: pd.DataFrame, file: str) -> None:
    """Check that every column has at least one value.

    Raises:
        UserError: A column has none.
    """
    for name in df.columns:
        if _count(df[name].to_numpy(), np.isnan)[0] == len(df):
            raise UserError(
                f"Column {name} of {file} must hold numbers. Received: missing values in all {len(df)} rows. "
                "Remove the column, or fix the table."
            )


def drop_missing(df: pd.DataFrame, file: str) -> pd.DataFrame:
    """Drop the rows with a missing value; if there are none, the same data frame is returned.

    Raises:
        UserError: No row remains.
    """
    chunks = (df.iloc[start : start + CHUNK] for start in range(0, len(df), CHUNK))
    complete = np.concatenate([chunk.notna().to_numpy().all(axis=1) for chunk in chunks])
    if not complete.any():
        raise UserError(
            f"`data.missing=drop` must keep some rows. Received: {file} with a missing value in each of its {len(df)} "
            f"rows (columns {', '.join(map(str, df.columns))}). Set it to interpolate or ffill."
        )
    return df if complete.all() else df[complete]


def _count(values: NDArray[np.float64], test: CellTest) -> tuple[int, int]:
    """Number of values for which a test holds, and the position of the first."""
    count, first = 0, -1
    for start in range(0, len(values), CHUNK):
        bad = test(values[start : start + CHUNK])
        if count == 0 and bad.any():
            first = start + int(bad.argmax())
        count += int(bad.sum())
    return count, first


@dataclass(frozen=True)
class Format:
    """A file format.

    Attributes:
        names: The names of all columns.
        read: Numeric columns as float64 (rows, columns) with NaN for empty cells, and other columns unchanged.
    """

    names: Callable[[Path], list[str]]
    read: Callable[[Path, list[str], list[str]], tuple[pd.DataFrame, pd.DataFrame]]


def find_table(name: str) -> Path:
    """Find a table; a relative path is looked up in the working directory, then in the project.

    Raises:
        UserError: It does not exist, is a folder, is empty, or has an unknown suffix.
    """
    folders = list(dict.fromkeys([Path.cwd(), PROJECT_ROOT]))
    found = next((folder / name for folder in folders if (folder / name).exists()), None)
    if found is None:
        searched = "" if Path(name).is_absolute() else f" Searched: {', '.join(map(str, folders))}."
        raise UserError(f"`data.path` must name a file that exists. Received: {name}.{searched}")
    if found.is_dir():
        raise UserError(f"`data.path` must name a file. Received a folder: {found}.")
    if found.suffix.lower() not in FORMATS:
        raise UserError(f"`data.path` must end in {' or '.join(FORMATS)}. Received: {found.name}.")
    if found.stat().st_size == 0:
        raise UserError(f"A table needs a header and at least one row. Received an empty file: {found}.")
    return found


def column_names(path: Path) -> list[str]:
    """The names of all columns, with duplicates."""
    return FORMATS[path.suffix.lower()].names(path)


def read_columns(path: Path, columns: list[str], others: list[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read numeric columns as float64 (rows, columns), and other columns unchanged (rows, others)."""
    return FORMATS[path.suffix.lower()].read(path, columns, others)


def read_raw_table(path: Path) -> pd.DataFrame:
    """Read all columns unchanged, with their names in the file: (rows, columns)."""
    names = column_names(path)
    if path.suffix.lower() == ".csv":
        table = _read_cells(path)
        return table.set_axis(names, axis=1) if len(names) == table.shape[1] else table
    with _read_errors(path):
        return parquet.read_table(path, columns=names).to_pandas(ignore_metadata=True, date_as_object=False)


def _csv_names(path: Path) -> list[str]:
    """Read the header together with the first row, since pandas takes a surplus cell for an index column."""
    with _read_errors(path):
        header = pd.read_csv(path, header=None, nrows=2, dtype=str, skip_blank_lines=False).iloc[0]
    return [f"Unnamed: {number}" if pd.isna(name) else str(name) for number, name in enumerate(header)]


def _read_cells(path: Path) -> pd.DataFrame:
    """All cells of a CSV file; a blank line is a row of empty cells, except at the end of the file."""
    with _read_errors(path):
        table = pd.read_csv(path, low_memory=False, skip_blank_lines=False)
    table.columns = pd.Index([str(name) for name in table.columns])
    return table.iloc[: len(table) - _trailing_blank_lines(path)]


def _read_csv(path: Path, columns: list[str], others: list[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    table = _read_cells(path)
    values = {name: to_numeric(table[name], path.name) for name in columns}
    return pd.DataFrame(values), table[others]


def _trailing_blank_lines(path: Path) -> int:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - BUFFER))
        end = file.read()
    return max(0, end[len(end.rstrip()) :].count(b"\n") - 1)


def _parquet_names(path: Path) -> list[str]:
    """The names of all columns except the index columns that pandas stores."""
    with _read_errors(path):
        return [name for name in parquet.read_schema(path).names if not name.startswith("__index_level_")]


def _read_parquet(path: Path, columns: list[str], others: list[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read numbers batch by batch into the array of the result."""
    with _read_errors(path), parquet.ParquetFile(path, buffer_size=BUFFER, pre_buffer=False) as file:
        schema = file.schema_arrow
        numeric = [name for name in columns if _is_numeric(schema.field(name).type)]
        values = np.empty((len(columns), file.metadata.num_rows))
        start = 0
        for batch in file.iter_batches(BATCH, columns=numeric, use_threads=False) if numeric else ():
            stop = start + len(batch)
            for name in numeric:
                cells = batch.column(name).cast(pa.float64(), safe=False)
                values[columns.index(name), start:stop] = cells.to_numpy(zero_copy_only=False)
            start = stop
        remaining = file.read([*others, *(name for name in columns if name not in numeric)])
        table = remaining.to_pandas(ignore_metadata=True, date_as_object=False)
    for name in columns:
        if name not in numeric:
            values[columns.index(name)] = to_numeric(table[name], path.name)
    return pd.DataFrame(values.T, columns=columns, copy=False), table[others]


def _is_numeric(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


@contextmanager
def _read_errors(path: Path) -> Iterator[None]:
    """Report errors of the parsers as one line."""
    try:
        yield
    except (ValueError, OSError, pa.ArrowException) as error:  # pandas' parser errors are ValueErrors
        reason = " ".join(str(error).split())
        raise UserError(f"{path.name} cannot be read as {path.suffix[1:].upper()}: {reason}") from error


FORMATS = {".csv": Format(_csv_names, _read_csv), ".parquet": Format(_parquet_names, _read_parquet)}
