"""How a text table is written: compression, encoding, separator, header, and lines that are no data."""

import bz2
import codecs
import csv
import gzip
import io
import lzma
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pyarrow as pa

from seqframe.config import CsvSettings
from seqframe.data.cells import AROUND, MISSING
from seqframe.errors import UserError

HEAD, TAIL, CHUNK = 1 << 20, 1 << 16, 1 << 22  # bytes that are inspected at both ends, and read at a time
MAGIC = {"gzip": b"\x1f\x8b", "zip": b"PK\x03\x04", "bz2": b"BZh", "xz": b"\xfd7zXZ", "zstd": b"\x28\xb5\x2f\xfd"}
BOMS = {
    "utf-8-sig": codecs.BOM_UTF8,
    "utf-32": codecs.BOM_UTF32_LE,
    "utf-16": codecs.BOM_UTF16_LE,
    "utf-16 ": codecs.BOM_UTF16_BE,
}
SEPARATORS = "\t;|,"  # the preferred one first
SEPARATOR_NAMES = {"\t": "tab separated", " ": "space separated"}
COMMENTS = ("#", "%", "//")
TOTAL = re.compile(
    r"(grand |sub)?-?\s*(totals?|sum|average|avg|mean|median|count|gesamt|summe|total général|moyenne)\b.*", re.I
)
DATE = re.compile(
    r"\W*\d{1,4}[-/.]\s?(\d{1,2}|[A-Za-z]{3,9})([-/.]\s?\d{1,4})?.*|\d{1,2}:\d{2}.*|(\d{4}-?)?[QqWw]\d{1,2}.*"
)
PAGE = re.compile(r"\s*(<!doctype|<html|<\?xml)", re.IGNORECASE)
MAX_FOOTER = 20  # lines


@dataclass(frozen=True)
class Dialect:
    """How a text table is written.

    Attributes:
        compression: Name of the compression; empty if there is none.
        encoding: Name of the encoding.
        separator: The character between cells.
        names: Names of the columns, without spaces around them; empty for a column without a name.
        skip: Number of lines before the first data row.
        footer: Lines after the last data row.
        comments: Whether lines that begin with a comment sign stand between the rows.
        notes: What was found besides the data.
        multiline: Whether cells have line breaks.
    """

    compression: str
    encoding: str
    separator: str
    names: tuple[str, ...]
    skip: int
    footer: tuple[str, ...] = ()
    comments: bool = False
    notes: tuple[str, ...] = ()
    multiline: bool = False

    def describe(self) -> list[str]:
        """What differs from a plain comma separated UTF-8 file."""
        found = []
        if self.separator != ",":
            found.append(SEPARATOR_NAMES.get(self.separator, f"'{self.separator}' separated"))
        if self.encoding not in ("utf-8", "utf-8-sig"):
            found.append(self.encoding)
        if self.compression:
            found.append(f"{self.compression} compressed")
        return [*found, *self.notes]


@dataclass(frozen=True)
class _Line:
    """A line that is not blank: its number, counted from 0, its text and its cells."""

    number: int
    text: str
    cells: list[str]


