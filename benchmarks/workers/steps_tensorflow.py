"""Training steps in TensorFlow: Seqframe's layers, and stock Keras.

    python -m benchmarks.workers.steps_tensorflow seqframe_loop 64 100 64

`seqframe_loop` and `seqframe_without_kernel` run many steps in one call, like Seqframe's epoch loop. `keras_dense` and
`keras_time_distributed` run one step per call, like `fit` and `train_on_batch` without their callbacks, and so does
`keras_xla`, compiled by XLA and without cuDNN, which XLA does not support. With `_masked` at the end of the name,
sequences have different lengths, padded steps are masked, and their losses do not count.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from benchmarks.workers.lengths import random_lengths
from benchmarks.workers.loop import Work, serve


def build(name: str, *sizes: str) -> tuple[Work, str]:
    """The training loop of one contender for (batch, steps, units), and its description."""
    batch, steps, units = map(int, sizes)
    masked, name = name.endswith("_masked"), name.removesuffix("_masked")
    keras, tf, LSTM, head = import_layers(name)
    masking = [keras.layers.Masking()] if masked else []
    model = keras.Sequential([keras.Input((steps, 1)), *masking, LSTM(units, return_sequences=True), head])
    optimizer = keras.optimizers.Adam(0.001)
    optimizer.build(model.trainable_variables)
    random = np.random.default_rng(0)
    X, y = (tf.constant(random.standard_normal((batch, steps, 1)), tf.float32) for _ in range(2))
    lengths = random_lengths(batch, steps) if masked else [steps] * batch
    counts = tf.constant(np.arange(steps) < np.array(lengths)[:, None], tf.float32)[..., None]  # (batch, steps, 1)
    X *= counts  # padded with zeros, which are masked

    def update() -> Any:
        with tf.GradientTape() as tape:
            losses = tf.square(model(X, training=True) - y)
            loss = tf.reduce_sum(losses * counts) / tf.reduce_sum(counts) if masked else tf.reduce_mean(losses)
        variables = model.trainable_variables
        optimizer.apply(tape.gradient(loss, variables), variables)
        return loss

    work = one_step_per_call(tf, update, name == "keras_xla") if name.startswith("keras") else many_steps(tf, update)
    return work, f"TensorFlow {tf.__version__}, Keras {keras.__version__}"


def import_layers(name: str) -> tuple[Any, Any, Any, Any]:
    """Keras, TensorFlow, the LSTM and the head of one contender, imported as its users import them."""
    if name.startswith("keras"):
        import keras
        import tensorflow as tf

        head = keras.layers.Dense(1)
        if name == "keras_xla":
            return keras, tf, partial(keras.layers.LSTM, use_cudnn=False), head
        return keras, tf, keras.layers.LSTM, head if name == "keras_dense" else keras.layers.TimeDistributed(head)
    from seqframe.networks.backend import keras, tf
    from seqframe.networks.layers.lstm import LSTM
    from seqframe.networks.layers.time_distributed import TimeDistributed

    uses_kernel = name in ("seqframe_loop", "seqframe")
    if uses_kernel:
        import numba  # noqa: F401  # fails if the kernel is not available

    LSTM.use_kernel = uses_kernel
    return keras, tf, LSTM, TimeDistributed(keras.layers.Dense(1))


def many_steps(tf: Any, update: Callable[[], Any]) -> Work:
    """All steps in a loop inside one compiled graph."""

    def run(count: Any) -> Any:
        loss = tf.constant(0.0)
        for _ in tf.range(count):
            loss = update()
        return loss

    loop = tf.function(run)
    return lambda count: float(loop(tf.constant(count)))


def one_step_per_call(tf: Any, update: Callable[[], Any], xla: bool) -> Work:
    """One call from Python into a compiled graph per step."""
    step = tf.function(update, jit_compile=True) if xla else tf.function(update)

    def work(count: int) -> float:
        for _ in range(count):
            loss = step()
        return float(loss)

    return work


if __name__ == "__main__":
    serve(build, warm=2)
