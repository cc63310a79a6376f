"""Arrays whose memory is used again: asking the system for 100 MB a training step costs more than computing on them."""

import math
import threading
import weakref

import numpy as np
from numpy.typing import NDArray

SMALLEST = 1 << 20  # bytes from which it pays
LIMIT = 1 << 30  # bytes kept for later use
ALIGNMENT = 64  # bytes; so aligned, TensorFlow takes an array over without a copy
_spare: list[NDArray[np.uint8]] = []  # blocks not in use, the longest unused first
_lock = threading.RLock()  # a finalizer may run while its own thread holds it


def empty(shape: tuple[int, ...]) -> NDArray[np.float32]:
    """An uninitialised array of `shape`; the memory of a large one is used again when its last view is gone."""
    size = 4 * math.prod(shape)
    if size < SMALLEST:
        return np.empty(shape, np.float32)
    block = _take(size + ALIGNMENT)
    start = -block.ctypes.data % ALIGNMENT
    # The base of all views of it, so that they keep it alive.
    flat: NDArray[np.float32] = np.frombuffer(block.data[start : start + size], np.float32)
    finalizer = weakref.finalize(flat, _give_back, block)
    finalizer.atexit = False  # type: ignore[misc]
    return flat.reshape(shape)


def _take(size: int) -> NDArray[np.uint8]:
    """A spare block of `size` bytes, or a new one."""
    with _lock:
        for number, block in enumerate(_spare):
            if len(block) == size:
                return _spare.pop(number)
    return np.empty(size, np.uint8)


def _give_back(block: NDArray[np.uint8]) -> None:
    with _lock:
        _spare.append(block)
        while sum(map(len, _spare)) > LIMIT:
            _spare.pop(0)
