"""Table files: search, formats, and reading of all columns into a raw table. The content decides on the format."""

import codecs
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import compute, feather, parquet
from pyarrow import csv as arrow_csv

from seqframe.config import PROJECT_ROOT, CsvSettings
from seqframe.data.cells import READINGS, Marks, NumberFormat, find_readings
from seqframe.data.dialect import Dialect, detect_dialect, open_text, split_line
from seqframe.errors import UserError

BLOCK = 1 << 22  # bytes parsed at a time
SAMPLE = 5000  # rows from which the types of the columns are found
INTEGER = re.compile(r"\s*[-+]?(0|[1-9]\d{0,17})\s*")
DECIMAL = re.compile(r"\s*[-+]?((0|[1-9]\d*)(\.\d*)?|\.\d+|inf)([eE][-+]?\d+)?\s*")
INDEX = "index"  # name of an index without a name in a Parquet file
THOUSANDS = re.compile(r"\s*[-+]?([1-9]\d{0,2}(\.\d{3})?|0)\s*")
CONVERSION_ERROR = re.compile(r"In CSV column #(\d+): CSV conversion error")
MAX_NAMED = 3  # damaged rows that a message tells


@dataclass(frozen=True)
class RawTable:
    """All columns of a table, before any of them has a role.

    Attributes:
        columns: The columns by position: numbers, text, times, or what a data frame holds; all have the same index.
        numbers: How numbers in text are written.
        notes: What was detected while reading.
    """

    columns: pd.DataFrame
    numbers: NumberFormat = field(default_factory=NumberFormat)
    notes: tuple[str, ...] = ()


def find_table(name: str) -> Path:
    """Find a table; a relative path is looked up in the working directory, then in the project.

    Raises:
        UserError: It does not exist, is a folder or is empty.
    """
    folders = list(dict.fromkeys([Path.cwd(), PROJECT_ROOT]))
    found = next((folder / name for folder in folders if (folder / name).exists()), None)
    if found is None:
        searched = "" if Path(name).is_absolute() else f" Searched: {', '.join(map(str, folders))}."
        raise UserError(f"`data.path` must name a file that exists. Received: {name}.{searched}")
    if found.is_dir():
        raise UserError(f"`data.path` must name a file. Received a folder: {found}.")
    if found.stat().st_size == 0:
        raise UserError(f"A table needs a header and at least one row. Received an empty file: {found}.")
    return found


def read_raw_table(path: Path, settings: CsvSettings | None = None) -> RawTable:
    """Read all columns of a file, with their names in the file.

    Raises:
        UserError: The file is damaged, or holds no table.
    """
    settings = settings or CsvSettings()
    kind = _find_format(path)
    with _read_errors(path, kind):
        return FORMATS[kind](path, settings)


def make_raw_table(columns: pd.DataFrame, settings: CsvSettings | None = None) -> RawTable:
    """A data frame as a raw table: names are text, and an index with names or times becomes columns."""
    settings = settings or CsvSettings()
    index = columns.index
    named = [name for name in index.names if name is not None]
    if named or isinstance(index, pd.DatetimeIndex | pd.PeriodIndex):
        columns = columns.reset_index(names=None if len(named) == index.nlevels else INDEX)
    columns = columns.set_axis([str(name).strip() for name in columns.columns], axis=1)
    return RawTable(columns, _number_format(columns, settings))


def _find_format(path: Path) -> str:
    """Format of a file by its first bytes: `parquet`, `feather`, `excel` or `text`."""
    with path.open("rb") as file:
        start = file.read(4096)
    if start.startswith(b"PAR1"):
        return "parquet"
    if start.startswith((b"ARROW1", b"FEA1")):
        return "feather"
    if start.startswith(b"\xd0\xcf\x11\xe0") or (start.startswith(b"PK") and b"[Content_Types].xml" in start):
        return "excel"
    named = path.suffix.lower().removeprefix(".")
    return named if named in ("parquet", "feather") else "text"


