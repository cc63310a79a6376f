"""An LSTM in few operations of TensorFlow: BlockLSTM forward, and a loop over pieces of steps backward.

Keras walks in a loop of the graph that starts some thirty small operations at every step, and as many on its way back.
BlockLSTM walks in C++. TensorFlow has its way back in one operation as well, BlockLSTMGrad, but each of its steps
multiplies by a transposed matrix, which takes three times as long as by one that was transposed before the loop, and
adds to the gradient of the weights, which is sooner done for many steps together.

The gates of BlockLSTM come in the order i, c, f, o; Keras' come as i, f, c, o, and so do those of BlockLSTMV2. That one
is not used: the gradient that TensorFlow has registered for it is BlockLSTM's, which takes c for f and f for c.

Sizes: B batch, T steps, F features, U units, K steps of a piece. W = [kernel; recurrent kernel], (F + U, 4U).
"""

from typing import Any

from seqframe.backend import tf
from seqframe.layers.block_gradient import PIECES, walk_back

WORTH_HALVES = 64  # rows from which the batch is walked in two halves, side by side


def run_block(x: Any, kernel: Any, recurrent: Any, bias: Any) -> Any:
    """Hidden states (B, T, U) of x (B, T, F), with weights (F, 4U), (U, 4U), (4U)."""
    weights = _reorder(tf.concat([kernel, recurrent], axis=0))
    bias = _reorder(bias)
    rows = x.shape[0]
    if rows is None or rows < WORTH_HALVES:
        return _run_rows(x, weights, bias)
    return tf.concat([_run_rows(half, weights, bias) for half in (x[: rows // 2], x[rows // 2 :])], axis=0)


def _run_rows(x: Any, weights: Any, bias: Any) -> Any:
    """Hidden states (B, T, U) of x (B, T, F) with W and bias in BlockLSTM's order."""
    steps = tf.shape(x)[1] if x.shape[1] is None else x.shape[1]
    piece = _piece(x.shape[1])
    # Steps added at the end change nothing before them, and no gradient comes from them.
    sequence = tf.pad(tf.transpose(x, (1, 0, 2)), [[0, -steps % piece], [0, 0], [0, 0]])  # (T, B, F), K divides T
    hidden = tf.transpose(_walk(sequence, weights, bias, piece)[:steps], (1, 0, 2))
    hidden.set_shape((*x.shape[:2], weights.shape[1] // 4))
    return hidden


def _piece(steps: int | None) -> int:
    """How many steps make a piece: that number which leaves the fewest to be added."""
    return PIECES[-1] if steps is None else min(reversed(PIECES), key=lambda piece: -steps % piece)


def _walk(x: Any, weights: Any, bias: Any, piece: int) -> Any:
    """Hidden states (T, B, U) of x (T, B, F), whose gradient is found in pieces of so many steps."""

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def walk(x: Any, weights: Any, bias: Any) -> Any:
        units = weights.shape[1] // 4
        start = tf.zeros((tf.shape(x)[1], units))
        no_peepholes = dict.fromkeys(("wci", "wcf", "wco"), tf.zeros(units))
        options = {"forget_bias": 0.0, "cell_clip": 0.0}  # Keras has the first in `bias`, and clips nothing
        record = tf.raw_ops.BlockLSTM(
            seq_len_max=tf.shape(x, tf.int64)[0],
            x=x,
            cs_prev=start,
            h_prev=start,
            w=weights,
            b=bias,
            **no_peepholes,
            **options,
        )
        return record.h, lambda d_hidden: walk_back(x, weights, bias, record, d_hidden, piece)

    return walk(x, weights, bias)


def _reorder(weights: Any) -> Any:
    """Put the columns (..., 4U) of the gates i, f, c, o into the order i, c, f, o."""
    i, f, c, o = tf.split(weights, 4, axis=-1)
    return tf.concat([i, c, f, o], axis=-1)
