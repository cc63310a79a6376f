"""Sources of samples for training: arrays, or windows that are framed when they are needed."""

import hashlib
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from math import ceil, gcd, prod
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from seqframe.data.windows import RowNumbers
from seqframe.errors import UserError
from seqframe.networks.backend import tf
from seqframe.networks.spec import Shape
from seqframe.training.limits import MAX_BATCH_BYTES, MIB
from seqframe.training.shuffle import EpochOrder

FLOAT32 = 4  # bytes
ORDER_BLOCK = 2**15  # windows whose order is computed in one call

Data = tuple[NDArray[Any], NDArray[Any]]  # X (samples, timesteps, features) and y (samples, ...)


class SampleSource(Protocol):
    """Samples in windows: `seqframe.framings.dataset.FramedSamples` keeps rows, `ArraySamples` keeps X and y."""

    def __len__(self) -> int:
        """Number of windows."""

    @property
    def samples_per_window(self) -> int:
        """Number of consecutive samples in a window."""

    @property
    def X_shape(self) -> Shape:  # noqa: N802
        """Shape of X of all windows: (samples, timesteps, features)."""

    @property
    def y_shape(self) -> Shape:
        """Shape of y of all windows: (samples, ...)."""

    def batch(self, windows: slice | RowNumbers) -> Data:
        """X and y of some windows, given by number or as a slice."""

    def update_hash(self, digest: "hashlib._Hash") -> None:
        """Update a digest with everything that determines the samples."""


@dataclass(frozen=True)
class ArraySamples:
    """Samples in arrays: X (samples, timesteps, features) and y (samples, ...)."""

    X: NDArray[Any]
    y: NDArray[Any]
    samples_per_window: int = 1

    def __len__(self) -> int:
        """Number of windows."""
        return ceil(len(self.X) / self.samples_per_window)

    @property
    def X_shape(self) -> Shape:  # noqa: N802
        """Shape of X."""
        return self.X.shape

    @property
    def y_shape(self) -> Shape:
        """Shape of y."""
        return self.y.shape

    def batch(self, windows: slice | RowNumbers) -> Data:
        """X and y of some windows, given by number or as a slice."""
        each = self.samples_per_window
        if isinstance(windows, slice):
            start, stop, _ = windows.indices(len(self))
            samples: slice | RowNumbers = slice(start * each, stop * each)
        else:
            samples = (windows[:, None] * each + np.arange(each)).reshape(-1)  # (windows * samples_per_window,)
        return self.X[samples], self.y[samples]

    def update_hash(self, digest: "hashlib._Hash") -> None:
        """Update a digest with both arrays."""
        for array in (self.X, self.y):
            digest.update(f"{array.dtype} {array.shape}".encode())
            digest.update(np.ascontiguousarray(array).data)


def count_bytes(samples: SampleSource) -> int:
    """Size of X and y of all windows in float32, in bytes."""
    return FLOAT32 * (prod(samples.X_shape) + prod(samples.y_shape))


def largest_batch(samples: SampleSource) -> int:
    """Number of samples that take at most `MAX_BATCH_BYTES`, at least one."""
    return max(1, int(MAX_BATCH_BYTES / _sample_bytes(samples)))


def _sample_bytes(samples: SampleSource) -> float:
    """Size of X and y of one sample in float32, in bytes."""
    return count_bytes(samples) / len(samples) / samples.samples_per_window


def windows_per_chunk(samples: SampleSource, batch_size: int, chunk_bytes: int) -> int:
    """Number of windows in a chunk of about `chunk_bytes`: whole batches, at least one.

    Raises:
        UserError: One batch is larger than `MAX_BATCH_BYTES`.
    """
    window_bytes = count_bytes(samples) / len(samples)
    fewest = batch_size // gcd(batch_size, samples.samples_per_window)  # windows that make whole batches
    batch_bytes = int(_sample_bytes(samples) * batch_size)
    if batch_bytes > MAX_BATCH_BYTES:
        largest = batch_size * MAX_BATCH_BYTES // batch_bytes
        raise UserError(
            f"A batch must take at most {MAX_BATCH_BYTES // MIB} MiB. Received: {batch_size} samples, which take "
            f"{batch_bytes // MIB} MiB. Set `training.batch_size` to a number up to {largest}."
        )
    return fewest * max(1, int(chunk_bytes / (window_bytes * fewest)))


def stream_chunks(samples: SampleSource, chunk: int, order: EpochOrder | None = None) -> Iterator[tuple[Any, Any]]:
    """All samples as tensors X and y, `chunk` windows at a time; a thread makes the next chunk meanwhile."""

    def make(chunks: Iterator[slice | RowNumbers]) -> tuple[Any, Any]:
        X, y = samples.batch(next(chunks))
        return tf.constant(X, tf.float32), tf.constant(y, tf.float32)

    chunks = _split_windows(len(samples), chunk, order)
    with ThreadPoolExecutor(1) as thread:
        ready: Future[tuple[Any, Any]] | None = None
        for _ in range(0, len(samples), chunk):
            following = thread.submit(make, chunks)
            if ready:
                yield ready.result()
            ready = following
        if ready:
            yield ready.result()


def _split_windows(count: int, chunk: int, order: EpochOrder | None) -> Iterator[slice | RowNumbers]:
    """The windows of every chunk. The order is computed for several chunks at once, since every call has a cost."""
    block = chunk * max(1, ORDER_BLOCK // chunk)
    for begin in range(0, count, block):
        end = min(begin + block, count)
        ordered = order.indices(begin, end) if order else None
        for start in range(begin, end, chunk):
            stop = min(start + chunk, end)
            yield slice(start, stop) if ordered is None else ordered[start - begin : stop - begin]
