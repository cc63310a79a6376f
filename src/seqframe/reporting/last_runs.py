"""The last run of each command: the record that the index page shows, and the lock of a run in progress.

`data/runs/` has both: `compare.json` describes the last finished run of `compare`, and `compare.lock` is locked while a
run of it is in progress.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

try:
    import fcntl
except ImportError:  # Windows has no such locks: two runs of one command at once replace each other's files there
    fcntl = None  # type: ignore[assignment]

RUNS, INDEX = "data/runs", "data/index.html"
RECORD, LOCK = ".json", ".lock"  # suffixes


@dataclass(frozen=True)
class LastRun:
    """A finished run of a command.

    Attributes:
        name: Name of its folders.
        command: Names of its pipelines.
        line: Its command line.
        data: Name of its table or of its generated data; empty if it has none.
        finished: Time of its end, in ISO 8601 with the offset of the time zone.
        seconds: Its duration.
        conclusion: The first sentence of its conclusion; empty if it has none.
        folders: Folders of its files, relative to the project.
    """

    name: str
    command: str
    line: str
    data: str
    finished: str
    seconds: float
    conclusion: str
    folders: tuple[str, ...]

    def files(self, project: Path) -> Iterator[Path]:
        """Its files, relative to the project: of the last folder first, files before subfolders."""
        for folder in reversed(self.folders):
            found = [path.relative_to(project) for path in (project / folder).rglob("*") if path.is_file()]
            yield from sorted(found, key=lambda path: (len(path.parts), path))


def write_last_run(project: Path, run: LastRun) -> None:
    """Replace the record of the former run of the same name."""
    path = project / RUNS / f"{run.name}{RECORD}"
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_text(path, json.dumps(asdict(run), indent=2))


def replace_text(path: Path, text: str) -> None:
    """Write a file under a temporary name and rename it, so that nobody reads half of it."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def read_last_runs(project: Path) -> list[LastRun]:
    """The last runs whose files exist, the newest first; a record that cannot be read is skipped."""
    found = []
    for path in (project / RUNS).glob(f"*{RECORD}"):
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
            run = LastRun(**record | {"folders": tuple(record["folders"])})
            datetime.fromisoformat(run.finished).astimezone()
        except (OSError, ValueError, TypeError, KeyError):
            continue
        if any((project / folder).is_dir() for folder in run.folders):
            found.append(run)
    return sorted(found, key=lambda run: datetime.fromisoformat(run.finished).astimezone(), reverse=True)


def lock_run(project: Path, name: str) -> IO[bytes] | None:
    """Lock the folders of a command; the lock ends with the file that is returned. None if another process has it."""
    path = project / RUNS / f"{name}{LOCK}"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("ab")
    except OSError:  # the folder is read-only or full: whoever writes to it reports it
        return Path(os.devnull).open("ab")
    if fcntl is None:
        return file
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    return file


def unlock_run(project: Path, name: str, lock: IO[bytes], remove: bool = False) -> None:
    """End a lock; `remove` its file if no other run has the name."""
    lock.close()
    if remove:
        (project / RUNS / f"{name}{LOCK}").unlink(missing_ok=True)


def is_running(project: Path, name: str) -> bool:
    """Whether a run with these folders is in progress."""
    if not (project / RUNS / f"{name}{LOCK}").exists():
        return False
    file = lock_run(project, name)
    if file is None:
        return True
    file.close()
    return False