def detect_dialect(path: Path, settings: CsvSettings) -> Dialect:
    """Find how a text table is written; what `settings` give is taken from there.

    Raises:
        UserError: The file is no text table.
    """
    compression = settings.compression or _find_compression(path)
    compression = "" if compression == "none" else compression
    head, tail, valid, nul = _scan(path, compression)
    encoding = settings.encoding or _find_encoding(head, valid)
    if nul is not None and not encoding.startswith(("utf-16", "utf-32")):
        raise UserError(
            f"A table must be text, Parquet, Feather or Excel. Received: {path.name} with a NUL byte in line {nul}. "
            "The file is damaged, or of another kind."
        )
    text, end = _decode(head, encoding, path), _decode(tail, encoding, path)
    if PAGE.match(text):
        raise UserError(
            f"{path.name} must be a table. Received: a web page, which begins with {text.split(maxsplit=1)[0]}. "
            "Download the file itself."
        )
    whole = len(head) < HEAD
    lines = text.splitlines() if whole else text.splitlines()[:-1]
    separator = settings.sep or _find_separator(lines, settings.decimal)
    rows = _split(lines, separator)
    if not rows:
        raise UserError(f"A table needs a header and at least one row. Received an empty file: {path.name}.")
    if whole:
        _check_quotes(lines, path)
    width = _find_width(rows)
    start = _find_header(rows, width, settings)
    body = rows[start + 1 :]
    names, notes, headless = _read_names(rows[start].cells, body, width)
    _check_decimal_comma(rows[start].cells, body, separator, path)
    names = _fit_names(names, width, path)
    if headless:
        body = rows[start:]
        commented = _commented_names(rows[:start], separator, width)
        names, notes = (commented, []) if commented else (names, notes)
    units = 0 if headless else _count_units(body)
    footer = _find_footer(_split(end.splitlines(), separator), len(names), settings)
    notes += _describe_lines(rows[:start], body[:units], footer, lines)
    first = body[units] if len(body) > units else None
    return Dialect(
        compression=compression,
        encoding=encoding,
        separator=separator,
        names=tuple(names),
        skip=first.number if first else len(lines),
        footer=tuple(line.text for line in footer),
        comments=any(_is_comment(line.text) for line in body),
        notes=tuple(notes),
        multiline=any(line.text.count('"') % 2 for line in rows),
    )


@contextmanager
def open_text(path: Path, compression: str) -> Iterator[IO[bytes]]:
    """The bytes of a file, decompressed.

    Raises:
        UserError: The file cannot be decompressed.
    """
    try:
        with OPENERS[compression](path) as file:
            yield file
    except (OSError, EOFError, lzma.LZMAError, zipfile.BadZipFile, pa.ArrowInvalid) as error:
        if isinstance(error, FileNotFoundError | PermissionError | IsADirectoryError) or not compression:
            raise
        reason = " ".join(str(error).split())
        raise UserError(f"{path.name} cannot be decompressed as {compression}: {reason}") from error


@contextmanager
def _open_zip(path: Path) -> Iterator[IO[bytes]]:
    with zipfile.ZipFile(path) as archive:
        members = [name for name in archive.namelist() if not name.endswith("/") and "__MACOSX" not in name]
        if len(members) != 1:
            raise UserError(
                f"{path.name} must hold one file. Received: {len(members)} ({', '.join(members[:3])}). Unpack it."
            )
        with archive.open(members[0]) as file:
            yield file


OPENERS: dict[str, Callable[[Path], Any]] = {
    "": lambda path: path.open("rb"),
    "gzip": gzip.open,
    "bz2": bz2.open,
    "xz": lzma.open,
    "zip": _open_zip,
    "zstd": lambda path: pa.input_stream(str(path), compression="zstd"),
}


def _find_compression(path: Path) -> str:
    with path.open("rb") as file:
        start = file.read(8)
    return next((name for name, magic in MAGIC.items() if start.startswith(magic)), "")


