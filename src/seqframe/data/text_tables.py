"""Reading of text tables: plain numbers by the parser, all other cells as text."""

import codecs
import io
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
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
from seqframe.data.layout import COMMENTS, split_line
from seqframe.data.raw_table import SAMPLE, RawTable, number_format
from seqframe.errors import UserError, count_noun, show_value

BLOCK = 1 << 21  # bytes parsed at a time
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
    try:
        arrays = _parse_typed(path, dialect)
    except pa.ArrowInvalid as error:
        if "UTF8" not in str(error) or settings.encoding is not None:
            raise
        return read_text_table(path, settings.model_copy(update={"encoding": "cp1252"}))  # first seen in a late row
    if not arrays or not len(arrays[0]):
        raise UserError(f"A table needs at least one row. Received: {path.name} with none.")
    columns = name_columns(arrays, dialect.layout.names)
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
    sample = _read(path, dialect, [pa.string()] * len(dialect.layout.names), SAMPLE)[0]
    types = [_find_type(column, dialect.layout.separator) for column in _to_columns(sample)]
    while True:
        try:
            return _parse(path, dialect, types)
        except pa.ArrowInvalid as error:
            match = CONVERSION_ERROR.match(str(error))
            if match is None or types[int(match[1])] == pa.string():
                raise
            types[int(match[1])] = pa.float64() if types[int(match[1])] == pa.int64() else pa.string()


def _parse(path: Path, dialect: Dialect, types: Sequence[pa.DataType]) -> list[Any]:
    """The columns in these types.

    Raises:
        UserError: A row has more or fewer cells than the others.
    """
    layout = dialect.layout
    table, damaged = _read(path, dialect, types)
    if damaged:  # threads meet damaged rows in any order
        raise UserError(_describe_damage(path, dialect, _read(path, dialect, types, threads=False)[1]))
    footer = sum(len(split_line(line, layout.separator)) == len(types) for line in layout.footer)
    footer += layout.blank_end * (len(types) == 1)  # in a single column, a blank line is a missing value
    return _to_columns(table.slice(0, len(table) - footer))


def _read(
    path: Path, dialect: Dialect, types: Sequence[pa.DataType], most: int | None = None, threads: bool = True
) -> tuple[pa.Table, list[arrow_csv.InvalidRow]]:
    """The columns in these types, or the first `most` rows of them, and the rows with another number of cells."""
    block = BLOCK
    while True:
        damaged: list[arrow_csv.InvalidRow] = []
        read_options, *options = _parser_options(dialect, types, damaged)
        read_options.block_size, read_options.use_threads = block, threads
        try:
            with _open_source(path, dialect) as source:
                if most is None:
                    return arrow_csv.read_csv(source, read_options, *options), damaged
                return _read_first(arrow_csv.open_csv(source, read_options, *options), most), damaged
        except pa.ArrowInvalid as error:
            if "straddling object" not in str(error):
                raise
            block *= 8  # a row is longer than a block


def _read_first(reader: arrow_csv.CSVStreamingReader, most: int) -> pa.Table:
    parts, rows = [], 0
    with reader:
        while rows < most and (part := next(reader, None)) is not None:
            parts.append(part)
            rows += len(part)
        return pa.Table.from_batches(parts, reader.schema).slice(0, most)


def _to_columns(table: pa.Table) -> list[Any]:
    """NumPy arrays of numbers, NaN where a value is missing, and pandas arrays of text without spaces around it."""
    with ThreadPoolExecutor() as pool:
        return list(pool.map(_to_column, table.columns))


def _to_column(column: pa.ChunkedArray) -> Any:
    is_text = column.type == pa.string()
    return compute.utf8_trim_whitespace(column).to_pandas() if is_text else column.to_numpy()


def _parser_options(
    dialect: Dialect, types: Sequence[pa.DataType], damaged: list[arrow_csv.InvalidRow]
) -> tuple[Any, Any, Any]:
    """Options of the parser; `damaged` receives the rows with another number of cells, but no footers and comments."""
    layout, names = dialect.layout, [str(place) for place in range(len(types))]

    def handle(row: arrow_csv.InvalidRow) -> str:
        text = row.text.strip()
        if text and text not in layout.footer and not (layout.comments and text.startswith(COMMENTS)):
            damaged.append(row)
        return "skip"

    encoding = "utf-8" if dialect.encoding == "utf-8-sig" else dialect.encoding
    return (
        arrow_csv.ReadOptions(column_names=names, skip_rows=layout.skip, encoding=encoding),
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


@contextmanager
def _open_source(path: Path, dialect: Dialect) -> Iterator[Any]:
    """The file, decompressed, with one space between cells that spaces separate."""
    if not dialect.compression and dialect.layout.separator != " ":
        with pa.OSFile(str(path)) as source:
            yield source
        return
    with open_text(path, dialect.compression) as file:
        yield _collapse_spaces(file, dialect.encoding) if dialect.layout.separator == " " else file


def _collapse_spaces(file: IO[bytes], encoding: str) -> IO[bytes]:
    """The text with one space between cells."""
    text = file.read().decode(encoding)
    return io.BytesIO(re.sub(r"[ \t]+", " ", re.sub(r"(?m)^[ \t]+|[ \t]+$", "", text)).encode(encoding))


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


def name_columns(arrays: list[Any], names: Sequence[str]) -> pd.DataFrame:
    """The columns by name; a column without a name and without a value is dropped."""
    named = {}
    for place, (name, array) in enumerate(zip(names, arrays, strict=True)):
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
    row = _find_row(path, dialect, text)
    more = f" ({len(damaged)} such rows)" if len(damaged) > 1 else ""
    received = f"{count_noun(first.actual_columns, 'cell')} in row {row}, {show_value(text)}{more}"
    return (
        f"Every row of {path.name} must have {count_noun(expected, 'cell')}. Received: {received}. "
        "Fix the row; if the cells are separated in another way, set data.csv.sep."
    )


def _find_row(path: Path, dialect: Dialect, text: str) -> int:
    """Number of the data row with this text, counted from 1."""
    with open_text(path, dialect.compression) as file:
        lines = codecs.getreader(dialect.encoding)(file, "replace")
        rows = (line for number, line in enumerate(lines) if number >= dialect.layout.skip and line.strip())
        return next((number for number, line in enumerate(rows, 1) if line.strip() == text), 0)
