"""Kedro datasets that Kedro lacks."""

import os
from pathlib import Path, PurePosixPath
from typing import Any

from kedro.io import AbstractDataset, MemoryDataset
from kedro.io.shared_memory_dataset import SharedMemoryDataset


class HandoverDataset(SharedMemoryDataset):
    """What one node hands to the next, in memory, under every runner: shared between processes where there are several."""

    def __init__(self, metadata: dict[str, Any] | None = None) -> None:
        super().__init__()
        self.metadata = metadata
        self.shared_memory_dataset: Any = MemoryDataset()  # until a runner of many processes puts its own here


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
