"""Numbers from the text of cells: decimal and thousands marks, codes for missing values, signs and units."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqframe.config.params import format_value
from seqframe.errors import UserError, show_value

MISSING = frozenset(  # codes for a missing value, in lower case
    {"", "na", "n/a", "#n/a", "nan", "-nan", "null", "none", "nil", "<na>", "missing", "-", "--", "---", "–", "—", "."}
    | {"n.a.", "n.d.", "k.a.", "no data", "nodata", "not available", "(null)", "\\n", ":", "...", "…", "***"}
    | {"..", "?", "*", "#div/0!", "#value!", "#ref!", "#num!", "#null!", "#name?", "1.#ind", "-1.#ind", "1.#qnan"}
)
BOOLEANS = ({"true": 1.0, "false": 0.0}, {"yes": 1.0, "no": 0.0}, {"t": 1.0, "f": 0.0}, {"y": 1.0, "n": 0.0})
MINUS = "-−–"
SIGNS = f"{MINUS}+"
NUMBER = r"(?:\d[\d.,'’ \u00a0\u2009\u202f]*|[.,]\d+)(?:[eE][-+]?\d+)?"
CURRENCY = r"(?:[A-Z]{1,3})?[$€£¥₹₽]|[A-Z]{3}(?=[-+−–\s\d])"
AROUND = re.compile(
    rf"(?P<open>\()?\s*(?P<sign>[{SIGNS}]?)\s*(?:(?P<before>{CURRENCY})\s*(?P<open2>\()?(?P<sign2>[{SIGNS}]?))?\s*"
    rf"(?P<number>{NUMBER})(?P<sign3>[{MINUS}]$)?"
    r"\s*(?P<after>[%‰$€£¥₹₽]|[^\W\d_][^\d(),;]*|°[^\d(),;]*)?\s*(?(open)\))(?(open2)\))"
)
INFINITE = re.compile(rf"[{SIGNS}]?inf(inity)?", re.IGNORECASE)
SCALES = frozenset({"%", "‰", "k", "K", "M", "B", "G", "T", "mn", "bn", "Mio", "Mrd", "million", "billion"})
SPACES = str.maketrans({"\u00a0": " ", "\u2009": " ", "\u202f": " ", "’": "'"})
LONGEST_CODE = 20  # characters of a cell that may be a code for a missing value
MIN_SUPPORT = 0.9  # share of the numbers that are written in the marks of a column; others are errors


@dataclass(frozen=True)
class Marks:
    """The decimal mark, and the mark between thousands; it is empty if there is none."""

    decimal: str
    thousands: str = ""

    @property
    def pattern(self) -> re.Pattern[str]:
        """A number in these marks, without sign."""
        decimal, thousands = re.escape(self.decimal), re.escape(self.thousands)
        whole = rf"\d{{1,3}}(?:{thousands}\d{{3}})+|\d+" if self.thousands else r"\d+"
        if (self.decimal, self.thousands) == (".", ","):
            whole += r"|\d{1,2}(?:,\d{2})+,\d{3}"  # Indian groups, such as 12,34,567
        return re.compile(rf"(?:(?:{whole})(?:{decimal}\d*)?|{decimal}\d+)(?:[eE][-+]?\d+)?")

    def to_float(self, number: str) -> float:
        """The value of a number that matches `pattern`."""
        digits = number.replace(self.thousands, "") if self.thousands else number
        return float(digits.replace(self.decimal, "."))

    def __str__(self) -> str:
        decimal = {".": "decimal point", ",": "decimal comma"}[self.decimal]
        thousands = {"": "", " ": ", spaces between thousands"}.get(
            self.thousands, f", {self.thousands!r} between thousands"
        )
        return decimal + thousands


POINT, COMMA = Marks("."), Marks(",")
READINGS = (POINT, COMMA, *(Marks(".", mark) for mark in ", '"), *(Marks(",", mark) for mark in ". '"))


@dataclass(frozen=True)
class NumberFormat:
    """How the numbers of a table are written.

    Attributes:
        readings: Possible marks, the preferred ones first. Columns with numbers of several readings are ambiguous.
        missing: Codes for missing values in addition to the usual ones, as text.
        others: Marks of columns that cannot be written in `readings`.
        prefers_point: Whether 5.258 is a number with a decimal point, if nothing tells otherwise.
    """

    readings: tuple[Marks, ...] = READINGS
    missing: frozenset[str] = frozenset()
    others: tuple[Marks, ...] = ()
    prefers_point: bool = True


@dataclass(frozen=True)
class ParsedCells:
    """A column as numbers.

    Attributes:
        values: NaN for missing values and for cells that hold no number: (rows,).
        bad: Whether a cell holds anything but a number or a code for a missing value: (rows,).
        notes: What was removed or replaced.
        readings: The marks that the column may be written in, if they give different values; the first one was used.
        example: The first number that these marks read differently; empty if there is none.
    """

    values: NDArray[np.float64]
    bad: NDArray[np.bool_]
    notes: tuple[str, ...] = ()
    readings: tuple[Marks, ...] = ()
    example: str = field(default="", compare=False)


def parse_cells(column: pd.Series, numbers: NumberFormat = NumberFormat()) -> ParsedCells:
    """Read a column of any type as numbers; see `to_numeric` for the errors."""
    missing = column.isna().to_numpy()
    if column.dtype.kind in "mMc" or isinstance(column.dtype, pd.PeriodDtype | pd.DatetimeTZDtype):
        return ParsedCells(np.full(len(column), np.nan), ~missing)
    if pd.api.types.is_bool_dtype(column) or pd.api.types.is_numeric_dtype(column):
        values = column.to_numpy(np.float64, na_value=np.nan)
        return ParsedCells(_without_codes(values, numbers.missing), np.zeros(len(column), bool))
    codes, cells = pd.factorize(column)  # every different cell is read once; -1 for missing cells
    parsed = _parse_unique([_as_text(cell) for cell in cells], numbers)
    values, bad = np.append(parsed.values, np.nan)[codes], np.append(parsed.bad, False)[codes]
    return ParsedCells(values, bad, parsed.notes, parsed.readings, parsed.example)


def to_numeric(
    column: pd.Series, file: str, parsed: ParsedCells, notes: list[str] | None = None
) -> NDArray[np.float64]:
    """The numbers of a column that was parsed: (rows,), NaN for missing values.

    `notes` receives what was removed or replaced.

    Raises:
        UserError: A cell holds anything but a number, or the numbers can be read in two ways; the message names the
            first such row, counted from 1.
    """
    if parsed.bad.any():
        first, count = int(parsed.bad.argmax()), int(parsed.bad.sum())
        cell = str(column.iloc[first])
        few = 2 * count < len(column) and len(cell) <= LONGEST_CODE and not re.search(r"\d", cell)
        hint = f" Correct it, or set data.csv.na_values={format_value(cell)} if it means missing." if few else ""
        raise UserError(
            f"Column {column.name} of {file} must hold numbers. "
            f"Received: {show_value(cell)} in row {first + 1} ({count} such rows).{hint}"
        )
    if len(parsed.readings) > 1:
        one, other = parsed.readings[:2]
        raise UserError(
            f"Column {column.name} of {file} must be read in one way. Received: {parsed.example}, which is "
            f"{one.to_float(parsed.example):.15g} ({one}) or {other.to_float(parsed.example):.15g} ({other}). "
            "Set data.csv.decimal to the decimal mark."
        )
    if notes is not None:
        notes.extend(f"Column {column.name}: {note}." for note in parsed.notes)
    return parsed.values


def find_readings(columns: Iterable[pd.Series], allowed: Sequence[Marks] = READINGS) -> tuple[Marks, ...]:
    """The marks in which every column of numbers can be written; `allowed` if no marks fit all columns."""
    possible = list(allowed)
    for column in columns:
        cells = [_as_text(cell) for cell in column.dropna().unique()]
        found = [match["number"] for cell in cells if (match := AROUND.fullmatch(cell))]
        if 2 * len(found) > len(cells):  # a column of numbers
            possible = list(_support(found, possible)) or possible
    return tuple(possible)


def _as_text(cell: Any) -> str:
    return str(cell).strip().translate(SPACES)


def _without_codes(values: NDArray[np.float64], codes: frozenset[str]) -> NDArray[np.float64]:
    numbers = [float(code) for code in codes if re.fullmatch(r"[-+]?[\d.]+([eE][-+]?\d+)?", code)]
    return np.where(np.isin(values, numbers), np.nan, values) if numbers else values


def _parse_unique(cells: list[str], numbers: NumberFormat) -> ParsedCells:
    """Read different cells: codes for missing values, then true and false, then numbers and what is around them."""
    missing = np.array([cell.lower() in MISSING or cell in numbers.missing for cell in cells], bool)
    codes = sorted({cell for cell, gone in zip(cells, missing, strict=True) if gone and cell})
    notes = [f"{', '.join(map(repr, codes))} taken as missing"] if codes else []
    lower = ["" if gone else cell.lower() for cell, gone in zip(cells, missing, strict=True)]
    known = set(lower) - {""}
    pair = next((pair for pair in BOOLEANS if known and known <= set(pair)), None)
    if pair is not None:
        values = np.array([pair.get(cell, np.nan) for cell in lower])
        return ParsedCells(values, np.zeros(len(cells), bool), (*notes, f"{' and '.join(pair)} read as 1 and 0"))
    matches = [None if gone else AROUND.fullmatch(cell) for cell, gone in zip(cells, missing, strict=True)]
    found = [match["number"].strip() for match in matches if match]
    readings = _support(found, numbers.readings)
    if not readings and (readings := _support(found, numbers.others)):
        notes.append(f"read with {readings[0]}, unlike other columns")
    values = np.array([_value(cell, match, readings) for cell, match in zip(lower, matches, strict=True)])
    units = {text for match in matches if match for text in _texts_around(match)}
    has_unit = np.array([bool(match and list(_texts_around(match))) for match in matches], bool)
    plain = np.array([match is not None for match in matches], bool) & ~has_unit & (values != 0)
    if len(units) > 1 or (units & SCALES and plain.any()):  # several units are no unit, and 5K is not 5
        values[has_unit] = np.nan
    elif units:
        notes.append(_describe_unit(units.pop()))
    if any(match and match["sign3"] for match in matches):
        notes.append("a minus sign behind a number makes it negative, 5.25- is -5.25")
    clear = numbers.prefers_point and POINT in readings
    different, example = ((), "") if clear else _different(readings, found)
    return ParsedCells(values, np.isnan(values) & ~missing, tuple(notes), different, example)


def _value(cell: str, match: re.Match[str] | None, readings: tuple[Marks, ...]) -> float:
    """The number in a cell; NaN if there is none."""
    if INFINITE.fullmatch(cell):
        return float(re.sub(rf"[{MINUS}]", "-", cell))
    number = match["number"].strip() if match else ""
    if not match or not readings or not readings[0].pattern.fullmatch(number):
        return np.nan
    signs = [match[name] for name in ("sign", "sign2", "sign3") if match[name]]
    brackets = bool(match["open"]) + bool(match["open2"])
    if match["sign3"] and (len(signs) > 1 or brackets):  # -5- is no number
        return np.nan
    negative = (brackets + sum(sign in MINUS for sign in signs)) % 2
    return readings[0].to_float(number) * (-1 if negative else 1)


def _texts_around(match: re.Match[str]) -> Iterator[str]:
    return (text for name in ("before", "after") if (text := (match[name] or "").strip()))


def _describe_unit(unit: str) -> str:
    return "percent signs removed, 52.58% is 52.58" if unit == "%" else f"{unit} removed from the cells"


def _support(numbers: list[str], readings: Sequence[Marks]) -> tuple[Marks, ...]:
    """The readings that fit most of the numbers, in the given order; none if they fit fewer than 90%."""
    if not numbers or not readings:
        return ()
    shares = {
        reading: sum(bool(reading.pattern.fullmatch(n.strip())) for n in numbers) / len(numbers) for reading in readings
    }
    most = max(shares.values())
    return tuple(reading for reading, share in shares.items() if share == most >= MIN_SUPPORT)


def _different(readings: tuple[Marks, ...], numbers: list[str]) -> tuple[tuple[Marks, ...], str]:
    """The readings with different values, and the first number that they read differently."""
    for number in numbers:
        values: dict[float, Marks] = {}
        for reading in readings:
            if reading.pattern.fullmatch(number):
                values.setdefault(reading.to_float(number), reading)
        if len(values) > 1:
            return tuple(values.values()), number
    return (), ""
