"""The file of a hyperparameter search: what Optuna records about the trials, safe against a kill at any moment.

`StudyFile` is a backend of `optuna.storages.JournalStorage` for one process. Every line of the file is a JSON list of
operations that belong together, so that a kill never separates them: all proposals of a batch, or all results of a
fold. A line that was not written completely, and whatever follows it, is removed when the file is opened again.

Optuna's own backend locks the file and waits for the disk in every operation, about nine times a trial, and a process
that is killed in between leaves its lock.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Operation = dict[str, Any]


class StudyFile:
    """The operations of a study, in one file. Not thread-safe.

    Args:
        path: The file; it is created if it is missing.

    Raises:
        OSError: The file cannot be read or written.
    """

    def __init__(self, path: Path) -> None:
        lines, size = _read_lines(path)
        self._operations = [operation for line in lines for operation in line]
        self._first = 0  # number of the first of them: earlier ones are not needed any more
        self._file = path.open("ab")
        self._file.truncate(size)
        self._together: list[Operation] | None = None

    def read_logs(self, log_number_from: int) -> list[Operation]:
        """Operations from this number on, which never decreases from call to call."""
        del self._operations[: log_number_from - self._first]
        self._first = log_number_from
        return self._operations.copy()

    def append_logs(self, logs: list[Operation]) -> None:
        """Add operations; a kill of this process does not lose them, unless they are part of `together`."""
        line = json.dumps(logs, separators=(",", ":"))
        self._operations += json.loads(line)  # as they are read from the file
        if self._together is None:
            self._write(line)
        else:
            self._together += logs

    @contextmanager
    def together(self) -> Iterator[None]:
        """Write all operations of the block at its end, in one line; none of them if it raises an error."""
        self._together = []
        try:
            yield
            if self._together:
                self._write(json.dumps(self._together, separators=(",", ":")))
        finally:
            self._together = None

    def sync(self) -> None:
        """Wait until the file is on the disk."""
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _write(self, line: str) -> None:
        self._file.write(line.encode() + b"\n")
        self._file.flush()


def _read_lines(path: Path) -> tuple[list[list[Operation]], int]:
    """The lines of a file before the first incomplete one, and their size in bytes."""
    lines: list[list[Operation]] = []
    size = 0
    if not path.exists():
        return lines, size
    with path.open("rb") as file:
        for content in file:
            try:
                line = json.loads(content) if content.endswith(b"\n") else None
            except ValueError:
                line = None
            if not isinstance(line, list):
                break
            lines.append(line)
            size += len(content)
    return lines, size
