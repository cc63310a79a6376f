"""How a text table is written: compression, encoding and layout, found in the file or taken from the settings."""

import codecs
import os
import re
from dataclasses import dataclass
from pathlib import Path

from seqframe.config import CsvSettings
from seqframe.data.compression import find_compression, open_text
from seqframe.data.layout import TextLayout, check_quotes, find_layout
from seqframe.errors import UserError

HEAD, TAIL = 1 << 18, 1 << 16  # bytes that are inspected at both ends
CHUNK = 1 << 22  # bytes that are read at a time
LONG = 1 << 26  # bytes; only the two ends of a longer file are inspected
ENCODINGS = {  # by the first bytes of a file; UTF-32 comes before UTF-16, which begins with the same bytes
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
SEPARATOR_NAMES = {"\t": "tab separated", " ": "space separated"}
PAGE = re.compile(r"\s*(<!doctype|<html|<\?xml)", re.IGNORECASE)
OTHER_KINDS = {  # by the first bytes of a file
    rb"%PDF-": "a PDF document",
    rb"SQLite format 3": "a database",
    rb"\s*\{\s*\"": "JSON",
    rb"\s*\[\s*[\[{]": "JSON",
}


@dataclass(frozen=True)
class Dialect:
    """How a text table is written.

    Attributes:
        compression: Name of the compression; empty if there is none.
        encoding: Name of the encoding.
        layout: Where the data is.
    """

    compression: str
    encoding: str
    layout: TextLayout

    def describe(self) -> list[str]:
        """What differs from a plain comma separated UTF-8 file."""
        found, separator = [], self.layout.separator
        if separator != ",":
            found.append(SEPARATOR_NAMES.get(separator, f"'{separator}' separated"))
        if self.encoding not in ("utf-8", "utf-8-sig"):
            found.append(self.encoding)
        if self.compression:
            found.append(f"{self.compression} compressed")
        return [*found, *self.layout.notes]


def detect_dialect(path: Path, settings: CsvSettings) -> Dialect:
    """Find how a text table is written; what `settings` give is taken from there.

    Raises:
        UserError: The file is no text table.
    """
    compression = settings.compression or find_compression(path)
    compression = "" if compression == "none" else compression
    head, tail, valid, nul = _scan(path, compression)
    encoding = settings.encoding or _find_encoding(head, valid)
    if kind := next((kind for start, kind in OTHER_KINDS.items() if re.match(start, head)), None):
        raise UserError(
            f"A table must be text, Parquet, Feather or Excel. Received: {path.name}, which is {kind}. Save it as CSV."
        )
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
    lines = text.splitlines()
    if len(head) < HEAD:
        check_quotes(lines, path.name)
    else:
        lines = lines[:-1]  # the last one may be cut
    return Dialect(compression, encoding, find_layout(lines, end.splitlines(), settings, path.name))


def _scan(path: Path, compression: str) -> tuple[bytes, bytes, bool, int | None]:
    """The first and the last bytes of a file, whether all of it is UTF-8, and the line of its first NUL byte.

    Of a long file that is not compressed, only both ends are read; the parser reads the rest.
    """
    if not compression and path.stat().st_size > LONG:
        with path.open("rb") as file:
            head = file.read(HEAD)
            file.seek(-TAIL, os.SEEK_END)
            return head, file.read(), _is_utf8(head), None if b"\0" not in head else _find_line(head)
    head, tail, before, start, nul, valid = b"", b"", b"", 0, None, True
    with open_text(path, compression) as file:
        while chunk := file.read(CHUNK):
            head = head if len(head) >= HEAD else (head + chunk)[:HEAD]
            tail = (chunk if len(chunk) >= TAIL else tail + chunk)[-TAIL:]
            if nul is None and b"\0" in chunk:
                nul = start + _find_line(chunk)
            start += chunk.count(b"\n")
            valid = valid and _is_utf8(before + chunk)
            before = chunk[-3:]  # a character may be cut
    return head, tail, valid, nul


def _find_line(text: bytes) -> int:
    """Number of the line of the first NUL byte, counted from 1."""
    return text[: text.index(b"\0")].count(b"\n") + 1


def _is_utf8(text: bytes) -> bool:
    """Whether a part of a text is UTF-8; characters may be cut at both ends."""
    if text.isascii():
        return True
    try:
        text[next((n for n in range(4) if text[n : n + 1] and text[n] & 0xC0 != 0x80), 0) :].decode()
    except UnicodeDecodeError as error:
        return error.start >= len(text) - 6 and "unexpected end" in error.reason
    return True


def _find_encoding(head: bytes, valid: bool) -> str:
    for mark, name in ENCODINGS.items():
        if head.startswith(mark):
            return name
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
