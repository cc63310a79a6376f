"""Layout of a text table: the separator, the line with the names, and lines that are no data."""

import csv
import io
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

from seqframe.config import CsvSettings
from seqframe.data.cells import AROUND, MISSING
from seqframe.errors import UserError, count_noun

SEPARATORS = "\t;|,"  # the preferred one first
COMMENTS = ("#", "%", "//")
TOTAL = re.compile(
    r"(grand |sub)?-?\s*(totals?|sum|average|avg|mean|median|min|max|minimum|maximum|count|gesamt|summe|mittelwert|"
    r"total général|moyenne)\b.*",
    re.I,
)
INFINITE = re.compile(r"[-+]?inf(inity)?", re.IGNORECASE)
DATE = re.compile(
    r"\W*\d{1,4}[-/.]\s?(\d{1,2}|[A-Za-z]{3,9})([-/.]\s?\d{1,4})?.*|"
    r"\d{8}[T ]\d{1,2}:.*|\d{1,2}:\d{2}.*|(\d{4}-?)?[QqWw]\d{1,2}.*"
)
WORDS = re.compile(r"[^\W\d_]{2}.*[:\s]|[:\s].*[^\W\d_]{2}")  # a sentence rather than one word
MAX_FOOTER = 20  # lines
MAX_ABOVE = 10  # lines between a title and the names
MAX_UNITS = 2  # lines between the names and the values
MAX_LINES = 1000  # from which the separator is found


@dataclass(frozen=True)
class Line:
    """A line that is not blank: its number, counted from 0, its text and its cells."""

    number: int
    text: str
    cells: list[str]


@dataclass(frozen=True)
class TextLayout:
    """Where the data is in a text table.

    Attributes:
        separator: The character between cells.
        names: Names of the columns, without spaces around them; empty for a column without a name.
        skip: Number of lines before the first data row.
        footer: Lines after the last data row.
        blank_end: Number of blank lines after the last data row.
        comments: Whether there are comments between the rows.
        multiline: Whether cells have line breaks.
        notes: What was found besides the data.
    """

    separator: str
    names: tuple[str, ...]
    skip: int
    footer: tuple[str, ...] = ()
    blank_end: int = 0
    comments: bool = False
    multiline: bool = False
    notes: tuple[str, ...] = ()


def find_layout(lines: Sequence[str], end: Sequence[str], settings: CsvSettings, file: str) -> TextLayout:
    """Find the layout from the first and the last lines of a table.

    Raises:
        UserError: There is no row, or the names do not fit the rows.
    """
    separator = settings.sep or _find_separator(lines, settings.decimal)
    rows = _split(lines, separator)
    if not rows:
        raise UserError(f"A table needs a header and at least one row. Received an empty file: {file}.")
    width = _find_width(rows)
    start = _find_header(rows, width, settings)
    header, body = rows[start].cells, rows[start + 1 :]
    header = [rows[start].text.strip().strip('"')] if width == 1 and len(header) > 1 else header
    _check_decimal_comma(header, body, separator, file)
    names, notes, units = _name_row_names(header, body, width), [], _count_units(body)
    if _is_data(header, body):
        names, body, units = _commented_names(rows[:start], separator, width), rows[start:], 0
        if not names:
            names = [f"column_{number + 1}" for number in range(len(header))]
            notes = [f"no header, columns named {names[0]} to {names[-1]}"]
    names = _fit_names(names, width, file)
    footer = _find_footer(_split(end, separator), len(names), settings)
    return TextLayout(
        separator=separator,
        names=tuple(names),
        skip=body[units].number if len(body) > units else len(lines),
        footer=tuple(line.text for line in footer),
        blank_end=_count_blank_end(end, footer),
        comments=any(_is_comment(line.text) for line in body),
        multiline=any("\n" in line.text for line in rows),
        notes=(*notes, *_describe_lines(rows[:start], body[:units], footer, lines)),
    )


def check_quotes(lines: Sequence[str], file: str) -> None:
    """Check that every quote is closed.

    Raises:
        UserError: One is not.
    """
    odd = [number for number, line in enumerate(lines, 1) if line.count('"') % 2]
    if len(odd) % 2:
        raise UserError(
            f"A quote in a cell must be closed. Received: {file}, where one is not, in line {odd[-1]} or before. "
            "Fix the line."
        )


def _split(lines: Sequence[str], separator: str) -> list[Line]:
    """The lines that are not blank, with their cells; a cell with line breaks belongs to its first line."""
    found, buffer, first = [], "", 0
    for number, line in enumerate(lines):
        first = first if buffer else number
        buffer = f"{buffer}\n{line}" if buffer else line
        if buffer.count('"') % 2 and buffer.count("\n") < MAX_FOOTER:
            continue
        if buffer.strip():
            found.append(Line(first, buffer, split_line(buffer, separator)))
        buffer = ""
    return found


