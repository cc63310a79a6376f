"""What training takes samples from: arrays, or windows that become samples when they are asked for."""

import hashlib
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from math import ceil, gcd, prod
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from seqframe.data.windows import RowNumbers
from seqframe.errors import UserError
from seqframe.networks.backend import tf
from seqframe.networks.spec import Shape

# An order of windows that is computed, not kept: any part of it follows from its key.
#
# A Feistel network permutes the numbers of as many bits as the last window's number has; a number that falls beyond the
# last window is permuted again until it does not, which takes less than two turns on average.
# Source: Black and Rogaway, "Ciphers with arbitrary finite domains", CT-RSA 2002 (generalized Feistel, cycle walking).

ROUNDS = 6  # an even number, so that the halves end with the widths that they began with
SHIFTS_AND_FACTORS = ((33, 0xFF51AFD7ED558CCD), (33, 0xC4CEB9FE1A85EC53))  # the finaliser of MurmurHash3
Numbers = NDArray[np.uint64]


@dataclass(frozen=True)
class ShuffledIndex:
    """A permutation of 0 … count - 1 for each seed and epoch."""

    count: int
    seed: int
    epoch: int

    def numbers(self, start: int, stop: int) -> NDArray[np.intp]:
        """What stands at the places from `start` to before `stop`: (stop - start,).

        >>> sorted(ShuffledIndex(5, seed=0, epoch=0).numbers(0, 5).tolist())
        [0, 1, 2, 3, 4]
        """
        numbers = self._permute(np.arange(start, stop, dtype=np.uint64))
        while (beyond := np.flatnonzero(numbers >= self.count)).size:
            numbers[beyond] = self._permute(numbers[beyond])
        return numbers.astype(np.intp)

    @cached_property
    def _keys(self) -> Numbers:
        words = np.random.SeedSequence((self.seed, self.epoch)).generate_state(ROUNDS, np.uint64)
        return words.astype(np.uint64)

    def _permute(self, numbers: Numbers) -> Numbers:
        """One turn through the network: a permutation of all numbers with so many bits."""
        bits = max(2, (self.count - 1).bit_length())
        widths = np.array([bits // 2, bits - bits // 2], np.uint64)  # of the left half, and of the right one
        left, right = numbers >> widths[1], numbers & _ones(widths[1])
        for key in self._keys:
            left, right = right, left ^ (_mix(right ^ key) & _ones(widths[0]))
            widths = widths[::-1]
        permuted: Numbers = (left << widths[1]) | right
        return permuted


def _ones(bits: np.uint64) -> np.uint64:
    return np.uint64((1 << int(bits)) - 1)


def _mix(numbers: Numbers) -> Numbers:
    """A number of 64 bits in which every bit depends on every bit of the one given."""
    for shift, factor in SHIFTS_AND_FACTORS:
        numbers = (numbers ^ (numbers >> np.uint64(shift))) * np.uint64(factor)
    return numbers ^ (numbers >> np.uint64(33))


FLOAT32 = 4  # bytes
MIB = 2**20
WHOLE_BYTES = 64 * MIB  # samples that take no more go into the graph as a whole
CHUNK_BYTES = 2 * MIB  # of more, so many at a time
ORDERED_AT_ONCE = 2**15  # windows
MOST_BATCH_BYTES = 1024 * MIB

Data = tuple[NDArray[Any], NDArray[Any]]  # X (samples, timesteps, features) and y (samples, …)


class SampleSource(Protocol):
    """Samples, window by window. `seqframe.framings.dataset.FramedWindows` keeps rows, and `ArraySamples` X and y."""

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

    def batch(self, windows: slice | RowNumbers) -> Data:
        """X and y of windows by their numbers, which count from 0; of a slice, the windows in between."""

    def update_hash(self, digest: "hashlib._Hash") -> None:
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

    def batch(self, windows: slice | RowNumbers) -> Data:
        """X and y of windows by their numbers."""
        each = self.samples_per_window
        if isinstance(windows, slice):
            start, stop, _ = windows.indices(len(self))
            some: slice | RowNumbers = slice(start * each, stop * each)
        else:
            some = (windows[:, None] * each + np.arange(each)).reshape(-1)  # (windows * samples_per_window,)
        return self.X[some], self.y[some]

    def update_hash(self, digest: "hashlib._Hash") -> None:
        """Add both arrays to a digest."""
        for array in (self.X, self.y):
            digest.update(f"{array.dtype} {array.shape}".encode())
            digest.update(np.ascontiguousarray(array).data)


def count_bytes(samples: SampleSource) -> int:
    """What X and y of all windows take in float32."""
    return FLOAT32 * (prod(samples.X_shape) + prod(samples.y_shape))


def windows_per_chunk(samples: SampleSource, batch_size: int, chunk_bytes: int) -> int:
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


def stream_chunks(samples: SampleSource, at_once: int, order: ShuffledIndex | None = None) -> Iterator[tuple[Any, Any]]:
    """All samples as tensors X and y, so many windows at a time: while one is used, a thread makes the next."""

    def make(windows: Iterator[slice | RowNumbers]) -> tuple[Any, Any]:
        X, y = samples.batch(next(windows))
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


def _parts(count: int, at_once: int, order: ShuffledIndex | None) -> Iterator[slice | RowNumbers]:
    """The numbers of so many windows at a time; an order is computed for many, since each call takes its time."""
    block = at_once * max(1, ORDERED_AT_ONCE // at_once)
    for begin in range(0, count, block):
        end = min(begin + block, count)
        ordered = order.numbers(begin, end) if order else None
        for start in range(begin, end, at_once):
            stop = min(start + at_once, end)
            yield slice(start, stop) if ordered is None else ordered[start - begin : stop - begin]