def _scan(path: Path, compression: str) -> tuple[bytes, bytes, bool, int | None]:
    """The first and the last bytes of a file, whether all of it is UTF-8, and the line of its first NUL byte."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    head, tail, valid, lines, nul = b"", b"", True, 0, None
    with open_text(path, compression) as file:
        while chunk := file.read(CHUNK):
            head = head if len(head) >= HEAD else (head + chunk)[:HEAD]
            tail = (tail + chunk)[-TAIL:]
            if nul is None and b"\0" in chunk:
                nul = lines + chunk[: chunk.index(b"\0")].count(b"\n") + 1
            lines += chunk.count(b"\n") if nul is None else 0
            if valid and not chunk.isascii():
                try:
                    decoder.decode(chunk)
                except UnicodeDecodeError:
                    valid = False
    return head, tail, valid, nul


def _find_encoding(head: bytes, valid: bool) -> str:
    for name, bom in BOMS.items():
        if head.startswith(bom):
            return name.strip()
    zeros = head[:4096]
    if zeros[1::2].count(0) > 0.4 * len(zeros[1::2]):
        return "utf-16-le"
    if zeros[::2].count(0) > 0.4 * len(zeros[::2]):
        return "utf-16-be"
    return "utf-8" if valid else "cp1252" if all(byte not in head for byte in b"\x81\x8d\x8f\x90\x9d") else "latin-1"


def _decode(data: bytes, encoding: str, path: Path) -> str:
    try:
        return data.decode(encoding, errors="ignore" if encoding.startswith("utf") else "strict")
    except (LookupError, UnicodeDecodeError) as error:
        raise UserError(f"{path.name} cannot be read as {encoding} text. Set data.csv.encoding.") from error


def _split(lines: Sequence[str], separator: str) -> list[_Line]:
    """The lines that are not blank, with their cells; a cell with line breaks belongs to its first line."""
    found, buffer, first = [], "", 0
    for number, line in enumerate(lines):
        first = first if buffer else number
        buffer = f"{buffer}\n{line}" if buffer else line
        if buffer.count('"') % 2 and buffer.count("\n") < MAX_FOOTER:
            continue
        if buffer.strip():
            found.append(_Line(first, buffer, split_line(buffer, separator)))
        buffer = ""
    return found


def split_line(line: str, separator: str) -> list[str]:
    """The cells of a line, without spaces around them."""
    if separator == " ":
        return line.split()
    return [cell.strip() for cell in next(csv.reader(io.StringIO(line, newline=""), delimiter=separator), [])]


def _check_quotes(lines: Sequence[str], path: Path) -> None:
    """Check that every quote is closed.

    Raises:
        UserError: One is not.
    """
    odd = [number for number, line in enumerate(lines, 1) if line.count('"') % 2]
    if len(odd) % 2:
        raise UserError(
            f"A quote in a cell must be closed. Received: {path.name}, where one is not, in line {odd[-1]} or before. "
            "Fix the line."
        )


def _find_separator(lines: Sequence[str], decimal: str | None) -> str:
    """The separator that splits most lines into the same number of cells, more than one."""
    best, most = ",", 0.0
    for separator in SEPARATORS.replace(",", "") if decimal == "," else SEPARATORS:
        rows = [row for row in _split(lines[:1000], separator) if not _is_comment(row.text)]
        width, count = Counter(len(row.cells) for row in rows).most_common(1)[0] if rows else (1, 0)
        if width > 1 and count / len(rows) > most:
            best, most = separator, count / len(rows)
    if most:
        return best
    rows = [row for row in _split(lines[:1000], " ") if not _is_comment(row.text)]
    widths = {len(row.cells) for row in rows[1:]}
    width = widths.pop() if len(widths) == 1 else 0
    return " " if width > 1 and len(rows[0].cells) in (width, width - 1) else ","


def _is_comment(text: str) -> bool:
    return text.lstrip().startswith(COMMENTS) and not AROUND.fullmatch(text.split(",", maxsplit=1)[0].strip())


def _find_width(rows: Sequence[_Line]) -> int:
    """The most frequent number of cells."""
    return Counter(len(row.cells) for row in rows if not _is_comment(row.text)).most_common(1)[0][0]


def _find_header(rows: Sequence[_Line], width: int, settings: CsvSettings) -> int:
    """Position of the line with the names: the first one that is as long as the rows, or nearly so."""
    if settings.skiprows is not None:
        return next((n for n, row in enumerate(rows) if row.number >= settings.skiprows), len(rows) - 1)
    for place, row in enumerate(rows):
        filled, count = sum(map(bool, row.cells)), len(row.cells)
        likely = not _is_comment(row.text) and 2 * filled >= min(width, count)
        if likely and (count == width or (place + 1 < len(rows) and _fits(row, rows[place + 1], width))):
            return place
    return 0


def _fits(row: _Line, following: _Line, width: int) -> bool:
    """Whether a line can hold the names of rows that have more cells: one for row names, or empty ones at the end."""
    surplus = following.cells[len(row.cells) :]
    values = any(map(_is_value, following.cells))
    return len(following.cells) == width and values and (len(row.cells) == width - 1 or not any(surplus))


def _is_value(cell: str) -> bool:
    return bool(AROUND.fullmatch(cell) or DATE.fullmatch(cell))


def _read_names(header: list[str], body: Sequence[_Line], width: int) -> tuple[list[str], list[str], bool]:
    """Names of the columns, what is unusual about them, and whether they are made up because there is no header."""
    if (
        header
        and header[0]
        and all(_is_value(cell) or cell.lower() in MISSING for cell in header)
        and _alike(header, body)
    ):
        names = [f"column_{number + 1}" for number in range(len(header))]
        return names, [f"no header, columns named {names[0]} to {names[-1]}"], True
    names = [name.strip().strip('"').strip() for name in header]
    if len(names) == width - 1 and any(row.cells[-1] for row in body if len(row.cells) == width):
        names = ["", *names]  # the first column has row names
    return names, [], False


def _check_decimal_comma(header: list[str], body: Sequence[_Line], separator: str, path: Path) -> None:
    """Check that a single column of numbers does not have decimal commas.

    Raises:
        UserError: Cells may be parts of numbers.
    """
    pairs = [row.cells for row in body if len(row.cells) == 2]
    if separator == "," and len(header) == 1 and pairs and all(cell.isdigit() for pair in pairs for cell in pair):
        raise UserError(
            f"The rows of {path.name} must have as many cells as the header has names. Received: 1 name, and rows such "
            f"as {','.join(pairs[0])}, which are two cells, or a number with a decimal comma. Set data.csv.decimal to "
            "',' for the latter, or name both columns."
        )


def _fit_names(names: list[str], width: int, path: Path) -> list[str]:
    """As many names as a row has cells; surplus cells have empty names."""
    while len(names) > width and not names[-1]:
        names = names[:-1]
    if len(names) > width:
        raise UserError(
            f"The rows of {path.name} must have as many cells as the header has names. Received: {len(names)} names "
            f"and rows of {width} cells. Fix the header; if the cells are separated in another way, set data.csv.sep."
        )
    return names + [""] * (width - len(names))


def _commented_names(above: Sequence[_Line], separator: str, width: int) -> list[str]:
    """Names in the comment just above the first row; none if it has another number of cells."""
    cells = split_line(above[-1].text.lstrip("#% "), separator) if above and _is_comment(above[-1].text) else []
    return cells if len(cells) == width else []


def _alike(header: list[str], body: Sequence[_Line]) -> bool:
    """Whether the first line looks like the second one: the same cells are numbers."""
    if not body:
        return False
    pairs = zip(header, body[0].cells, strict=False)
    return all(bool(AROUND.fullmatch(one)) == bool(AROUND.fullmatch(two)) for one, two in pairs if one and two)


def _count_units(body: Sequence[_Line]) -> int:
    """1 if the first line below the names has units instead of values, otherwise 0."""
    if len(body) < 3:
        return 0
    first, second = body[0].cells, body[1].cells
    words = [cell for cell in first if cell.lower() not in MISSING]
    below = [two for one, two in zip(first, second, strict=False) if one.lower() not in MISSING]
    return int(bool(words) and not any(map(_is_value, words)) and any(map(_is_value, below)))


def _find_footer(rows: Sequence[_Line], width: int, settings: CsvSettings) -> list[_Line]:
    """The last lines that are no data: totals, comments and remarks."""
    if settings.skipfooter is not None:
        return list(rows[len(rows) - settings.skipfooter :]) if settings.skipfooter else []
    count = 0
    for row in rows[: -MAX_FOOTER - 1 : -1]:
        filled = [cell for cell in row.cells if cell]
        remark = (
            width > 1
            and len(filled) <= 1
            and not (filled and _is_value(filled[0]))
            and (len(row.cells) != width or not filled)
        )
        if not (
            _is_comment(row.text) or remark or (filled and TOTAL.fullmatch(filled[0]) and not _is_value(filled[0]))
        ):
            break
        count += 1
    return list(rows[len(rows) - count :]) if count < len(rows) else []


def _describe_lines(
    above: Sequence[_Line], units: Sequence[_Line], footer: Sequence[_Line], lines: Sequence[str]
) -> list[str]:
    notes = []
    if above:
        notes.append(
            f"{len(above)} line{'s' * (len(above) > 1)} above the header skipped ('{above[0].text[:40].strip()}')"
        )
    for line in units:
        notes.append(f"units row skipped ('{line.text[:40].strip()}')")
    if footer:
        notes.append(
            f"{len(footer)} line{'s' * (len(footer) > 1)} at the end skipped ('{footer[0].text[:40].strip()}')"
        )
    blank = sum(not line.strip() for line in lines[: len(lines)])
    if blank:
        notes.append("blank lines skipped")
    return notes