def split_line(line: str, separator: str) -> list[str]:
    """The cells of a line, without spaces around them."""
    line = " ".join(line.split()) if separator == " " else line
    return [cell.strip() for cell in next(csv.reader(io.StringIO(line, newline=""), delimiter=separator), [])]


def _find_separator(lines: Sequence[str], decimal: str | None) -> str:
    """The separator that splits most lines into the same number of cells, more than one."""
    best, most = ",", 0.0
    for separator in SEPARATORS.replace(",", "") if decimal == "," else SEPARATORS:
        rows = [row for row in _split(lines[:MAX_LINES], separator) if not _is_comment(row.text)]
        width, count = Counter(len(row.cells) for row in rows).most_common(1)[0] if rows else (1, 0)
        if width > 1 and count / len(rows) > most:
            best, most = separator, count / len(rows)
    if most:
        return best
    rows = [row for row in _split(lines[:MAX_LINES], " ") if not _is_comment(row.text)]
    widths = {len(row.cells) for row in rows[1:]}
    width = widths.pop() if len(widths) == 1 else 0
    return " " if width > 1 and len(rows[0].cells) in (width, width - 1) else ","


def _is_comment(text: str) -> bool:
    return text.lstrip().startswith(COMMENTS) and not AROUND.fullmatch(text.split(",", maxsplit=1)[0].strip())


def _find_width(rows: Sequence[Line]) -> int:
    """The most frequent number of cells."""
    return Counter(len(row.cells) for row in rows if not _is_comment(row.text)).most_common(1)[0][0]


def _find_header(rows: Sequence[Line], width: int, settings: CsvSettings) -> int:
    """Position of the line with the names: the first one that is as long as the rows, or nearly so."""
    if settings.skiprows is not None:
        return next((n for n, row in enumerate(rows) if row.number >= settings.skiprows), len(rows) - 1)
    for place, row in enumerate(rows):
        filled, count = sum(map(bool, row.cells)), len(row.cells)
        likely = not _is_comment(row.text) and 2 * filled >= min(width, count)
        if likely and _is_above_names(row, rows[place + 1 :], width):
            continue
        if likely and (count == width or _fits(row, rows[place + 1 : place + 3], width)):
            return place
    return 0


def _is_above_names(row: Line, following: Sequence[Line], width: int) -> bool:
    """Whether a line is a title, or names several columns, and the names are in a later line, just above the values."""
    complete = all(row.cells) and not row.cells[0].endswith(":") and not any(map(_is_plain, row.cells))
    full = (
        place
        for place, each in enumerate(following[:MAX_ABOVE])
        if len(each.cells) == width and all(each.cells) and not any(map(_is_value, each.cells))
    )
    place = None if complete else next(full, None)
    below = [] if place is None else following[place + 1 : place + 3]
    return any(_is_plain(cell) for each in below for cell in each.cells)


def _fits(row: Line, following: Sequence[Line], width: int) -> bool:
    """Whether a line can hold the names of rows that have more cells: one for row names, or empty ones at the end."""
    if not following or any(len(each.cells) != width for each in following):
        return False
    kinds = [list(map(_is_plain, each.cells)) for each in following]
    surplus = following[0].cells[len(row.cells) :]
    return any(kinds[0]) and kinds[0] == kinds[-1] and (len(row.cells) == width - 1 or not any(surplus))


def _is_value(cell: str) -> bool:
    return bool(AROUND.fullmatch(cell) or DATE.fullmatch(cell) or INFINITE.fullmatch(cell))


def _is_plain(cell: str) -> bool:
    """Whether a cell is a value without a unit, so that it is hardly a name, which `2nd` is."""
    match = AROUND.fullmatch(cell)
    return bool(DATE.fullmatch(cell) or (match and not (match["after"] or "").isalpha()))


def _is_data(header: list[str], body: Sequence[Line]) -> bool:
    """Whether a line holds values like the line below it, so that the table has no names."""
    if not body or not header[0] or not all(_is_plain(cell) or cell.lower() in MISSING for cell in header):
        return False
    pairs = zip(header, body[0].cells, strict=False)
    return all(bool(AROUND.fullmatch(one)) == bool(AROUND.fullmatch(two)) for one, two in pairs if one and two)


def _name_row_names(header: list[str], body: Sequence[Line], width: int) -> list[str]:
    """The names, with an empty one for a first column of row names."""
    named = len(header) == width - 1 and any(row.cells[-1] for row in body if len(row.cells) == width)
    return ["", *header] if named else header


def _fit_names(names: list[str], width: int, file: str) -> list[str]:
    """As many names as a row has cells; surplus cells have empty names."""
    while len(names) > width and not names[-1]:
        names = names[:-1]
    if len(names) > width:
        raise UserError(
            f"The rows of {file} must have as many cells as the header has names. Received: {len(names)} names "
            f"and rows of {width} cells. Fix the header; if the cells are separated in another way, set data.csv.sep."
        )
    return names + [""] * (width - len(names))


