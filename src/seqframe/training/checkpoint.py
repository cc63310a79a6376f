"""Checkpoints that survive having the plug pulled: whole or not there, checked, and never taken for another's.

A checkpoint is one file: a line with the SHA-256 of all that follows, a line of JSON with the fingerprint of what is
being trained, then NumPy arrays (`.npz`, without pickle). It is written to a temporary name, synced and renamed; the
generation before it stays beside it, so that a file that is damaged all the same falls back by one.
"""

import hashlib
import io
import json
import os
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

try:
    import fcntl
except ImportError:  # Windows: two runs at once are not told apart there
    fcntl = None  # type: ignore[assignment]

Arrays = dict[str, NDArray[Any]]
_claims: dict[Path, int] = {}  # lock files that this process holds, with their descriptors


class CorruptCheckpointError(Exception):
    """A checkpoint file that is cut short or changed."""


@dataclass
class LoadedCheckpoint:
    """What was found: the arrays, or None for a fresh start; and what there is to say about it."""

    arrays: Arrays | None = None
    remarks: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class CheckpointFile:
    """The checkpoint of one network in training, with the generation before it."""

    path: Path

    @property
    def previous(self) -> Path:
        """Where the generation before lies."""
        return self.path.with_suffix(".previous")

    def exists(self) -> bool:
        """Whether there is something to go on from."""
        return self.path.exists() or self.previous.exists()

    def saved_at(self) -> float:
        """Time of the newest generation that exists, in s since 1970."""
        return max(path.stat().st_mtime for path in (self.path, self.previous) if path.exists())

    def claim(self) -> bool:
        """Make it this process's own, until `discard` or its end; False where another process that runs has it."""
        if self.path in _claims or fcntl is None:
            return True
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.path.with_suffix(".lock"), os.O_CREAT | os.O_RDWR)
        except OSError:  # nothing can be written there: `save` will say so
            return True
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            return False
        _claims[self.path] = descriptor
        return True

    def save(self, fingerprint: str, arrays: Arrays) -> None:
        """Write a generation.

        Raises:
            OSError: It could not be written; what was there before is there still.
        """
        unfinished = self.path.with_suffix(".unfinished")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with unfinished.open("wb") as file:
                file.write(_encode(fingerprint, arrays))
                file.flush()
                os.fsync(file.fileno())
            if self.path.exists():
                os.replace(self.path, self.previous)  # noqa: PTH105
            os.replace(unfinished, self.path)  # noqa: PTH105
            _sync_folder(self.path.parent)
        except OSError:
            unfinished.unlink(missing_ok=True)
            raise

    def load(self, fingerprint: str) -> LoadedCheckpoint:
        """Find the newest generation that is whole and of the same settings and data."""
        loaded = LoadedCheckpoint()
        for path in (self.path, self.previous):
            if not path.exists():
                continue
            try:
                found, arrays = _decode(path.read_bytes())
            except (CorruptCheckpointError, OSError) as error:
                loaded.remarks.append(f"the checkpoint {path.name} is damaged ({error}) and is not used")
                continue
            if found == fingerprint:
                loaded.arrays = arrays
                return loaded
            loaded.remarks.append(f"the checkpoint {path.name} is of other settings or data and is not used")
        return loaded

    def discard(self) -> None:
        """Remove it, if it is this process's own: what it was for is done."""
        if fcntl is not None and self.path not in _claims:
            return
        for path in (self.path, self.previous, self.path.with_suffix(".unfinished")):
            path.unlink(missing_ok=True)
        if self.path in _claims:
            os.close(_claims.pop(self.path))


def _encode(fingerprint: str, arrays: Arrays) -> bytes:
    payload = io.BytesIO()
    np.savez(payload, allow_pickle=False, **arrays)
    content = json.dumps({"format": 1, "fingerprint": fingerprint}).encode() + b"\n" + payload.getvalue()
    return hashlib.sha256(content).hexdigest().encode() + b"\n" + content


def _decode(content: bytes) -> tuple[str, Arrays]:
    checksum, _, rest = content.partition(b"\n")
    if hashlib.sha256(rest).hexdigest().encode() != checksum:
        raise CorruptCheckpointError("its checksum is wrong")
    header, _, payload = rest.partition(b"\n")
    try:
        with np.load(io.BytesIO(payload), allow_pickle=False) as arrays:
            return json.loads(header)["fingerprint"], dict(arrays)
    except (ValueError, KeyError, zipfile.BadZipFile) as error:
        raise CorruptCheckpointError(str(error)) from error


def _sync_folder(folder: Path) -> None:
    """Make a rename last: the folder is what it changed."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