def _read_text(path: Path, settings: CsvSettings) -> RawTable:
    dialect = detect_dialect(path, settings)
    sample = _parse(path, dialect, dict.fromkeys(range(len(dialect.names)), pa.string()), SAMPLE)
    types = {place: _find_type(column, dialect.separator) for place, column in enumerate(sample)}
    while True:
        try:
            arrays = _parse(path, dialect, types)
            break
        except pa.ArrowInvalid as error:  # a later row has another type
            match = CONVERSION_ERROR.match(str(error))
            if match is None or types[int(match[1])] == pa.string():
                raise
            types[int(match[1])] = pa.float64() if types[int(match[1])] == pa.int64() else pa.string()
    if not arrays or not len(arrays[0]):
        raise UserError(f"A table needs at least one row. Received: {path.name} with none.")
    columns = _name_columns(arrays, dialect)
    numbers = _number_format(columns, settings, dialect)
    found = ", ".join([*dialect.describe(), *_describe_marks(columns, numbers), f"{len(columns):,} rows"])
    return RawTable(columns, numbers, (f"Read {path.name}: {found}.",))


def _parse(path: Path, dialect: Dialect, types: dict[int, pa.DataType], most: int | None = None) -> list[Any]:
    """The columns of a text table in these types, up to `most` rows: NumPy arrays, or pandas arrays of text."""
    damaged: list[arrow_csv.InvalidRow] = []
    footer, width = set(dialect.footer), len(types)

    def handle(row: arrow_csv.InvalidRow) -> str:
        text = row.text.strip()
        if text not in footer and not (dialect.comments and text.startswith("#")) and text:
            damaged.append(row)
        return "skip"

    options = arrow_csv.ReadOptions(
        column_names=[str(place) for place in range(width)],
        skip_rows=dialect.skip,
        block_size=BLOCK,
        encoding="utf-8" if dialect.encoding == "utf-8-sig" else dialect.encoding,
    )
    parsing = arrow_csv.ParseOptions(
        delimiter=dialect.separator,
        ignore_empty_lines=width > 1,
        newlines_in_values=dialect.multiline,
        invalid_row_handler=handle,
    )
    conversion = arrow_csv.ConvertOptions(
        column_types={str(place): kind for place, kind in types.items()},
        null_values=[""],
        quoted_strings_can_be_null=True,
        strings_can_be_null=True,
    )
    chunks: list[list[Any]] = [[] for _ in range(width)]
    rows = 0
    with open_text(path, dialect.compression) as file, arrow_csv.open_csv(file, options, parsing, conversion) as reader:
        for batch in reader:
            for place, chunk in enumerate(chunks):
                chunk.append(batch.column(place))
            rows += len(batch)
            if most is not None and rows >= most:
                break
    if damaged:
        raise UserError(_describe_damage(path, dialect, damaged))
    end = sum(len(split_line(line, dialect.separator)) == width for line in footer)
    rows = rows - end if most is None else min(rows, most)
    return [_to_array(chunks[place], rows) for place in range(width)]


def _to_array(chunks: list[Any], rows: int) -> Any:
    """The first rows of a column as one array; the chunks are released."""
    column = pa.chunked_array(chunks).slice(0, rows) if chunks else pa.chunked_array([], pa.string())
    chunks.clear()
    if pa.types.is_string(column.type):
        column = compute.utf8_trim_whitespace(column)
        return column.to_pandas()
    return column.to_numpy()


def _find_type(column: pd.Series, separator: str) -> pa.DataType:
    """The type that a column most likely has: 64-bit integers, floating point numbers, or text.

    5.258 in a file separated by semicolons may be 5258, so it stays text.
    """
    cells = column.dropna().unique()
    if len(cells) and all(INTEGER.fullmatch(cell) for cell in cells):
        return pa.int64()
    decimals = len(cells) and all(DECIMAL.fullmatch(cell) for cell in cells)
    if separator == ";" and all(THOUSANDS.fullmatch(cell) for cell in cells):
        return pa.string()
    return pa.float64() if decimals else pa.string()


def _name_columns(arrays: list[Any], dialect: Dialect) -> pd.DataFrame:
    """The columns by name; a column without a name and without a value is dropped."""
    named = {}
    for place, (name, array) in enumerate(zip(dialect.names, arrays, strict=True)):
        if name or not pd.isna(array).all():
            named[place] = name or f"Unnamed: {place}"
    columns = pd.DataFrame({place: arrays[place] for place in named}, copy=False)
    return columns.set_axis(list(named.values()), axis=1)


def _number_format(columns: pd.DataFrame, settings: CsvSettings, dialect: Dialect | None = None) -> NumberFormat:
    """How the numbers in the text columns are written: as the settings say, or in marks that fit all columns."""
    allowed = [
        marks
        for marks in READINGS
        if settings.decimal in (None, marks.decimal) and settings.thousands in (None, marks.thousands)
    ]
    given = Marks(settings.decimal or ".", settings.thousands or "")
    text = (columns.iloc[:SAMPLE, place] for place, kind in enumerate(columns.dtypes) if _is_text(kind))
    plain = any(kind == np.float64 for kind in columns.dtypes) and dialect is not None
    readings = find_readings(text, [each for each in allowed if not plain or each.decimal == "."] or [given])
    separated = dialect is not None and dialect.separator == ";"
    missing = frozenset(map(str, settings.missing_codes))
    return NumberFormat(readings, missing, prefers_point=settings.decimal is not None or plain or not separated)


