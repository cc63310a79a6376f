"""What training takes samples from: arrays, or windows that become samples when they are asked for."""

import hashlib
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from math import ceil, gcd, prod
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from seqframe.backend import tf
from seqframe.errors import UserError
from seqframe.plan import Shape
from seqframe.training.order import Order
from seqframe.windows import RowNumbers

FLOAT32 = 4  # bytes
MIB = 2**20
WHOLE_BYTES = 64 * MIB  # samples that take no more go into the graph as a whole
CHUNK_BYTES = 2 * MIB  # of more, so many at a time
ORDERED_AT_ONCE = 2**15  # windows
MOST_BATCH_BYTES = 1024 * MIB

Data = tuple[NDArray[Any], NDArray[Any]]  # X (samples, timesteps, features) and y (samples, …)


class Samples(Protocol):
    """Samples, window by window. `seqframe.framed.FramedWindows` keeps rows, and `ArraySamples` X and y."""

    def __len__(self) -> int:
        """How many windows there are."""

    @property
    def samples_per_window(self) -> int:
        """How many samples follow each other in one window."""

    @property
    def X_shape(self) -> Shape:  # noqa: N802
        """The shape of X of all windows: (samples, timesteps, features)."""

    @property
    def y_shape(self) -> Shape:
        """The shape of y of all windows: (samples, …)."""

    def take(self, windows: slice | RowNumbers) -> Data:
        """X and y of windows by their numbers, which count from 0; of a slice, the windows in between."""

    def sign(self, digest: "hashlib._Hash") -> None:
        """Add to a digest all that the samples follow from."""


@dataclass(frozen=True)
class ArraySamples:
    """X (samples, timesteps, features) and y (samples, …) that are there; so many samples in a row are a window."""

    X: NDArray[Any]
    y: NDArray[Any]
    samples_per_window: int = 1

    def __len__(self) -> int:
        """How many windows there are."""
        return ceil(len(self.X) / self.samples_per_window)

    @property
    def X_shape(self) -> Shape:  # noqa: N802
        """The shape of X."""
        return self.X.shape

    @property
    def y_shape(self) -> Shape:
        """The shape of y."""
        return self.y.shape

    def take(self, windows: slice | RowNumbers) -> Data:
        """X and y of windows by their numbers."""
        each = self.samples_per_window
        if isinstance(windows, slice):
            start, stop, _ = windows.indices(len(self))
            some: slice | RowNumbers = slice(start * each, stop * each)
        else:
            some = (windows[:, None] * each + np.arange(each)).reshape(-1)  # (windows * samples_per_window,)
        return self.X[some], self.y[some]

    def sign(self, digest: "hashlib._Hash") -> None:
        """Add both arrays to a digest."""
        for array in (self.X, self.y):
            digest.update(f"{array.dtype} {array.shape}".encode())
            digest.update(np.ascontiguousarray(array).data)


def count_bytes(samples: Samples) -> int:
    """What X and y of all windows take in float32."""
    return FLOAT32 * (prod(samples.X_shape) + prod(samples.y_shape))


def windows_at_once(samples: Samples, batch_size: int, chunk_bytes: int) -> int:
    """How many windows make a chunk of about so many bytes, in whole batches; at least one batch.

    Raises:
        UserError: A batch takes more than can be held.
    """
    a_window = count_bytes(samples) / len(samples)
    whole_batches = batch_size // gcd(batch_size, samples.samples_per_window)  # the fewest windows that are
    a_batch = int(a_window / samples.samples_per_window * batch_size)
    if a_batch > MOST_BATCH_BYTES:
        most = batch_size * MOST_BATCH_BYTES // a_batch
        raise UserError(
            f"A batch must take at most {MOST_BATCH_BYTES // MIB} MiB. Received: {batch_size} samples, which take "
            f"{a_batch // MIB} MiB. Set `training.batch_size` to a number up to {most}."
        )
    return whole_batches * max(1, int(chunk_bytes / (a_window * whole_batches)))


def stream(samples: Samples, at_once: int, order: Order | None = None) -> Iterator[tuple[Any, Any]]:
    """All samples as tensors X and y, so many windows at a time: while one is used, a thread makes the next."""

    def make(windows: Iterator[slice | RowNumbers]) -> tuple[Any, Any]:
        X, y = samples.take(next(windows))
        return tf.constant(X, tf.float32), tf.constant(y, tf.float32)

    windows = _parts(len(samples), at_once, order)
    with ThreadPoolExecutor(1) as thread:
        ready: Future[tuple[Any, Any]] | None = None
        for _ in range(0, len(samples), at_once):
            following = thread.submit(make, windows)
            if ready:
                yield ready.result()
            ready = following
        if ready:
            yield ready.result()


def _parts(count: int, at_once: int, order: Order | None) -> Iterator[slice | RowNumbers]:
    """The numbers of so many windows at a time; an order is computed for many, since each call takes its time."""
    block = at_once * max(1, ORDERED_AT_ONCE // at_once)
    for begin in range(0, count, block):
        end = min(begin + block, count)
        ordered = order.numbers(begin, end) if order else None
        for start in range(begin, end, at_once):
            stop = min(start + at_once, end)
            yield slice(start, stop) if ordered is None else ordered[start - begin : stop - begin]
