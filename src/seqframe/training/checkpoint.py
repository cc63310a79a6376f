"""Checkpoints: the state of every network that one command trains, safe against a kill at any moment.

A checkpoint is one file: a line with the SHA-256 of the rest, a line of JSON with the fingerprint of the training, then
NumPy arrays (`.npz`, without pickle). It is written under a temporary name, synced and renamed. The version before it
is kept next to it, and is used when the newer one is damaged.
"""

import hashlib
import io
import json
import os
import secrets
import shutil
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

try:
    import fcntl
except ImportError:  # Windows has no such locks: two runs at once share their checkpoints there
    fcntl = None  # type: ignore[assignment]

Arrays = dict[str, NDArray[Any]]
_locks: dict[Path, int] = {}  # folders that this process has locked, with the descriptors of their lock files
SHARED = -1  # in place of the descriptor: the parent process has locked the folder


class CorruptCheckpointError(Exception):
    """A checkpoint file that is truncated or changed."""


@dataclass
class LoadedCheckpoint:
    """What was found: the arrays, or None; and what users should know about files that were not used."""

    arrays: Arrays | None = None
    messages: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class CheckpointFile:
    """The checkpoint of one network, with the version before it."""

    path: Path

    @property
    def previous(self) -> Path:
        """The file of the version before."""
        return self.path.with_suffix(".previous")

    def save(self, fingerprint: str, arrays: Arrays) -> None:
        """Write a new version.

        Raises:
            OSError: The file could not be written; the versions before are unchanged.
        """
        unfinished = self.path.with_suffix(f".{os.getpid()}.unfinished")  # a worker of a killed command may write, too
        try:
            if _locks.get(self.path.parent) != SHARED:  # or else the command that has made it has ended
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
        """Find the newest version that is undamaged and of the same training."""
        loaded = LoadedCheckpoint()
        for path in (self.path, self.previous):
            if not path.exists():
                continue
            try:
                found, arrays = _decode(path.read_bytes())
            except (CorruptCheckpointError, OSError) as error:
                loaded.messages.append(f"the checkpoint {path.name} is damaged ({error}) and is not used")
                continue
            if found == fingerprint:
                loaded.arrays = arrays
                return loaded
            loaded.messages.append(f"the checkpoint {path.name} is of other settings or data and is not used")
        return loaded


@dataclass(frozen=True)
class CheckpointStore:
    """The checkpoints of all networks that one command trains: a folder, locked by one process at a time.

    A file is named by its network's framing and fingerprint. The checkpoint of a finished network stays until the
    command ends, so that a killed command does not train the network again.
    """

    folder: Path

    def file(self, framing: str, fingerprint: str) -> CheckpointFile:
        """The checkpoint of one network."""
        return CheckpointFile(self.folder / f"{framing}-{fingerprint[:16]}.checkpoint")

    def count(self) -> int:
        """Number of networks that have a checkpoint."""
        return len({path.stem for pattern in ("*.checkpoint", "*.previous") for path in self.folder.glob(pattern)})

    def token(self) -> str:
        """A random name of the command, the same when it is resumed; empty if it cannot be stored."""
        path = self.folder / "token"
        try:
            if not path.exists():
                self.folder.mkdir(parents=True, exist_ok=True)
                unfinished = path.with_suffix(".unfinished")
                unfinished.write_text(secrets.token_hex(8))
                unfinished.replace(path)
            return path.read_text()
        except OSError:  # training says so when it saves a checkpoint
            return ""

    def lock(self) -> bool:
        """Lock the folder until `release` or the end of the process; False if another process holds the lock."""
        if self.folder in _locks or fcntl is None:
            return True
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.folder / "lock", os.O_CREAT | os.O_RDWR)
        except OSError:  # training says so when it saves a checkpoint
            return True
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            return False
        _locks[self.folder] = descriptor
        return True

    def share_lock(self) -> None:
        """Use the folder in this process, too, because the parent process has locked it."""
        _locks.setdefault(self.folder, SHARED)

    def clear(self) -> None:
        """Delete all checkpoints."""
        for path in self.folder.glob("*"):
            if path.name != "lock":
                path.unlink(missing_ok=True)

    def release(self) -> None:
        """Unlock the folder; the checkpoints stay."""
        if self.folder in _locks:
            os.close(_locks.pop(self.folder))

    def delete(self) -> None:
        """Delete the folder, if this process holds its lock."""
        if fcntl is None or self.folder in _locks:
            (self.folder / "token").unlink(missing_ok=True)  # first: nothing is resumed from a half-deleted folder
            shutil.rmtree(self.folder, ignore_errors=True)
            self.release()


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
    """Make a rename durable."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
