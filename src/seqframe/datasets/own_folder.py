"""A folder of its own for the files of a command, while another command of the project writes to `data/`."""

import os
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import IO, Any

try:
    import fcntl
except ImportError:  # Windows has no such locks: two commands at once replace each other's files there
    fcntl = None  # type: ignore[assignment]

DATA, RUNS, LOCK = "data", "data/runs", ".running"
PATHS = ("_filepath", "_path")  # attributes of Kedro's datasets


class OutputFolder:
    """The folder that a command writes its files to: `data`, which it locks, or a folder below `data/runs`."""

    def __init__(self) -> None:
        self.name = DATA
        self._lock: IO[bytes] | None = None

    def choose(self, project: Path, run: str, datasets: Iterable[Any]) -> None:
        """Lock `data`, or move the files of some datasets to a folder named after the run."""
        self.name = DATA
        if self._lock_data(project / DATA):
            return
        self.name = f"{RUNS}/{run.replace(':', '.')}-{os.getpid()}"
        for dataset in datasets:
            for attribute in PATHS:
                path = getattr(dataset, attribute, None)
                if path is not None and Path(path).is_relative_to(project / DATA):
                    moved = project / self.name / Path(path).relative_to(project / DATA)
                    setattr(dataset, attribute, PurePosixPath(moved) if attribute == "_filepath" else str(moved))

    def release(self) -> None:
        """Unlock `data`."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _lock_data(self, folder: Path) -> bool:
        if fcntl is None:
            return True
        self.release()
        try:
            file = (folder / LOCK).open("ab")
        except OSError:  # it is read-only or full: whoever writes to it says so
            return True
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            return False
        self._lock = file
        return True
