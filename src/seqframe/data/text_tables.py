"""Reading of text tables: plain numbers by the parser, all other cells as text."""

import codecs
import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, Any

import pandas as pd
import pyarrow as pa
from pyarrow import compute
from pyarrow import csv as arrow_csv

from seqframe.config import CsvSettings
from seqframe.data.cells import POINT, NumberFormat
from seqframe.data.compression import open_text
from seqframe.data.dialect import Dialect, detect_dialect
from seqframe.data.layout import split_line
from seqframe.data.raw_table import SAMPLE, RawTable, number_format
from seqframe.errors import UserError

BLOCK = 1 << 22  # bytes parsed at a time
INTEGER = re.compile(r"\s*[-+]?(0|[1-9]\d{0,17})\s*")
DECIMAL = re.compile(r"\s*[-+]?((0|[1-9]\d*)(\.\d*)?|\.\d+|inf)([eE][-+]?\d+)?\s*")
THOUSANDS = re.compile(r"\s*[-+]?([1-9]\d{0,2}(\.\d{3})?|0)\s*")
CONVERSION_ERROR = re.compile(r"In CSV column #(\d+): CSV conversion error")


def read_text_table(path: Path, settings: CsvSettings) -> RawTable:
    """Read all columns of a text table.

    Raises:
        UserError: The file is no text table, a row has more or fewer cells than the others, or there is no row.
    """
    dialect = detect_dialect(path, settings)
    arrays = _parse_typed(path, dialect)
    if not arrays or not len(arrays[0]):
        raise UserError(f"A table needs at least one row. Received: {path.name} with none.")
    columns = _name_columns(arrays, dialect)
    numbers = number_format(columns, settings, dialect.layout.separator)
    found = ", ".join([*dialect.describe(), *_describe_marks(numbers), f"{len(columns):,} rows"])
    return RawTable(columns, numbers, (f"Read {path.name}: {found}.",), partial(_read_as_text, path, dialect))


def _read_as_text(path: Path, dialect: Dialect, name: str) -> pd.Series:
    """One column as it is written in the file."""
    names = dialect.layout.names
    text: pd.Series = _parse(path, dialect, [pa.string()] * len(names))[names.index(name)]
    return text


def _parse_typed(path: Path, dialect: Dialect) -> list[Any]:
    """All columns, with the types that the first rows show; a column that has another type later is read again."""
    separator = dialect.layout.separator
    sample = _parse(path, dialect, [pa.string()] * len(dialect.layout.names), SAMPLE)
    types = [_find_type(column, separator) for column in sample]
    while True:
        try:
            return _parse(path, dialect, types)
        except pa.ArrowInvalid as error:
            match = CONVERSION_ERROR.match(str(error))
            if match is None or types[int(match[1])] == pa.string():
                raise
            types[int(match[1])] = pa.float64() if types[int(match[1])] == pa.int64() else pa.string()


def _parse(path: Path, dialect: Dialect, types: Sequence[pa.DataType], most: int | None = None) -> list[Any]:
    """The columns in these types, up to `most` rows: NumPy arrays, or pandas arrays of text.

    Raises:
        UserError: A row has more or fewer cells than the others.
    """
    layout, width, rows = dialect.layout, len(types), 0
    damaged: list[arrow_csv.InvalidRow] = []
    chunks: list[list[Any]] = [[] for _ in types]
    with _open_reader(path, dialect, types, damaged) as reader:
        for batch in reader:
            for place, chunk in enumerate(chunks):
                chunk.append(batch.column(place))
            rows += len(batch)
            if most is not None and rows >= most:
                break
    if damaged:
        raise UserError(_describe_damage(path, dialect, damaged))
    footer = sum(len(split_line(line, layout.separator)) == width for line in layout.footer)
    rows = rows - footer if most is None else min(rows, most)
    return [_to_array(chunk, rows) for chunk in chunks]


@contextmanager
def _open_reader(
    path: Path, dialect: Dialect, types: Sequence[pa.DataType], damaged: list[arrow_csv.InvalidRow]
) -> Iterator[Any]:
    """Batches of rows; `damaged` receives the rows with another number of cells, apart from footers and comments."""
    layout, names = dialect.layout, [str(place) for place in range(len(types))]

    def handle(row: arrow_csv.InvalidRow) -> str:
        text = row.text.strip()
        if text and text not in layout.footer and not (layout.comments and text.startswith("#")):
            damaged.append(row)
        return "skip"

    encoding = "utf-8" if dialect.encoding == "utf-8-sig" else dialect.encoding
    options = (
        arrow_csv.ReadOptions(column_names=names, skip_rows=layout.skip, block_size=BLOCK, encoding=encoding),
        arrow_csv.ParseOptions(
            delimiter=layout.separator,
            ignore_empty_lines=len(types) > 1,
            newlines_in_values=layout.multiline,
            invalid_row_handler=handle,
        ),
        arrow_csv.ConvertOptions(
            column_types=dict(zip(names, types, strict=True)),
            null_values=[""],
            quoted_strings_can_be_null=True,
            strings_can_be_null=True,
        ),
    )
    with open_text(path, dialect.compression) as file:
        source = _collapse_spaces(file, encoding) if layout.separator == " " else file
        with arrow_csv.open_csv(source, *options) as reader:
            yield reader


def _collapse_spaces(file: IO[bytes], encoding: str) -> IO[bytes]:
    """The text with one space between cells."""
    text = file.read().decode(encoding)
    return io.BytesIO(re.sub(r"[ \t]+", " ", re.sub(r"(?m)^[ \t]+|[ \t]+$", "", text)).encode(encoding))


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
    for place, (name, array) in enumerate(zip(dialect.layout.names, arrays, strict=True)):
        if name or not pd.isna(array).all():
            named[place] = name or f"Unnamed: {place}"
    columns = pd.DataFrame({place: arrays[place] for place in named}, copy=False)
    return columns.set_axis(list(named.values()), axis=1)


def _describe_marks(numbers: NumberFormat) -> Iterator[str]:
    """The marks, unless they are a decimal point alone."""
    if numbers.readings[0] != POINT:
        yield str(numbers.readings[0])


def _describe_damage(path: Path, dialect: Dialect, damaged: Sequence[arrow_csv.InvalidRow]) -> str:
    """One line about rows with too many or too few cells."""
    first, expected = damaged[0], len(dialect.layout.names)
    text = first.text.strip()
    shown = text if len(text) <= 60 else f"{text[:60]} …"
    row = _find_row(path, dialect, text)
    more = f" ({len(damaged)} such rows)" if len(damaged) > 1 else ""
    cells = f"{first.actual_columns} cell{'s' * (first.actual_columns != 1)}"
    return (
        f"Every row of {path.name} must have {expected} cells. Received: {cells} in row {row}, {shown!r}{more}. "
        "Fix the row; if the cells are separated in another way, set data.csv.sep."
    )


def _find_row(path: Path, dialect: Dialect, text: str) -> int:
    """Number of the data row with this text, counted from 1."""
    with open_text(path, dialect.compression) as file:
        lines = codecs.getreader(dialect.encoding)(file, "replace")
        rows = (line for number, line in enumerate(lines) if number >= dialect.layout.skip and line.strip())
        return next((number for number, line in enumerate(rows, 1) if line.strip() == text), 0)