def _check_decimal_comma(header: list[str], body: Sequence[Line], separator: str, file: str) -> None:
    """Check that a single column of numbers does not have decimal commas.

    Raises:
        UserError: Cells may be parts of numbers.
    """
    pairs = [row.cells for row in body if len(row.cells) == 2]
    parts = [bool(re.fullmatch(r"[-+]?\d+", first) and second.isdigit()) for first, second in pairs]
    if separator == "," and len(header) == 1 and 2 * sum(parts) > len(parts):
        raise UserError(
            f"The rows of {file} must have as many cells as the header has names. Received: 1 name, and rows such "
            f"as {','.join(pairs[0])}, which are two cells, or a number with a decimal comma. Set data.csv.decimal to "
            "',' for the latter, or name both columns."
        )


def _commented_names(above: Sequence[Line], separator: str, width: int) -> list[str]:
    """Names in the comment just above the first row; none if it has another number of cells."""
    cells = split_line(above[-1].text.lstrip("#% "), separator) if above and _is_comment(above[-1].text) else []
    return cells if len(cells) == width else []


def _count_units(body: Sequence[Line]) -> int:
    """Number of lines below the names that have units, or other words, instead of values."""
    return next((count for count in range(MAX_UNITS, 0, -1) if _are_units(body, count)), 0)


def _are_units(body: Sequence[Line], count: int) -> bool:
    """Whether the first lines have words in columns of values."""
    if len(body) < count + 2:
        return False
    second = body[count].cells
    return all(_has_units(row.cells, second) for row in body[:count])


def _has_units(first: list[str], second: list[str]) -> bool:
    """Whether a line has units, and a later one values."""
    words = [cell for cell in first if cell.lower() not in MISSING]
    below = [two for one, two in zip(first, second, strict=False) if one.lower() not in MISSING]
    damaged = len(first) == 1 and not re.fullmatch(r"\[.*\]|\(.*\)", first[0])  # rather than a unit, such as [kWh]
    units = bool(words) and not damaged and len(first) <= len(second)
    return units and not any(map(_is_value, words)) and any(map(_is_value, below))


def _find_footer(rows: Sequence[Line], width: int, settings: CsvSettings) -> list[Line]:
    """The last lines that are no data: totals, comments and sentences."""
    if settings.skipfooter is not None:
        return list(rows[len(rows) - settings.skipfooter :]) if settings.skipfooter else []
    count = 0
    starts_with_value = bool(rows) and _is_value(rows[len(rows) // 2].cells[0])
    firsts = Counter(_first_filled(row.cells) for row in rows)
    for row in rows[: -MAX_FOOTER - 1 : -1]:
        if not (_is_comment(row.text) or _is_no_data(row.cells, width, starts_with_value, firsts)):
            break
        count += 1
    return list(rows[len(rows) - count :]) if count < len(rows) else []


def _count_blank_end(end: Sequence[str], footer: Sequence[Line]) -> int:
    """Number of blank lines among the last lines, from the last data row on."""
    texts = {line.text for line in footer}
    return sum(not line.strip() for line in takewhile(lambda line: not line.strip() or line in texts, reversed(end)))


def _first_filled(cells: list[str]) -> str:
    return next(filter(None, cells), "")


def _is_no_data(cells: list[str], width: int, starts_with_value: bool, firsts: Mapping[str, int]) -> bool:
    """Whether a line is a total, a sentence or empty, and not a row that was cut off.

    A sentence may have empty cells behind it if the rows of the table start with a value. `firsts` counts the first
    cells of the lines: several lines with the same one are the rows of a series that is named Total.
    """
    filled = [cell for cell in cells if cell]
    if not filled:
        return width > 1
    first = filled[0]
    alone = len(filled) == 1 and width > 1 and (len(cells) != width or (starts_with_value and cells[0] == first))
    if alone and not first[0].isdigit() and not DATE.fullmatch(first) and WORDS.search(first):
        return True
    return not _is_value(first) and firsts[first] == 1 and bool(TOTAL.fullmatch(first))


def _describe_lines(
    above: Sequence[Line], units: Sequence[Line], footer: Sequence[Line], lines: Sequence[str]
) -> list[str]:
    notes = []
    if above:
        notes.append(f"{count_noun(len(above), 'line')} above the header skipped ('{above[0].text[:40].strip()}')")
    for line in units:
        notes.append(f"units row skipped ('{line.text[:40].strip()}')")
    if footer:
        notes.append(f"{count_noun(len(footer), 'line')} at the end skipped ('{footer[0].text[:40].strip()}')")
    blank = sum(not line.strip() for line in lines)
    if blank:
        notes.append("blank lines skipped")
    return notes
