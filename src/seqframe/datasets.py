"""Kedro datasets that Kedro lacks."""

import os
import shutil
from pathlib import Path, PurePosixPath
from typing import Any

from kedro.io import AbstractDataset, DatasetError

from seqframe.training.checkpoint import CheckpointFile


class CheckpointDataset(AbstractDataset[Any, CheckpointFile]):
    """The place of a checkpoint. Loading gives the place, whether or not something is there; training writes to it."""

    def __init__(self, filepath: str, metadata: dict[str, Any] | None = None) -> None:
        self._filepath = PurePosixPath(filepath)
        self.metadata = metadata

    def load(self) -> CheckpointFile:
        """Give the place."""
        return CheckpointFile(Path(self._filepath))

    def save(self, data: Any) -> None:
        """Refuse: training itself writes checkpoints."""
        raise DatasetError("A checkpoint is written by the training that it belongs to.")

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._filepath)}


class ForecasterDataset(AbstractDataset[Any, Path]):
    """The model that is kept, in a folder: put there whole, or not at all. Loading gives the folder."""

    def __init__(self, filepath: str, metadata: dict[str, Any] | None = None) -> None:
        self._filepath = PurePosixPath(filepath)
        self.metadata = metadata

    def load(self) -> Path:
        """The folder, whether or not something is there: a forecaster says better than Kedro what is wrong with it."""
        return Path(self._filepath)

    def save(self, data: Any) -> None:
        """Write the files to a folder beside its place, then change places; what was there stays if that fails."""
        path = Path(self._filepath)
        unfinished, previous = (path.with_name(f"{path.name}.{os.getpid()}.{kind}") for kind in ("new", "old"))
        try:
            data.forecaster.save(unfinished)
            if path.exists():
                path.replace(previous)
            unfinished.replace(path)
        finally:
            if previous.exists() and not path.exists():
                previous.replace(path)
            for folder in (unfinished, previous):
                shutil.rmtree(folder, ignore_errors=True)

    def _exists(self) -> bool:
        return Path(self._filepath).exists()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._filepath)}


class KerasModelDataset(AbstractDataset[Any, Any]):
    """A Keras model in one `.keras` file, which plain Keras loads. TensorFlow is imported on the first load or save."""

    def __init__(self, filepath: str, metadata: dict[str, Any] | None = None) -> None:
        self._filepath = PurePosixPath(filepath)
        self.metadata = metadata

    def load(self) -> Any:
        """The model."""
        from seqframe.networks.backend import keras

        return keras.models.load_model(Path(self._filepath))

    def save(self, data: Any) -> None:
        """Write the model to a file beside its place, then put it there in one move."""
        path = Path(self._filepath)
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(f".{os.getpid()}.keras")
        try:
            data.save(unfinished)
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)

    def _exists(self) -> bool:
        return Path(self._filepath).exists()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._filepath)}
