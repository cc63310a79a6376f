"""Random tables, written in random dialects and sometimes damaged: right values, an explanation, or one line.

A table is a list of rows of cells. The oracle is the values that the rows were made from: `{(series, time): values}`.
"""

import bz2
import csv
import gzip
import io
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any

import pandas as pd

from seqframe.config import DataSettings
from seqframe.data import tables
from seqframe.errors import UserError
from tests.fuzz.outcomes import Outcome, refused

Key = tuple[str, Any]  # the series and the time of a row, or its number
Values = dict[Key, tuple[float, ...]]

MOST_LETTERS = 400  # of a message, which may hold a path
DETECTS = hasattr(tables, "load_table")  # whether the reader detects dialects and the roles of columns

FREQUENCIES = ("D", "h", "15min", "MS", "W-SUN", "YS", "QS")
NAMES = (
    "y",
    "load",
    "pm2.5",
    "Sales, EUR",
    "it's",
    "x[1]",
    "a=b",
    "Größe",
    "per%",
    'the "best"',
    "km/h",
    "y: z",
    "2nd",
)
IDS = ("a", "b", "north", "Köln") + ("001", "NA", "1e3", "x, y") * DETECTS
DATES = {  # format of a time -> whether days and months can be mistaken for each other
    "%Y-%m-%d %H:%M:%S": False,
    "%Y-%m-%dT%H:%M:%S": False,
    "%Y-%m-%d %H:%M": False,
}
MORE_DATES = {
    "%d.%m.%Y %H:%M": True,
    "%d/%m/%Y %H:%M:%S": True,
    "%m/%d/%Y %H:%M": True,
    "%Y%m%d %H:%M": False,
    "%d %b %Y %H:%M": False,
    "%m/%d/%Y %I:%M %p": True,
}
SEPARATORS = ",;\t|" if DETECTS else ","
DECIMALS = ".," if DETECTS else "."
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "latin-1") if DETECTS else ("utf-8",)
COMPRESSIONS = {"": bytes, ".gz": gzip.compress, ".bz2": bz2.compress} if DETECTS else {"": bytes}
LINES = {  # lines above the header, and lines below the last row
    "none": ([], []),
    "title": (["Sales of the year", ""], []),
    "comments": (["# made by a logger", "# in kWh"], []),
    "total": ([], ["total"]),
    "blank": ([], ["", ""]),
}
TEXTS = ("n/k", "abc", "12:30", "1e", "1.2.3", "0x1f", "52..58", "=A1", "5 2", "--5")
NUMBERS = ("999999.99", "-999", "0", "1e20", "1e300", "1e-300", "123456789012345678")


@dataclass(frozen=True)
class Dialect:
    """How a table is written; a plain CSV file by default."""

    separator: str = ","
    decimal: str = "."
    quoting: Any = csv.QUOTE_MINIMAL
    date: str = "%Y-%m-%d %H:%M:%S"
    encoding: str = "utf-8"
    suffix: str = ""
    newline: str = "\n"
    lines: str = "none"


@dataclass
class Table:
    """Cells, the header first, and the oracle.

    Attributes:
        keys: Series and time of every row below the header.
        values: The oracle, before any damage.
        readings: What may be read without a note.
        touched: Rows that may differ if a note explains it; None for all.
        patch: A change of the written text or bytes.
        must_be_read: Whether a refusal is wrong.
        time_is_named: Whether `data.time_column` is set, and not found by the reader.
    """

    names: list[str]
    time: str | None
    series: str | None
    cells: list[list[str]]
    keys: list[Key]
    values: Values
    readings: list[Values]
    dialect: Dialect
    touched: set[Key] | None = field(default_factory=set)
    patch: Callable[[bytes], bytes] = bytes
    must_be_read: bool = True
    time_is_named: bool = True

    @property
    def columns(self) -> list[int]:
        """The positions of the columns of numbers."""
        header = self.cells[0]
        return [place for place in range(len(header)) if header[place] in self.names]


def make_table(random: Random) -> Table:
    """An undamaged table in a random dialect: 1 to 3 columns of numbers, for each of 1 to 3 series."""
    names = random.sample(NAMES, random.randint(1, 3))
    time = random.choice(("time", "Date", "ds", None))
    series = random.sample(IDS, random.randint(2, 3)) if random.random() < 0.3 and time else [""]
    dialect = _dialect(random, names + list(series))
    start = pd.Timestamp(random.choice(("2021-01-01", "1999-12-05", "2020-02-20", "2023-10-29")))
    times = pd.date_range(start, periods=random.randint(20, 45), freq=random.choice(FREQUENCIES))
    keys: list[Key] = [(name, at if time else row) for name in series for row, at in enumerate(times)]
    size = random.choice((1, 50, 3000))
    numbers: Values = {key: tuple(round(random.gauss(size, size), 2) for _ in names) for key in keys}
    id_column = "series" if len(series) > 1 else None
    cells = [[*filter(None, (time, id_column)), *names]]
    for key, row in numbers.items():
        texts = [f"{number:.2f}".replace(".", dialect.decimal) for number in row]
        cells.append([*([key[1].strftime(dialect.date)] if time else []), *([key[0]] if id_column else []), *texts])
    table = Table(names, time, id_column, cells, keys, numbers, [numbers], dialect)
    return replace(table, must_be_read=not _is_ambiguous(table), time_is_named=not DETECTS or random.random() < 0.6)


