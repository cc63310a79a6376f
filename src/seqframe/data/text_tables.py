"""Reading of text tables: plain numbers by the parser, all other cells as text."""

import codecs
import io
import math
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import compute
from pyarrow import csv as arrow_csv

from seqframe.config import CsvSettings
from seqframe.data.cells import POINT, NumberFormat
from seqframe.data.compression import open_text
from seqframe.data.dialect import Dialect, detect_dialect
from seqframe.data.layout import split_line
from seqframe.data.raw_table import SAMPLE, RawTable, number_format
from seqframe.errors import UserError, count_noun, show_value

BLOCK = 1 << 22  # bytes parsed at a time
ROOM = 1.1  # room for the numbers of all blocks, in blocks as long as the first one
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
    """The columns in these types, or about the first `most` rows of them: NumPy arrays, or pandas arrays of text.

    Raises:
        UserError: A row has more or fewer cells than the others.
    """
    layout, rows = dialect.layout, 0
    damaged: list[arrow_csv.InvalidRow] = []
    blocks = 1 if dialect.compression or most else math.ceil(path.stat().st_size / BLOCK)
    columns = [_Text() if kind == pa.string() else _Numbers(blocks) for kind in types]
    options = _parser_options(dialect, types, damaged)
    with _open_source(path, dialect) as source, arrow_csv.open_csv(source, *options) as reader:
        for batch in reader:
            for place, column in enumerate(columns):
                column.append(batch.column(place))
            rows += len(batch)
            if most is not None and rows >= most:
                break
    if damaged:
        raise UserError(_describe_damage(path, dialect, damaged))
    footer = sum(len(split_line(line, layout.separator)) == len(types) for line in layout.footer)
    footer += layout.blank_end * (len(types) == 1)  # in a single column, a blank line is a missing value
    rows = rows - footer if most is None else min(rows, most)
    return [column.first(rows) for column in columns]


class _Numbers:
    """A column of numbers that grows block by block; room for all blocks is reserved with the first one."""

    def __init__(self, blocks: int) -> None:
        self._blocks, self._rows = blocks, 0
        self._values: NDArray[Any] = np.empty(0)

    def append(self, block: pa.Array) -> None:
        values = block.to_numpy(zero_copy_only=False)  # float64 if a value is missing
        start, stop, room = self._rows, self._rows + len(values), len(self._values)
        kind = np.result_type(values, self._values) if start else values.dtype
        if stop > room:
            room = max(int(ROOM * self._blocks * len(values)), 2 * room, stop)
        if room > len(self._values) or kind != self._values.dtype:
            grown = np.empty(room, kind)
            grown[:start] = self._values[:start]
            self._values = grown
        self._values[start:stop] = values
        self._rows = stop

    def first(self, rows: int) -> NDArray[Any]:
        """The first rows."""
        return self._values[:rows]


class _Text:
    """A column of text that grows block by block."""

    def __init__(self) -> None:
        self._blocks: list[pa.Array] = []

    def append(self, block: pa.Array) -> None:
        self._blocks.append(block)

    def first(self, rows: int) -> Any:
        """The first rows, without spaces around them."""
        text = pa.chunked_array(self._blocks, pa.string()).slice(0, rows)
        return compute.utf8_trim_whitespace(text).to_pandas()


def _parser_options(
    dialect: Dialect, types: Sequence[pa.DataType], damaged: list[arrow_csv.InvalidRow]
) -> tuple[Any, Any, Any]:
    """Options of the parser; `damaged` receives the rows with another number of cells, but no footers and comments."""
    layout, names = dialect.layout, [str(place) for place in range(len(types))]

    def handle(row: arrow_csv.InvalidRow) -> str:
        text = row.text.strip()
        if text and text not in layout.footer and not (layout.comments and text.startswith("#")):
            damaged.append(row)
        return "skip"

    encoding = "utf-8" if dialect.encoding == "utf-8-sig" else dialect.encoding
    return (
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
