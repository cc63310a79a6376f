"""Windows in batches, read by a compiled graph: `chunks`, `batches`, `fancy` or `keras`; a unit of work is one batch.

    python -m benchmarks.workers.windows_speed keras 32 8 shuffled

`chunks` is Seqframe as in its training: one call of the graph reads several batches. The others read one batch per
call: `batches` is Seqframe, one batch at a time, `fancy` is NumPy indexing by an array of row numbers, and `keras` is
`timeseries_dataset_from_array`. A stored permutation (`fancy`, `keras`) is made before the time is measured; a computed
one is part of the measured time.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from benchmarks.workers.loop import Work, serve
from seqframe.data.dataset import ScaledData
from seqframe.data.windows import Windows
from seqframe.framings.dataset import FramedSamples
from seqframe.framings.many_to_one import MANY_TO_ONE

ROWS, LOOKBACK = 1_000_000, 500
COUNT = ROWS - LOOKBACK
Batches = Iterator[tuple[Any, Any]]


def build(name: str, batch_size: str, features: str, order: str) -> tuple[Work, str]:
    """The batches of a contender, read by a compiled graph, and its description."""
    values = np.random.default_rng(0).normal(size=(ROWS, int(features))).astype(np.float32)  # (rows, features)
    batches = repeat_epochs(CONTENDERS[name], values, int(batch_size), order == "shuffled")
    read = compile_reader(int(batch_size))
    ahead = 0  # batches of the last chunk that the next request does not have to make

    def work(count: int) -> float:
        nonlocal ahead
        value = 0.0
        while ahead < count:
            X, y = next(batches)
            value = float(read(X, y))
            ahead += len(X) // int(batch_size)
        ahead -= count
        return value

    return work, name


def repeat_epochs(make: Callable[..., Batches], values: Any, batch_size: int, shuffled: bool) -> Batches:
    """Complete batches of all epochs."""
    while True:
        for X, y in make(values, batch_size, shuffled):
            if len(X) % batch_size == 0:
                yield X, y


def compile_reader(batch_size: int) -> Callable[..., Any]:
    """A graph that reads one number of every batch of X and y, sliced as in training."""
    from seqframe.networks.backend import tf

    def step(batch: Any, total: Any, X: Any, y: Any) -> Any:
        inputs, targets = (array[batch * batch_size : (batch + 1) * batch_size] for array in (X, y))
        return batch + 1, total + inputs[0, 0, 0] + targets[0, 0], X, y

    def read(X: Any, y: Any) -> Any:
        batches = tf.shape(X)[0] // batch_size
        start = (tf.constant(0), tf.constant(0.0), X, y)
        return tf.while_loop(lambda batch, *_: batch < batches, step, start, parallel_iterations=1)[1]

    compiled: Callable[..., Any] = tf.function(read, autograph=False, reduce_retracing=True)
    return compiled


def make_chunks(values: Any, batch_size: int, shuffled: bool) -> Batches:
    """As in training: several batches in one array, made in a background thread."""
    from seqframe.training.limits import CHUNK_BYTES
    from seqframe.training.samples import stream_chunks, windows_per_chunk
    from seqframe.training.shuffle import EpochOrder

    samples = frame(values)
    order = EpochOrder(COUNT, seed=0, epoch=0) if shuffled else None
    yield from stream_chunks(samples, windows_per_chunk(samples, batch_size, CHUNK_BYTES), order)


def make_batches(values: Any, batch_size: int, shuffled: bool) -> Batches:
    """One call per batch, with a stored permutation like `fancy`."""
    from seqframe.networks.backend import tf

    samples, order = frame(values), window_order(shuffled)
    for start in range(0, COUNT, batch_size):
        X, y = samples.batch(order[start : start + batch_size])
        yield tf.constant(X), tf.constant(y)


def index_batches(values: Any, batch_size: int, shuffled: bool) -> Batches:
    """One batch at a time, by an array of row numbers (windows, lookback)."""
    from seqframe.networks.backend import tf

    order, steps = window_order(shuffled), np.arange(LOOKBACK)
    for start in range(0, COUNT, batch_size):
        starts = order[start : start + batch_size]
        yield tf.constant(values[starts[:, None] + steps]), tf.constant(values[starts + LOOKBACK, :1])


def make_keras_batches(values: Any, batch_size: int, shuffled: bool) -> Batches:
    """The dataset of Keras, which makes several batches at once in its own threads."""
    from seqframe.networks.backend import keras

    make = keras.utils.timeseries_dataset_from_array
    targets = values[LOOKBACK:, :1]
    yield from make(values, targets, LOOKBACK, batch_size=batch_size, shuffle=shuffled, seed=0 if shuffled else None)


def frame(values: Any) -> FramedSamples:
    """All windows; the target is the next row of the first column."""
    rows = ScaledData(
        values,
        values[:, :1].copy(),
        n_future=0,
        target_positions=(0,),
        instance_norm="none",
        deviations=np.ones(1, np.float32),
    )
    return FramedSamples(rows, MANY_TO_ONE, Windows((range(COUNT),), LOOKBACK, LOOKBACK, 1))


def window_order(shuffled: bool) -> Any:
    """The indices of all windows, (windows,)."""
    return np.random.default_rng(0).permutation(COUNT) if shuffled else np.arange(COUNT)


CONTENDERS = {"chunks": make_chunks, "batches": make_batches, "fancy": index_batches, "keras": make_keras_batches}

if __name__ == "__main__":
    serve(build, warm=20)
