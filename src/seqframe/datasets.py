"""Kedro datasets that Kedro lacks."""

import os
from pathlib import Path, PurePosixPath
from typing import Any

from kedro.io import AbstractDataset, DatasetError

from seqframe.checkpoints import CheckpointFile


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


class KerasModelDataset(AbstractDataset[Any, Any]):
    """A Keras model in one `.keras` file, which plain Keras loads. TensorFlow is imported on the first load or save."""

    def __init__(self, filepath: str, metadata: dict[str, Any] | None = None) -> None:
        self._filepath = PurePosixPath(filepath)
        self.metadata = metadata

    def load(self) -> Any:
        """The model."""
        from seqframe.backend import keras

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
