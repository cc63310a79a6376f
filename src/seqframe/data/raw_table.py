"""All columns of a table as they were read, before any of them has a role."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from pandas.api.types import is_hashable

from seqframe.config import CsvSettings
from seqframe.data.cells import READINGS, Marks, NumberFormat, ParsedCells, find_readings, parse_cells
from seqframe.data.time_columns import is_time_column

SAMPLE = 5000  # rows of text that show how numbers are written
INDEX = "index"  # name of an index without a name


@dataclass(frozen=True)
class RawTable:
    """All columns of a table, before any of them has a role.

    Attributes:
        columns: The columns by position: numbers, text, times, or what a data frame holds; all have the same index.
        numbers: How numbers in text are written.
        notes: What was detected while reading.
        as_text: Reads a column again as it is written, by its name; None where that is how it was read.
    """

    columns: pd.DataFrame
    numbers: NumberFormat = field(default_factory=NumberFormat)
    notes: tuple[str, ...] = ()
    as_text: Callable[[str], pd.Series] | None = None
    _parsed: dict[str, ParsedCells] = field(default_factory=dict, init=False, repr=False, compare=False)

    def parse(self, name: str) -> ParsedCells:
        """A column as numbers; text is parsed once."""
        column = self.columns[name]
        if not _is_text(column.dtype):
            return parse_cells(column, self.numbers)
        if name not in self._parsed:
            self._parsed[name] = parse_cells(column, self.numbers)
        return self._parsed[name]

    def is_missing(self, name: str) -> NDArray[np.bool_]:
        """Whether a cell of a column is empty or a code for a missing value: (rows,)."""
        empty = np.asarray(self.columns[name].isna(), bool)
        if pd.api.types.is_numeric_dtype(self.columns[name]):
            return empty
        parsed = self.parse(name)
        return empty | (np.isnan(parsed.values) & ~parsed.bad)

    def with_columns(self, columns: pd.DataFrame) -> "RawTable":
        """The table with more columns, or with other ones in place of columns of numbers; the rows are the same."""
        table = replace(self, columns=columns)
        table._parsed.update(self._parsed)
        return table

    def has_value(self, names: Sequence[str]) -> NDArray[np.bool_]:
        """Whether a row has a number in any of these columns: (rows,); columns that do not exist have none."""
        known = np.zeros(len(self.columns), bool)
        for name in names:
            if name in self.columns:
                known |= ~np.isnan(self.parse(name).values)
        return known


def make_raw_table(columns: pd.DataFrame, settings: CsvSettings | None = None) -> RawTable:
    """A data frame as a raw table: names are text, and an index with names or times becomes columns."""
    settings = settings or CsvSettings()
    columns = _with_text_names(_index_to_columns(_with_text_names(columns)))
    columns = with_text_of_objects(columns)
    return RawTable(columns, number_format(columns, settings))


def _with_text_names(columns: pd.DataFrame) -> pd.DataFrame:
    return columns.set_axis([str(name).strip() for name in columns.columns], axis=1)


def _index_to_columns(columns: pd.DataFrame) -> pd.DataFrame:
    """The table with the levels of its index as columns, if they have names, hold times, or are several.

    Levels that repeat a column, as after `set_index(drop=False)`, are dropped.
    """
    index = columns.index
    named = any(name is not None for name in index.names)
    if not named and index.nlevels == 1 and not is_time_column(index[:SAMPLE].to_series()):
        return columns
    repeated = [
        level
        for level, name in enumerate(index.names)
        if list(columns).count(name) == 1 and index.get_level_values(level).equals(pd.Index(columns[name]))
    ]
    if repeated:
        columns = columns.reset_index(level=repeated, drop=True)
    return columns if len(repeated) == index.nlevels else columns.reset_index(allow_duplicates=True)


def with_text_of_objects(columns: pd.DataFrame) -> pd.DataFrame:
    """The columns, with lists and other objects that cannot be compared as text."""
    for place, kind in enumerate(columns.dtypes):
        cells = columns.iloc[:, place]
        nested = isinstance(kind, pd.ArrowDtype) and pa.types.is_nested(kind.pyarrow_dtype)
        if nested or (pd.api.types.is_object_dtype(kind) and not all(map(is_hashable, cells))):
            columns = columns.copy(deep=False)
            columns.isetitem(place, cells.astype(object).map(str, na_action="ignore"))
    return columns


def number_format(columns: pd.DataFrame, settings: CsvSettings, separator: str = "") -> NumberFormat:
    """How the numbers in the text columns are written: as the settings say, or in marks that fit all columns."""
    allowed = [
        marks
        for marks in READINGS
        if settings.decimal in (None, marks.decimal) and settings.thousands in (None, marks.thousands)
    ]
    given = Marks(settings.decimal or ".", settings.thousands or "")
    text = (columns.iloc[:SAMPLE, place] for place, kind in enumerate(columns.dtypes) if _is_text(kind))
    plain = any(kind == np.float64 for kind in columns.dtypes) and bool(separator)
    readings = find_readings(text, [each for each in allowed if not plain or each.decimal == "."] or [given])
    missing = frozenset(map(str, settings.missing_codes))
    return NumberFormat(
        readings, missing, tuple(allowed), prefers_point=settings.decimal is not None or plain or separator != ";"
    )


def _is_text(kind: Any) -> bool:
    return bool(pd.api.types.is_string_dtype(kind) or pd.api.types.is_object_dtype(kind))
