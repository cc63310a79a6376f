"""Compressed files, which are known by their first bytes."""

import bz2
import gzip
import lzma
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pyarrow as pa

from seqframe.errors import UserError

MAGIC = {"gzip": b"\x1f\x8b", "zip": b"PK\x03\x04", "bz2": b"BZh", "xz": b"\xfd7zXZ", "zstd": b"\x28\xb5\x2f\xfd"}


def find_compression(path: Path) -> str:
    """Name of the compression of a file; empty if there is none."""
    with path.open("rb") as file:
        start = file.read(8)
    return next((name for name, magic in MAGIC.items() if start.startswith(magic)), "")


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
