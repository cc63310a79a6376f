"""Files and folders that are replaced as a whole."""

import os
import re
import shutil
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any

from seqframe.tracking.store import is_alive


class ReplacedFile:
    """A file that is written under a temporary name and renamed, so that nobody reads half of it.

    If writing fails, the previous file stays. Mixed in before a dataset of one local file.
    """

    _filepath: PurePosixPath

    def save(self, data: Any) -> None:
        """Write the data to a temporary file and rename it."""
        path = Path(self._filepath)
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f".{path.stem}.{os.getpid()}{path.suffix}")
        self._filepath = PurePosixPath(unfinished)
        remove_unfinished(path.parent, f".{path.stem}.", path.suffix)
        try:
            super().save(data)  # type: ignore[misc]
            unfinished.replace(path)
        except Exception as error:
            for each in (error, error.__cause__):
                if isinstance(each, OSError):
                    each.filename = str(path)  # for the message
            raise
        finally:
            self._filepath = PurePosixPath(path)
            unfinished.unlink(missing_ok=True)


def replace_folder(unfinished: Path, path: Path) -> None:
    """Rename a folder to `path`, in place of the folder there; if that fails, the previous folder stays.

    Another process may replace the folder at the same time: the last one wins.

    Raises:
        OSError: It cannot be renamed.
    """
    previous = path.with_name(f".{path.name}.{os.getpid()}.old")
    try:
        while True:
            shutil.rmtree(previous, ignore_errors=True)
            with suppress(FileNotFoundError):
                path.replace(previous)
            try:
                unfinished.replace(path)
                break
            except OSError:
                if not path.exists():  # otherwise another process was faster
                    raise
    finally:
        if previous.exists() and not path.exists():
            previous.replace(path)
        for folder in (unfinished, previous):
            shutil.rmtree(folder, ignore_errors=True)
    remove_unfinished(path.parent, f".{path.name}.", ".old")


def remove_unfinished(folder: Path, start: str, end: str) -> None:
    """Remove what killed processes have left in a folder: whatever is named by `start`, a process id and `end`."""
    if not folder.is_dir():
        return
    for path in folder.iterdir():
        found = re.fullmatch(rf"{re.escape(start)}(\d+){re.escape(end)}", path.name)
        if found and not is_alive(int(found[1])):
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
