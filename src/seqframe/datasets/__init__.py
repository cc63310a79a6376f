"""Kedro datasets for tables, checkpoints, the executor, forecasters and Keras models."""

import os
import shutil
from pathlib import Path, PurePosixPath
from typing import Any

from kedro.io import AbstractDataset, DatasetError
from kedro_datasets._typing import TablePreview

from seqframe.datasets.replaced_file import remove_unfinished, replace_folder
from seqframe.training.checkpoint import CheckpointStore
from seqframe.training.runs import Executor, run_serially


class TableDataset(AbstractDataset[Any, Path]):
    """The user's table, CSV or Parquet. Loading returns its path, because the settings decide how it is read.

    The path is the setting `data.path`: a relative path is looked up in the working directory, then in the project. So
    it is not called `filepath`, which Kedro resolves against the project.
    """

    def __init__(self, table: str | None, metadata: dict[str, Any] | None = None) -> None:
        self._table = None if table is None else str(table)  # --params data.path=3 is a number
        self.metadata = metadata

    def load(self) -> Path | None:
        """The path as it is given, whether or not the file exists; None if no table is given."""
        return None if self._table is None else Path(self._table)

    def save(self, data: Path) -> None:
        """Refuse: the user's table is never written."""
        raise DatasetError("The user's table is only read.")

    def preview(self, nrows: int = 20) -> TablePreview:
        """The first rows, for Kedro-Viz."""
        from seqframe.data.files import find_table, read_raw_table

        table = read_raw_table(find_table(str(self._table)))
        split: TablePreview = table.columns.head(nrows).astype(str).to_dict(orient="split")
        return split

    def _exists(self) -> bool:
        from seqframe.data.files import find_table
        from seqframe.errors import UserError

        try:
            return self._table is not None and find_table(self._table).is_file()
        except UserError:
            return False

    def _describe(self) -> dict[str, Any]:
        return {"table": self._table}


class CheckpointsDataset(AbstractDataset[Any, CheckpointStore]):
    """The checkpoints of a command, in a folder below `filepath` that `set_command` chooses.

    Loading returns the store, whether or not it holds checkpoints. Training writes to it.
    """

    def __init__(self, filepath: str, metadata: dict[str, Any] | None = None) -> None:
        self._filepath = PurePosixPath(filepath)
        self._command = "unnamed"
        self.metadata = metadata

    def set_command(self, name: str) -> None:
        """Name the folder after what is run, so that each command finds its own checkpoints again."""
        self._command = name

    def load(self) -> CheckpointStore:
        """The store."""
        return CheckpointStore(Path(self._filepath) / self._command)

    def save(self, data: Any) -> None:
        """Refuse: training writes the checkpoints."""
        raise DatasetError("Checkpoints are written by training, not by a node.")

    def _exists(self) -> bool:
        return True

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._filepath)}


class ExecutorDataset(AbstractDataset[Any, Executor]):
    """What trains the networks of a command: one after the other, or the executor of `set_executor`."""

    def __init__(self, metadata: dict[str, Any] | None = None) -> None:
        self._executor: Executor = run_serially
        self.metadata = metadata

    def set_executor(self, executor: Executor) -> None:
        """Train with this executor from now on."""
        self._executor = executor

    def load(self) -> Executor:
        """The executor."""
        return self._executor

    def save(self, data: Any) -> None:
        """Refuse: the settings choose the executor."""
        raise DatasetError("The executor is chosen by the settings, not by a node.")

    def _exists(self) -> bool:
        return True

    def _describe(self) -> dict[str, Any]:
        return {"executor": type(self._executor).__name__}


class ForecasterDataset(AbstractDataset[Any, Path]):
    """A saved forecaster or classifier in a folder, replaced atomically. Loading returns the folder."""

    def __init__(self, filepath: str, metadata: dict[str, Any] | None = None) -> None:
        self._filepath = PurePosixPath(filepath)
        self.metadata = metadata

    def load(self) -> Path:
        """The folder, whether or not it exists; loading the forecaster reports a missing one in one line."""
        return Path(self._filepath)

    def save(self, data: Any) -> None:
        """Write the files to a temporary folder and rename it; if that fails, the previous forecaster stays."""
        path = Path(self._filepath)
        unfinished = path.with_name(f"{path.name}.{os.getpid()}.new")
        try:
            (data.classifier if hasattr(data, "classifier") else data.forecaster).save(unfinished)
            replace_folder(unfinished, path)
            remove_unfinished(path.parent, f"{path.name}.", ".new")
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)

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
        remove_unfinished(path.parent, f"{path.stem}.", ".keras")
        try:
            data.save(unfinished)
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)

    def _exists(self) -> bool:
        return Path(self._filepath).exists()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._filepath)}