def _is_ambiguous(table: Table) -> bool:
    """Whether the table has two readings: days and months, or one column with marks that look like separators."""
    days = table.time is not None and (DATES | MORE_DATES)[table.dialect.date]
    alone = len(table.cells[0]) == 1 and (table.dialect.decimal == "," or table.dialect.lines != "none")
    return alone or (days and all(at.day < 13 for _, at in table.keys))


def _dialect(random: Random, texts: list[str]) -> Dialect:
    separator = random.choice(SEPARATORS)
    encodings = [name for name in ENCODINGS if name != "latin-1" or "".join(texts).isascii() is False]
    return Dialect(
        separator,
        "." if separator == "," else random.choice(DECIMALS),
        random.choice((csv.QUOTE_MINIMAL, csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC)),
        random.choice(list(DATES | MORE_DATES if DETECTS else DATES)),
        random.choice(encodings),
        random.choice(list(COMPRESSIONS)),
        random.choice(("\n", "\r\n")),
        random.choice(list(LINES)) if DETECTS else random.choice(("none", "blank")),
    )


def write_table(table: Table, folder: Path) -> Path:
    """Write the table in its dialect."""
    dialect, text = table.dialect, io.StringIO()
    above, below = LINES[dialect.lines]
    writer = csv.writer(text, delimiter=dialect.separator, quoting=dialect.quoting, lineterminator="\n")
    writer.writerows(table.cells)
    end = [dialect.separator.join([line] + [""] * (len(table.cells[0]) - 1)) if line else "" for line in below]
    lines = "\n".join([*above, text.getvalue() + "".join(f"{line}\n" for line in end)])
    content = table.patch(lines.replace("\n", dialect.newline).encode(dialect.encoding, "replace"))
    path = folder / f"random.csv{dialect.suffix}"
    path.write_bytes(COMPRESSIONS[dialect.suffix](content))
    return path


def read(settings: DataSettings) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """The data frame and the notes of the reader."""
    result: Any = tables.read_table(settings)
    return getattr(result, "df", result), getattr(result, "notes", ())


def check_table(random: Random, folder: Path) -> str:
    """A table, damaged in two of three cases.

    Raises:
        AssertionError: The values are wrong without a note, or the message is not one short line.
    """
    table = make_table(random)
    kind = random.choice(list(DAMAGES)) if random.random() < 0.67 else None
    damaged = table
    try:
        if kind is not None:
            damaged = DAMAGES[kind](random, replace(table, must_be_read=False, cells=[[*row] for row in table.cells]))
        return _check(table, damaged, folder).value
    except Exception as error:
        changed = [row for row in damaged.cells if row not in table.cells][:2]
        error.add_note(f"{kind}, {changed}, {table.dialect}, {table.cells[:2]}")
        raise


def _check(table: Table, damaged: Table, folder: Path) -> Outcome:
    path = write_table(damaged, folder)
    time = table.time if table.time_is_named else None
    roles = {"time_column": time, "id_column": table.series, "target": table.names[0], "features": table.names}
    settings = DataSettings.model_validate({"sequence_length": 5, "path": str(path), **roles})
    try:
        df, notes = read(settings)
    except UserError as error:
        if damaged.must_be_read:
            raise AssertionError(f"an undamaged table is refused: {error}") from None
        return refused(str(error).replace(str(path), path.name), MOST_LETTERS)
    found = values_of(df, table)
    if found in damaged.readings:
        return Outcome.READ
    write_table(table, folder)
    usual = set(map(_without_numbers, read(settings)[1]))
    explained = [note for note in notes if _without_numbers(note) not in usual]
    difference = [key for key in found.keys() | table.values.keys() if found.get(key) != table.values.get(key)]
    shown = {key: (table.values.get(key), found.get(key)) for key in difference[:3]}
    assert explained, f"read without a word: {len(difference)} rows differ: {shown}"
    assert damaged.touched is None or set(difference) <= damaged.touched, f"other rows differ: {shown}, {explained}"
    return Outcome.EXPLAINED


