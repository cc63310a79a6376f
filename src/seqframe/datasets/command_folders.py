"""The folders of the files of a command, which each run of the command replaces as a whole."""

import os
import re
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path, PurePosixPath
from typing import IO, Any

from omegaconf import DictConfig, OmegaConf

from seqframe.config import PROJECT_ROOT
from seqframe.datasets.replaced_file import remove_unfinished, replace_folder
from seqframe.reporting.last_runs import lock_run, read_last_runs, unlock_run

PLACE = "${command:}"  # in a path of the catalog: the folder of the command
FIELD = re.compile(r"\{[^}]*\}")  # of the name of a dataset, such as {framing}
UNKNOWN = "last_run"  # in its place where no command has run
PATHS = ("_filepath", "_path")  # attributes of Kedro's datasets


class CommandFolders:
    """The folders of a command: `data/08_reporting/compare`, and folders of the same name in the other layers.

    A run writes to hidden folders next to them, `data/08_reporting/.compare`. When it is finished, they replace the
    folders of the run before; when it fails or is interrupted, they are removed. So the folders always have all files
    of one run. They are locked while a run is in progress: a second run of the same command has folders of its own.
    """

    def __init__(self) -> None:
        self.project = PROJECT_ROOT
        self.name = UNKNOWN
        self._places: set[tuple[str, str]] = set()  # (layer, folder) that the paths of the catalog have
        self._moved: list[tuple[Any, str, Path]] = []  # dataset, attribute of its path, its path when it is finished
        self._lock: IO[bytes] | None = None
        self.is_second = False  # whether another run of the same command has its folders

    def newest_files(self) -> Callable[[DictConfig], str]:
        """A resolver of `${command:}` in the catalog: the command that has written the file of the entry last.

        A run writes to the folder of its own command instead; Kedro-Viz and notebooks show the newest file.
        """
        runs = [run.name for run in read_last_runs(self.project)]

        def find(_parent_: DictConfig) -> str:
            entry: dict[str, Any] = OmegaConf.to_container(_parent_, resolve=False)  # type: ignore[assignment]
            path = next(value for value in entry.values() if isinstance(value, str) and PLACE in value)
            layer, file = (part.strip("/") for part in path.split(PLACE, 1))
            pattern = FIELD.sub("*", file) or "*"
            newest = (name for name in runs if any((self.project / layer / name).glob(pattern)))
            name = next(newest, runs[0] if runs else UNKNOWN)
            self._places.add((layer, name))
            return name

        return find

    @property
    def layers(self) -> list[str]:
        """The folders of the project that have a folder for each command."""
        return sorted({layer for layer, _ in self._places})

    @property
    def folders(self) -> tuple[str, ...]:
        """The folders of this command, relative to the project, that exist."""
        return tuple(folder for layer in self.layers if (self.project / (folder := f"{layer}/{self.name}")).is_dir())

    def open(self, command: str, run: str, datasets: Iterable[Any]) -> None:
        """Lock the folders, and let datasets write to hidden ones.

        `run` is the id of the run, and `datasets` are its outputs. If a run of the same command is in progress, this
        one has folders of its own, and `is_second` is true.
        """
        self.close()
        self.name, self._lock = command, lock_run(self.project, command)
        if is_second := self._lock is None:
            self.name = f"{command}-{run.replace(':', '.')}-{os.getpid()}"
            self._lock = lock_run(self.project, self.name)
        self.is_second = is_second
        self._remove_unfinished()
        for dataset in datasets:
            for attribute in PATHS:
                self._move(dataset, attribute)

    def final_path(self, path: Path) -> Path:
        """The path that a file has when the run is finished."""
        for layer in self.layers:
            if path.is_relative_to(hidden := self._hidden(layer)):
                return self.project / layer / self.name / path.relative_to(hidden)
        return path

    def targets(self) -> set[Path]:
        """The folders that the run replaces."""
        return {
            self.project / layer / self.name
            for layer in self.layers
            for _, _, path in self._moved
            if path.is_relative_to(self.project / layer)
        }

    def publish(self) -> bool:
        """Replace the folders of the run before; False if this run has written no file to them."""
        if not any(self._hidden(layer).is_dir() for layer in self.layers):
            return False
        for layer in self.layers:
            if self._hidden(layer).is_dir():
                replace_folder(self._hidden(layer), self.project / layer / self.name)
            else:
                shutil.rmtree(self.project / layer / self.name, ignore_errors=True)
        self._restore_paths()
        return True

    def close(self) -> None:
        """Remove what an unfinished run has written, and unlock the folders."""
        if self._lock is not None:
            self._remove_unfinished()
            self._restore_paths()
            unlock_run(self.project, self.name, self._lock, remove=self.is_second)
            self._lock = None

    def _hidden(self, layer: str) -> Path:
        return self.project / layer / f".{self.name}"

    def _move(self, dataset: Any, attribute: str) -> None:
        """Let a dataset write to the hidden folder, if its path has the folder of a command."""
        path = Path(getattr(dataset, attribute, None) or "")
        for layer, name in self._places:
            if path.is_relative_to(found := self.project / layer / name):
                file = path.relative_to(found)
                self._moved.append((dataset, attribute, self.project / layer / self.name / file))
                _set_path(dataset, attribute, self._hidden(layer) / file)
                return

    def _restore_paths(self) -> None:
        """Let the datasets read from the folders of the command."""
        for dataset, attribute, path in self._moved:
            _set_path(dataset, attribute, path)
        self._moved = []

    def _remove_unfinished(self) -> None:
        """Remove the hidden folders, of this run or of one that was killed."""
        for layer in self.layers:
            shutil.rmtree(self._hidden(layer), ignore_errors=True)
            remove_unfinished(self.project / layer, f".{self.name}.", ".old")


def _set_path(dataset: Any, attribute: str, path: Path) -> None:
    setattr(dataset, attribute, PurePosixPath(path) if attribute == "_filepath" else str(path))
