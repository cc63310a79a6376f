"""The spool: what is logged, in one file per command, until MLflow has it.

A file holds the requests to the logging process, in order: length, CRC-32 and pickle of each. It is removed when MLflow
has everything. Otherwise it stays, and the next command or `seqframe sync` sends it. The process that writes a file, or
sends it, locks it.
"""

import io
import os
import pickle
import re
import secrets
import socket
import struct
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from zoneinfo import ZoneInfo

from seqframe.config import PROJECT_ROOT
from seqframe.errors import UserError
from seqframe.tracking.records import RunContext
from seqframe.tracking.run_info import environment_tags

try:
    import fcntl
except ImportError:  # Windows has no such locks, and no logging process
    fcntl = None  # type: ignore[assignment]

SPOOL = PROJECT_ROOT / "data" / "spool"
SUFFIX = ".spool"
FRAME = struct.Struct(">QI")  # number of bytes and CRC-32 of a request


@dataclass(frozen=True)
class Request:
    """A call of a run logger: its method and arguments, and its time in ms since 1970."""

    method: str
    arguments: tuple[Any, ...]
    at_ms: int


def make_request(method: str, *arguments: Any) -> Request:
    """A request of this moment."""
    return Request(method, arguments, int(time.time() * 1000))


def start_request(context: RunContext, token: str) -> Request:
    """The first request of every file; `token` names the checkpoints of the command, or is empty."""
    name = re.sub(r"\W", "", token) or secrets.token_hex(8)
    return make_request("start", context, name, socket.gethostname(), environment_tags())


class SpoolFile:
    """A file that requests are appended to. It is locked until it is closed or the process ends."""

    def __init__(self, folder: Path, token: str) -> None:
        """Create the file, and remove files of an interrupted command with the same token, which is now resumed.

        Raises:
            OSError: The file cannot be written.
        """
        folder.mkdir(parents=True, exist_ok=True)
        for path in folder.glob(f"*-{token}{SUFFIX}"):
            with claim(path) as claimed:
                if claimed:
                    path.unlink(missing_ok=True)
        self.path = folder / f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}-{token}{SUFFIX}"
        self._file = self.path.open("xb")
        _lock(self._file)

    def append(self, payload: bytes) -> int:
        """Append a pickled request; return the size of the file after it.

        Raises:
            OSError: The file cannot be written.
        """
        self._file.write(FRAME.pack(len(payload), zlib.crc32(payload)) + payload)
        self._file.flush()
        return self._file.tell()

    def sync(self) -> None:
        """Wait until the file is on the disk."""
        with suppress(OSError):
            os.fsync(self._file.fileno())

    def remove(self) -> None:
        """Remove the file: MLflow has everything, or nothing was to be logged."""
        with suppress(OSError):
            self.path.unlink(missing_ok=True)
        self.close()

    def close(self) -> None:
        """Unlock the file, for whoever sends it."""
        with suppress(OSError):
            self._file.close()


def waiting_files(folder: Path) -> list[Path]:
    """The files of the spool, oldest first, with the files of running commands."""
    return sorted(folder.glob(f"*{SUFFIX}"))


@contextmanager
def claim(path: Path) -> Iterator[bool]:
    """Lock a file while the block runs; False if another process writes it, sends it or has removed it."""
    try:
        file = path.open("rb")
    except OSError:
        yield False
        return
    with file:
        yield _lock(file) and path.exists()


def _lock(file: IO[bytes]) -> bool:
    if fcntl is None:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def read_requests(path: Path, end: int | None = None) -> Iterator[Request]:
    """The requests of a file, up to byte `end`; a request that was not written completely is the end, too.

    Raises:
        OSError: The file cannot be read.
        UserError: The file holds something other than requests.
    """
    with path.open("rb") as file:
        while end is None or file.tell() < end:
            head = file.read(FRAME.size)
            if len(head) < FRAME.size:
                return
            size, checksum = FRAME.unpack(head)
            payload = file.read(size)
            if len(payload) < size or zlib.crc32(payload) != checksum:
                return
            yield _load(payload, file.name)


def _load(payload: bytes, name: str) -> Request:
    try:
        request = _Unpickler(io.BytesIO(payload)).load()
    except Exception as error:
        raise UserError(f"A file of the spool must hold requests. Received: {name} ({error}). Remove it.") from None
    if not isinstance(request, Request):
        raise UserError(f"A file of the spool must hold requests. Received: {name}. Remove it.")
    return request


# Pickles may call any function. A project may come from somebody else, so that only these names are loaded.
ALLOWED = {
    r"seqframe\.(config(\.\w+)*|training\.events|tracking\.records|tracking\.spool)": r"[A-Z]\w*",
    r"numpy": r"dtype|ndarray|(u?int|float|complex|str|bytes|bool|datetime|timedelta)\w*",
    r"numpy\._core\.(multiarray|numeric)": r"_reconstruct|scalar|_frombuffer",
    r"pandas": r"DataFrame|Series|Categorical|\w*Index|\w+Dtype|Timestamp|Timedelta|Period|Interval",
    r"pandas\.arrays": r"\w+Array",
    r"pandas\._libs(\.\w+)+": r"_unpickle_\w+|__pyx_unpickle_\w+|[A-Z]\w*",
    r"pandas\.core\.(arrays|indexes|internals)(\.\w+)+": r"_new_\w+|[A-Z]\w*",
    r"pyarrow\.lib": r"_restore_array|py_buffer|type_for_alias",
    r"datetime": r"date|datetime|time|timedelta|timezone",
    r"zoneinfo": r"ZoneInfo",
    r"pathlib": r"(Pure)?(Posix|Windows)Path",
    r"decimal": r"Decimal",
    r"builtins": r"slice|set|frozenset|complex|bytearray",
}


def _zone_attribute(owner: object, name: str) -> Any:
    """The function that a time zone is unpickled with, in place of `getattr`."""
    if owner is ZoneInfo and name == "_unpickle":
        return getattr(ZoneInfo, name)
    raise pickle.UnpicklingError(f"{owner}.{name} is not allowed")


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("builtins", "getattr"):
            return _zone_attribute
        if any(re.fullmatch(m, module) and re.fullmatch(n, name) for m, n in ALLOWED.items()):
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name} is not allowed")