def values_of(df: pd.DataFrame, table: Table) -> Values:
    """What was read, like the oracle."""
    times = list(df.index.get_level_values(-1)) if table.time else list(range(len(df)))
    series = [str(name) for name in df.index.get_level_values(0)] if table.series else [""] * len(df)
    absent = [name for name in table.names if name not in df]
    assert not absent, f"columns that were read as something other than numbers: {absent}, instead {list(df)[:4]}"
    rows = df[table.names].to_numpy().tolist()
    return {key: tuple(row) for key, row in zip(zip(series, times, strict=True), rows, strict=True)}


def _without_numbers(note: str) -> str:
    return re.sub(r"\d[\d,.]*", "#", note)


Damage = Callable[[Random, Table], Table]
DAMAGES: dict[str, Damage] = {}


def damage(function: Damage) -> Damage:
    """Add a kind of damage."""
    DAMAGES[function.__name__] = function
    return function


def _change_cell(random: Random, table: Table, change: Callable[[str], str], readable: bool = False) -> Table:
    """Change one cell of numbers; `readable` says that its value is the same."""
    row, column = random.randint(1, len(table.keys)), random.choice(table.columns)
    table.cells[row][column] = change(table.cells[row][column])
    table.touched = {table.keys[row - 1]}
    table.readings = [table.values] if readable else []
    return table


@damage
def text_for_a_number(random: Random, table: Table) -> Table:
    """A cell that is no number."""
    return _change_cell(random, table, lambda cell: random.choice(TEXTS))


@damage
def empty_cell(random: Random, table: Table) -> Table:
    """A missing value, which is refused by default."""
    return _change_cell(random, table, lambda cell: random.choice(("", " ", "NaN", "-", "?", "n/a")))


@damage
def another_number(random: Random, table: Table) -> Table:
    """A number that may be unusual, but is one."""
    row, place = random.randint(1, len(table.keys)), random.randrange(len(table.names))
    text, key = random.choice(NUMBERS), table.keys[row - 1]
    table.cells[row][table.columns[place]] = text.replace(".", table.dialect.decimal)
    values = list(table.values[key])
    values[place] = float(text)
    table.readings, table.touched = [{**table.values, key: tuple(values)}], {key}
    return table


@damage
def infinite_number(random: Random, table: Table) -> Table:
    """A number that is not finite."""
    return _change_cell(random, table, lambda cell: random.choice(("1e400", "inf", "-Infinity", "∞")))


@damage
def spaces(random: Random, table: Table) -> Table:
    """Spaces around a number."""
    return _change_cell(random, table, lambda cell: f" {cell}  ", readable=True)


@damage
def nul_byte(random: Random, table: Table) -> Table:
    """A NUL byte in a number."""
    return _change_cell(random, table, lambda cell: f"{cell[:1]}\0{cell[1:]}")


@damage
def quote(random: Random, table: Table) -> Table:
    """A quote that is opened, and not closed."""
    row = random.randint(1, len(table.keys))
    text = table.cells[row][table.columns[0]]
    mark = f"{text[:1]}§{text[1:]}" if random.random() < 0.5 else f"§{text}"
    table.cells[row][table.columns[0]] = mark
    encoding = table.dialect.encoding.removesuffix("-sig").replace("utf-16", "utf-16-le")
    table.patch = lambda content: content.replace("§".encode(encoding), '"'.encode(encoding))
    table.readings, table.touched = [], {table.keys[row - 1]}
    return table


@damage
def other_decimal(random: Random, table: Table) -> Table:
    """One cell with the other decimal mark."""
    other = {".": ",", ",": "."}
    return _change_cell(random, table, lambda cell: "".join(other.get(sign, sign) for sign in cell))


@damage
def row_cut(random: Random, table: Table) -> Table:
    """A row without its last cells."""
    row, width = random.randint(1, len(table.keys)), len(table.cells[0])
    if width == 1:
        return empty_cell(random, table)
    del table.cells[row][random.randint(1, width - 1) :]
    table.readings, table.touched = [], {table.keys[row - 1]}
    return table


@damage
def cell_added(random: Random, table: Table) -> Table:
    """A row with one cell more than the header."""
    row = random.choice((1, random.randint(1, len(table.keys))))
    table.cells[row].insert(random.randint(0, len(table.cells[row])), random.choice(("7.00", "x")))
    table.readings, table.touched = [], {table.keys[row - 1]}
    return table


@damage
def rows_swapped(random: Random, table: Table) -> Table:
    """Two rows in the wrong order: sorted by time, or taken as they are where there is no time."""
    first, second = random.sample(range(1, len(table.cells)), 2)
    table.cells[first], table.cells[second] = table.cells[second], table.cells[first]
    if table.time is None:
        one, other = table.keys[first - 1], table.keys[second - 1]
        table.readings = [{**table.values, one: table.values[other], other: table.values[one]}]
    return table


