"""Jobs as bytes. Every dataset is stored by itself, so that a worker reads it once for all jobs of a fold."""

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
    """Pickles jobs, with a name in place of each dataset; `store` stores a dataset and returns its name."""

    def __init__(self, store: Callable[[Dataset], str]) -> None:
        self._store = store
        self._names: dict[int, tuple[weakref.ref[Dataset], str]] = {}  # id of a dataset -> it, and its name

    def pack(self, job: FitJob) -> bytes:
        """The job, with a name in place of its dataset.

        Raises:
            UserError: A part of it cannot be pickled.
        """
        buffer = io.BytesIO()
        try:
            _JobPickler(buffer, self.name).dump(job)
        except (pickle.PicklingError, AttributeError, TypeError) as error:
            raise UserError(
                f"Networks that are trained in other processes must be pickled. Received: {job.framing.name}, {error}. "
                "Set execution.kind=serial."
            ) from error
        return buffer.getvalue()

    def name(self, dataset: Dataset) -> str:
        """The name of a dataset, which is stored once."""
        known, name = self._names.get(id(dataset), (None, ""))
        if known is None or known() is not dataset:  # an id is used again once its object is deleted
            name = self._store(dataset)
            self._names[id(dataset)] = weakref.ref(dataset), name
        return name


def unpack_job(content: bytes, read_dataset: Callable[[str], Dataset]) -> FitJob:
    """The job that `JobPacker.pack` has pickled; its dataset is read by its name."""
    job: FitJob = _JobUnpickler(io.BytesIO(content), read_dataset).load()
    return job


def dump_dataset(dataset: Dataset) -> bytes:
    """A pickled dataset, without its cached properties."""
    buffer = io.BytesIO()
    _Pickler(buffer).dump(replace(dataset))
    return buffer.getvalue()


class _Pickler(pickle.Pickler):
    """Pickles read-only mappings, too."""

    def __init__(self, file: Any) -> None:
        super().__init__(file, pickle.HIGHEST_PROTOCOL)

    def reducer_override(self, obj: Any) -> Any:
        return (_read_only, (dict(obj),)) if isinstance(obj, MappingProxyType) else NotImplemented


def _read_only(content: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(content)


class _JobPickler(_Pickler):
    """Pickles a name in place of a dataset."""

    def __init__(self, file: io.BytesIO, name_of: Callable[[Dataset], str]) -> None:
        super().__init__(file)
        self._name_of = name_of

    def persistent_id(self, obj: Any) -> str | None:
        return self._name_of(obj) if isinstance(obj, Dataset) else None


class _JobUnpickler(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, read_dataset: Callable[[str], Dataset]) -> None:
        super().__init__(file)
        self._read_dataset = read_dataset

    def persistent_load(self, pid: str) -> Dataset:
        return self._read_dataset(pid)


def write_dataset_file(dataset: Dataset, folder: Path) -> str:
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
def read_dataset_file(path: str) -> Dataset:
    """The dataset of a file; the last ones stay in memory."""
    with Path(path).open("rb") as file:
        dataset: Dataset = pickle.load(file)
    return dataset