def _is_text(kind: Any) -> bool:
    return bool(pd.api.types.is_string_dtype(kind) or pd.api.types.is_object_dtype(kind))


def _describe_marks(columns: pd.DataFrame, numbers: NumberFormat) -> Iterator[str]:
    """The marks, unless they are a decimal point alone."""
    if numbers.readings[0] != READINGS[0]:
        yield str(numbers.readings[0])


def _describe_damage(path: Path, dialect: Dialect, damaged: Sequence[arrow_csv.InvalidRow]) -> str:
    """One line about rows with too many or too few cells."""
    first, expected = damaged[0], len(dialect.names)
    text = first.text.strip()
    shown = text if len(text) <= 60 else f"{text[:60]} …"
    row = _find_row(path, dialect, text)
    more = f" ({len(damaged)} such rows)" if len(damaged) > 1 else ""
    return (
        f"Every row of {path.name} must have {expected} cells. Received: {first.actual_columns} cells in row {row}, "
        f"{shown!r}{more}. Fix the row; if the cells are separated in another way, set data.csv.sep."
    )


def _find_row(path: Path, dialect: Dialect, text: str) -> int:
    """Number of the data row with this text, counted from 1."""
    with open_text(path, dialect.compression) as file:
        lines = codecs.getreader(dialect.encoding)(file, "replace")
        rows = (line for number, line in enumerate(lines) if number >= dialect.skip and line.strip())
        return next((number for number, line in enumerate(rows, 1) if line.strip() == text), 0)


def _read_parquet(path: Path, settings: CsvSettings) -> RawTable:
    with parquet.ParquetFile(path) as file:
        return _from_arrow(file.schema_arrow, lambda name: file.read([name]).column(0), settings)


def _read_feather(path: Path, settings: CsvSettings) -> RawTable:
    table = feather.read_table(path, memory_map=False)
    return _from_arrow(table.schema, table.column, settings)


def _from_arrow(schema: pa.Schema, read: Callable[[str], pa.ChunkedArray], settings: CsvSettings) -> RawTable:
    """Columns and stored indexes, read one by one."""
    columns = {}
    for number, (name, kind) in enumerate(zip(schema.names, schema.types, strict=True)):
        shown = INDEX if re.fullmatch(r"__index_level_\d+__", name) else name.strip()
        column = read(name)
        if pa.types.is_decimal(kind):
            column = column.cast(pa.float64(), safe=False)
        columns[number] = (shown, column.to_pandas(date_as_object=False))
    table = pd.DataFrame({number: column for number, (_, column) in columns.items()}, copy=False)
    table = table.set_axis([name for name, _ in columns.values()], axis=1)
    return RawTable(table, _number_format(table, settings))


def _read_excel(path: Path, settings: CsvSettings) -> RawTable:
    try:
        columns = pd.read_excel(path)
    except ImportError as error:
        raise UserError(
            f"An Excel file needs the package {error.name or 'openpyxl'}. Received: {path.name}. "
            'Install it with: pip install "seqframe[excel]", or save the sheet as CSV.'
        ) from error
    columns = columns.set_axis([str(name).strip() for name in columns.columns], axis=1)
    return RawTable(
        columns, _number_format(columns, settings), (f"Read {path.name}: first sheet, {len(columns):,} rows.",)
    )


@contextmanager
def _read_errors(path: Path, kind: str) -> Iterator[None]:
    """Report errors of the parsers as one line."""
    try:
        yield
    except UserError:
        raise
    except (ValueError, OSError, KeyError, pa.ArrowException) as error:
        reason = " ".join(str(error).split())
        raise UserError(f"{path.name} cannot be read as {KINDS[kind]}: {reason[:200]}") from error


KINDS = {"text": "CSV", "parquet": "PARQUET", "feather": "FEATHER", "excel": "an Excel file"}
FORMATS: dict[str, Callable[[Path, CsvSettings], RawTable]] = {
    "text": _read_text,
    "parquet": _read_parquet,
    "feather": _read_feather,
    "excel": _read_excel,
}
