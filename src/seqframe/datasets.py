"""Kedro datasets for checkpoints, forecasters and Keras models."""

import os
import shutil
from pathlib import Path, PurePosixPath
from typing import Any

from kedro.io import AbstractDataset, DatasetError

from seqframe.training.checkpoint import CheckpointFile


class CheckpointDataset(AbstractDataset[Any, CheckpointFile]):
    """A checkpoint file. Loading returns its location, whether or not it exists; training writes it."""

    def __init__(self, filepath: str, metadata: dict[str, Any] | None = None) -> None:
        self._filepath = PurePosixPath(filepath)
        self.metadata = metadata

    def load(self) -> CheckpointFile:
        """The location of the checkpoint."""
        return CheckpointFile(Path(self._filepath))

    def save(self, data: Any) -> None:
        """Not supported: training writes checkpoints itself."""
        raise DatasetError("Checkpoints are written by training, not by the catalog.")

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._filepath)}


class ForecasterDataset(AbstractDataset[Any, Path]):
    """A saved forecaster in a folder, replaced atomically. Loading returns the folder."""

    def __init__(self, filepath: str, metadata: dict[str, Any] | None = None) -> None:
        self._filepath = PurePosixPath(filepath)
        self.metadata = metadata

    def load(self) -> Path:
        """The folder, whether or not it exists; loading the forecaster reports a missing one in one line."""
        return Path(self._filepath)

    def save(self, data: Any) -> None:
        """Write the files to a temporary folder and rename it; if that fails, the previous forecaster stays."""
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
    """A Keras model in a `.keras` file that plain Keras loads. TensorFlow is imported on the first load or save."""

    def __init__(self, filepath: str, metadata: dict[str, Any] | None = None) -> None:
        self._filepath = PurePosixPath(filepath)
        self.metadata = metadata

    def load(self) -> Any:
        """The model."""
        from seqframe.networks.backend import keras

        return keras.models.load_model(Path(self._filepath))

    def save(self, data: Any) -> None:
        """Write the model to a temporary file and rename it."""
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
