"""What earlier commands left in a project: checkpoints, old outputs, and artifacts of runs deleted in MLflow."""

import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlparse

from seqframe.errors import UserError
from seqframe.reporting.last_runs import LOCK, RUNS, is_running
from seqframe.tracking.store import database_path, experiment_id, open_client, tracking_uri
from seqframe.training.checkpoint import CheckpointStore

DAY = 86_400  # seconds
OUTPUTS = ("data/07_model_output", "data/08_reporting", RUNS)
CHECKPOINTS = "data/06_models/checkpoints"


@dataclass(frozen=True)
class Leftover:
    """Files that can be removed.

    Attributes:
        kind: What they are, in the plural.
        path: A file or a folder.
        size: Size in bytes.
        run_id: The deleted MLflow run that they belong to; empty for other files.
    """

    kind: str
    path: Path
    size: int
    run_id: str = ""


def find_leftovers(project: Path, days: float, deleted_runs: Sequence[tuple[str, str]] = ()) -> list[Leftover]:
    """Files of a project that no command has changed for some days, and artifacts of deleted runs.

    Tables, saved models, and checkpoints of a command that is running are never among them. `deleted_runs` has the id
    and the artifact URI of each run that was deleted in MLflow.
    """
    newest = time.time() - days * DAY
    found = [*_checkpoints(project / CHECKPOINTS), *_outputs(project)]
    found = [each for each in found if _last_change(each.path) <= newest]
    return found + list(_artifacts(deleted_runs))


def remove(leftovers: Iterable[Leftover]) -> None:
    """Remove files, and deleted runs with their artifacts from the MLflow store.

    Raises:
        UserError: A file cannot be removed, or MLflow refuses.
    """
    runs = []
    for each in leftovers:
        if each.run_id:
            runs.append(each.run_id)
            continue
        try:
            shutil.rmtree(each.path) if each.path.is_dir() else each.path.unlink(missing_ok=True)
        except OSError as error:
            raise UserError(f"{each.path} cannot be removed: {error.strerror}.") from None
    if runs:
        uri = tracking_uri()
        command = [sys.executable, "-m", "mlflow", "gc", "--backend-store-uri", uri, "--run-ids", ",".join(runs)]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        if result.returncode:
            reason = (result.stderr.strip() or "no reason given").splitlines()[-1]
            raise UserError(f"MLflow cannot remove deleted runs: {reason}")


def list_deleted_runs() -> list[tuple[str, str]]:
    """The id and the artifact URI of every run of the experiment that was deleted in MLflow."""
    database = database_path(tracking_uri())
    if database is not None and not database.exists():
        return []
    from mlflow.entities import ViewType

    client = open_client()
    runs: list[tuple[str, str]] = []
    token = None
    while True:
        page = client.search_runs([experiment_id(client)], run_view_type=ViewType.DELETED_ONLY, page_token=token)
        runs += [(run.info.run_id, run.info.artifact_uri) for run in page]
        token = page.token
        if not token:
            return runs


def _checkpoints(folder: Path) -> Iterator[Leftover]:
    """The checkpoints of interrupted commands; a running command has locked its own."""
    for each in sorted(folder.glob("*/")):
        store = CheckpointStore(each)
        if store.lock():
            store.release()
            yield Leftover("checkpoints of interrupted commands", each, _size(each))


def _outputs(project: Path) -> Iterator[Leftover]:
    """The folders and records of finished commands, and other files; a running command has hidden folders."""
    for folder in OUTPUTS:
        for path in sorted((project / folder).glob("*")):
            is_own = path.name == ".gitkeep" or path.suffix == LOCK
            if not is_own and not (path.is_dir() and is_running(project, path.name.removeprefix("."))):
                yield Leftover("reports and outputs", path, _size(path))


def _artifacts(runs: Iterable[tuple[str, str]]) -> Iterator[Leftover]:
    for run_id, uri in runs:
        path = Path(unquote(urlparse(uri).path)) if urlparse(uri).scheme in ("", "file") else Path(uri)
        yield Leftover("artifacts of deleted runs", path, _size(path), run_id)


def _last_change(path: Path) -> float:
    """Time of the last change of a file, or of the files of a folder; looking for a lock changes the folder."""
    times = [each.stat().st_mtime for each in _walk(path) if each.is_file() and each.name != "lock"]
    return max(times, default=path.stat().st_mtime)


def _walk(path: Path) -> Iterator[Path]:
    """A file, or a folder and all that is in it."""
    yield path
    yield from path.rglob("*")


def _size(path: Path) -> int:
    """Size in bytes of a file, or of all files of a folder; 0 if it does not exist."""
    return sum(each.stat().st_size for each in _walk(path) if each.is_file())
