"""Jobs as bytes: every dataset is a file of its own, so that a worker reads it once for all jobs of a fold."""

import hashlib
import io
import os
import pickle
import tempfile
import weakref
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from seqframe.data.dataset import SequenceDataset
from seqframe.data.label_dataset import LabelDataset
from seqframe.errors import UserError
from seqframe.training.runs import FitJob

Dataset = SequenceDataset | LabelDataset
MAX_DATASETS = 4  # that a worker keeps: three folds, and the one before


class JobPacker:
    """Pickles jobs, and writes their datasets to files in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[int, tuple[weakref.ref[Dataset], str]] = {}  # id of a dataset -> it, and its file

    def pack(self, job: FitJob) -> bytes:
        """The job, with the path of a file in place of its dataset.

        Raises:
            UserError: A part of it cannot be pickled.
        """
        buffer = io.BytesIO()
        try:
            _JobPickler(buffer, self._file).dump(job)
        except (pickle.PicklingError, AttributeError, TypeError) as error:
            raise UserError(
                f"Networks that are trained in other processes must be pickled. Received: {job.framing.name}, {error}. "
                "Set execution.kind=serial."
            ) from error
        return buffer.getvalue()

    def _file(self, dataset: Dataset) -> str:
        known, file = self._files.get(id(dataset), (None, ""))
        if known is None or known() is not dataset:  # an id is used again once its object is deleted
            file = _write_dataset(dataset, self._folder)
            self._files[id(dataset)] = weakref.ref(dataset), file
        return file


def unpack_job(content: bytes) -> FitJob:
    """The job that `JobPacker.pack` has pickled."""
    job: FitJob = _JobUnpickler(io.BytesIO(content)).load()
    return job


class _Pickler(pickle.Pickler):
    """Pickles read-only mappings, too."""

    def __init__(self, file: Any) -> None:
        super().__init__(file, pickle.HIGHEST_PROTOCOL)

    def reducer_override(self, obj: Any) -> Any:
        return (_read_only, (dict(obj),)) if isinstance(obj, MappingProxyType) else NotImplemented


def _read_only(content: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(content)


class _JobPickler(_Pickler):
    """Pickles the path of a file in place of a dataset."""

    def __init__(self, file: io.BytesIO, file_of: Callable[[Dataset], str]) -> None:
        super().__init__(file)
        self._file_of = file_of

    def persistent_id(self, obj: Any) -> str | None:
        return self._file_of(obj) if isinstance(obj, Dataset) else None


class _JobUnpickler(pickle.Unpickler):
    def persistent_load(self, pid: str) -> Dataset:
        return _read_dataset(pid)


def _write_dataset(dataset: Dataset, folder: Path) -> str:
    """Write a dataset without its cached properties to a file that is named by its content, and return the path."""
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
        hashed = _HashedFile(file)
        _Pickler(hashed).dump(replace(dataset))
    path = folder / f"{hashed.digest.hexdigest()}.dataset"
    os.replace(file.name, path)  # noqa: PTH105
    return str(path)


class _HashedFile:
    """A file to write to, and the SHA-256 of what is written."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def write(self, data: Any) -> int:
        self.digest.update(data)
        return int(self._file.write(data))


@lru_cache(MAX_DATASETS)
def _read_dataset(path: str) -> Dataset:
    with Path(path).open("rb") as file:
        dataset: Dataset = pickle.load(file)
    return dataset