@damage
def row_twice(random: Random, table: Table) -> Table:
    """A row that is repeated: dropped by its time, or taken as it is where there is no time."""
    row = random.randint(1, len(table.keys))
    table.cells.insert(row + random.choice((0, 1)), [*table.cells[row]])
    if table.time is None:
        rows = list(table.values.values())
        rows.insert(row, rows[row - 1])
        table.readings = [{("", number): values for number, values in enumerate(rows)}]
    return table


@damage
def time_twice(random: Random, table: Table) -> Table:
    """Two rows with one time and different values."""
    table = row_twice(random, table)
    if table.time is not None:
        row = next(row for row in range(1, len(table.cells)) if table.cells[row] == table.cells[row + 1])
        place = random.choice(table.columns)
        table.cells[row][place] = "77" if table.cells[row][place] != "77" else "78"
        table.readings, table.touched = [], {table.keys[row - 1]}
    return table


@damage
def row_deleted(random: Random, table: Table) -> Table:
    """A row that is not there: a gap in time."""
    row = random.randint(2, len(table.keys) - 1)
    del table.cells[row]
    key = table.keys[row - 1]
    if table.time is None:
        rows = [values for other, values in table.values.items() if other != key]
        table.readings = [{("", number): values for number, values in enumerate(rows)}]
    else:
        without = {other: values for other, values in table.values.items() if other != key}
        at_the_end = table.keys[row - 2][0] != key[0] or table.keys[row][0] != key[0]
        table.readings, table.touched = [without] if at_the_end else [], {key}
    return table


@damage
def time_changed(random: Random, table: Table) -> Table:
    """A time with a wrong year, a day that does not exist, or text."""
    if table.time is None:
        return row_cut(random, table)
    row = random.randint(1, len(table.keys))
    at = table.keys[row - 1][1]
    wrong = (
        at.replace(year=at.year + random.choice((-100, 100)), day=min(at.day, 28)).strftime(table.dialect.date),
        re.sub(r"\b0?\d\b|\b[123]\d\b", "45", table.cells[row][0], count=1),
        "later",
        "",
    )
    table.cells[row][0] = random.choice(wrong)
    table.readings, table.touched = [], {table.keys[row - 1]}
    return table


@damage
def line_inserted(random: Random, table: Table) -> Table:
    """A line that is no row."""
    line = random.choice(("-----", "abc", "# a comment", "<br>"))
    table.cells.insert(random.randint(2, len(table.keys)), [line])
    table.readings = [table.values] if line.startswith("#") and len(table.cells[0]) > 1 else []
    return table


@damage
def blank_line(random: Random, table: Table) -> Table:
    """A blank line between rows."""
    table.cells.insert(random.randint(2, len(table.keys)), [])
    return table


@damage
def line_broken(random: Random, table: Table) -> Table:
    """A row on two lines."""
    row = random.randint(1, len(table.keys))
    cells = table.cells[row]
    if len(cells) == 1:
        return row_cut(random, table)
    place = random.randint(1, len(cells) - 1)
    table.cells[row : row + 1] = [cells[:place], cells[place:]]
    table.readings, table.touched = [], {table.keys[row - 1]}
    return table


@damage
def name_twice(random: Random, table: Table) -> Table:
    """A column of numbers that has no name, or the name of another column."""
    place = random.choice(table.columns)
    table.cells[0][place] = random.choice(("", table.cells[0][0])) if place else ""
    table.readings, table.touched = [], set()
    return table


@damage
def invalid_byte(random: Random, table: Table) -> Table:
    """A byte that is no letter of the encoding, in a number."""
    table = _change_cell(random, table, lambda cell: f"{cell}§")
    encoding = table.dialect.encoding.removesuffix("-sig").replace("utf-16", "utf-16-le")
    table.patch = lambda content: content.replace("§".encode(encoding), b"\xff")
    table.touched = None
    return table


@damage
def truncated(random: Random, table: Table) -> Table:
    """A file that ends within a row; a last number that has lost digits cannot be noticed."""
    row = random.randint(5, len(table.keys))
    cells = [*table.cells[row]]
    place = random.randrange(len(cells))
    length = random.randint(0, max(0, len(cells[place]) - 1))
    cells[place + 1 :], cells[place] = [], cells[place][:length]
    table.cells[row:] = [cells]
    keys = table.keys[: row - 1]
    table.readings = []
    table.touched = set(table.keys) - set(keys)
    if place == len(table.cells[0]) - 1 and re.fullmatch(r"-?\d+([.,]\d*)?", cells[place]):
        rest = {key: table.values[key] for key in keys}
        last = tuple(float(cells[place].replace(",", ".")) for place in table.columns)
        table.readings = [rest | {table.keys[row - 1]: last}]
    return table
