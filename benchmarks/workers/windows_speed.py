"""Windows in batches, read by a compiled graph: `chunks`, `batches`, `fancy` or `keras`; a unit of work is one batch.

    python -m benchmarks.workers.windows_speed keras 32 8 shuffled

`chunks` are Seqframe's, as its training has them: one call of the graph reads several batches. Of the others a call
reads one batch: `batches` are Seqframe's, each made alone,
`fancy` is NumPy's indexing by an array of row numbers, and `keras` is `timeseries_dataset_from_array`. An order of
windows that is kept (`fancy`, `keras`) is drawn before the time is taken; one that is computed, while it is.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from benchmarks.workers.serving import Work, serve
from seqframe.data.dataset import ScaledData
from seqframe.data.windows import Windows
from seqframe.framings.dataset import FramedSamples
from seqframe.framings.many_to_one import MANY_TO_ONE

ROWS, LOOKBACK = 1_000_000, 500
COUNT = ROWS - LOOKBACK
Batches = Iterator[tuple[Any, Any]]


def build(side: str, batch_size: str, features: str, order: str) -> tuple[Work, str]:
    """Import what a side needs, and hold its batches ready."""
    values = np.random.default_rng(0).normal(size=(ROWS, int(features))).astype(np.float32)  # (rows, features)
    batches = forever(SIDES[side], values, int(batch_size), order == "shuffled")
    read = compile_reader(int(batch_size))
    ahead = 0  # batches of the last chunk, which the next request need not ask for

    def work(count: int) -> float:
        nonlocal ahead
        value = 0.0
        while ahead < count:
            X, y = next(batches)
            value = float(read(X, y))
            ahead += len(X) // int(batch_size)
        ahead -= count
        return value

    return work, side


def forever(side: Callable[..., Batches], values: Any, batch_size: int, shuffled: bool) -> Batches:
    """Whole batches, epoch after epoch."""
    while True:
        for X, y in side(values, batch_size, shuffled):
            if len(X) % batch_size == 0:
                yield X, y


def compile_reader(batch_size: int) -> Callable[..., Any]:
    """A graph that reads one number of every batch in X and y, which it cuts as that of training does."""
    from seqframe.networks.backend import tf

    def step(batch: Any, total: Any, X: Any, y: Any) -> Any:
        some, asked = (part[batch * batch_size : (batch + 1) * batch_size] for part in (X, y))
        return batch + 1, total + some[0, 0, 0] + asked[0, 0], X, y

    def read(X: Any, y: Any) -> Any:
        batches = tf.shape(X)[0] // batch_size
        start = (tf.constant(0), tf.constant(0.0), X, y)
        return tf.while_loop(lambda batch, *_: batch < batches, step, start, parallel_iterations=1)[1]

    compiled: Callable[..., Any] = tf.function(read, autograph=False, reduce_retracing=True)
    return compiled


def chunks_side(values: Any, batch_size: int, shuffled: bool) -> Batches:
    """As training has them: several batches in one piece, made in a thread beside it."""
    from seqframe.training.samples import CHUNK_BYTES, ShuffledIndex, stream_chunks, windows_per_chunk

    samples = frame(values)
    order = ShuffledIndex(COUNT, 0, 0) if shuffled else None
    yield from stream_chunks(samples, windows_per_chunk(samples, batch_size, CHUNK_BYTES), order)


def batches_side(values: Any, batch_size: int, shuffled: bool) -> Batches:
    """Each batch by a call of its own, in an order that is kept, as `fancy` has it."""
    from seqframe.networks.backend import tf

    samples, order = frame(values), draw_order(shuffled)
    for start in range(0, COUNT, batch_size):
        X, y = samples.batch(order[start : start + batch_size])
        yield tf.constant(X), tf.constant(y)


def fancy_side(values: Any, batch_size: int, shuffled: bool) -> Batches:
    """Each batch by an array of row numbers (windows, lookback)."""
    from seqframe.networks.backend import tf

    order, steps = draw_order(shuffled), np.arange(LOOKBACK)
    for start in range(0, COUNT, batch_size):
        starts = order[start : start + batch_size]
        yield tf.constant(values[starts[:, None] + steps]), tf.constant(values[starts + LOOKBACK, :1])


def keras_side(values: Any, batch_size: int, shuffled: bool) -> Batches:
    """What Keras has for it, which makes several batches at once in threads of its own."""
    from seqframe.networks.backend import keras

    make = keras.utils.timeseries_dataset_from_array
    targets = values[LOOKBACK:, :1]
    yield from make(values, targets, LOOKBACK, batch_size=batch_size, shuffle=shuffled, seed=0 if shuffled else None)


def frame(values: Any) -> FramedSamples:
    """All windows, to predict the first column a row later."""
    rows = ScaledData(values, values[:, :1].copy(), n_future=0, target_positions=(0,), instance_norm="none")
    return FramedSamples(rows, MANY_TO_ONE, Windows((range(COUNT),), LOOKBACK, LOOKBACK, 1))


def draw_order(shuffled: bool) -> Any:
    """The numbers of all windows."""
    return np.random.default_rng(0).permutation(COUNT) if shuffled else np.arange(COUNT)


SIDES = {"chunks": chunks_side, "batches": batches_side, "fancy": fancy_side, "keras": keras_side}

if __name__ == "__main__":
    serve(build, warm=20)
