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

from seqframe.networks.backend import tf

# The way back through an LSTM that BlockLSTM ran: a loop of the graph over pieces of K steps.
#
# Within a piece, step after step: LSTMBlockCellGrad turns the gradients of h[t] and c[t] into that of the gates, dz[t],
# and that of c[t-1]; dz[t] @ W.T holds those of h[t-1] and x[t]. The gradient of W, the sum over t of
# [x[t], h[t-1]].T @ dz[t], takes all steps of a piece in one product.
#
# Sizes and order are those of `block_lstm.py`.

PIECES = range(8, 21)  # steps in a piece; more save less and less, and make the graph longer
SAVED = ("i", "cs", "f", "o", "ci", "co")  # what BlockLSTM gives and LSTMBlockCellGrad takes, (T, B, U) each


def block_lstm_backward(
    x: Any, weights: Any, bias: Any, record: Any, d_hidden: Any, piece: int
) -> tuple[Any, Any, Any]:
    """Gradients dx (T, B, F), dW and dbias from d_hidden (T, B, U) and all that BlockLSTM took and gave."""
    features, units = x.shape[2], weights.shape[1] // 4
    zeros = tf.zeros((tf.shape(x)[1], units))
    to_x, to_hidden = tf.split(tf.transpose(weights), (features, units), axis=1)  # (4U, F), (4U, U)
    saved = {name: getattr(record, name) for name in SAVED} | {"h_grad": d_hidden}

    def one_piece(number: Any, dh: Any, dc: Any, d_weights: Any, d_bias: Any, dx: Any) -> Any:
        number -= 1
        steps = slice(number * piece, (number + 1) * piece)
        first_cell, first_hidden = (_value_before(steps.start, values, zeros) for values in (record.cs, record.h))
        hidden = tf.concat([first_hidden[None], record.h[steps.start : steps.stop - 1]], axis=0)  # of the steps before
        taken = {name: tf.unstack(values[steps], num=piece) for name, values in saved.items()}
        taken["cs_prev"] = [first_cell, *taken["cs"][:-1]]
        common = _unused(x[0], zeros, weights, bias)
        gates: list[Any] = []
        for t in reversed(range(piece)):
            step = {name: values[t] for name, values in taken.items()}
            step["h_grad"] += dh
            dc, dz, *_ = tf.raw_ops.LSTMBlockCellGrad(**step, **common, cs_grad=dc, use_peephole=False)
            dh = tf.matmul(dz, to_hidden)
            gates.insert(0, dz)
        dz = tf.concat(gates, axis=0)  # (K B, 4U)
        states = tf.reshape(tf.concat([x[steps], hidden], axis=2), (-1, features + units))
        d_weights += tf.matmul(states, dz, transpose_a=True)
        return number, dh, dc, d_weights, d_bias + tf.reduce_sum(dz, 0), dx.write(number, tf.matmul(dz, to_x))

    count = tf.shape(x)[0] // piece
    dx = tf.TensorArray(tf.float32, count, element_shape=(None, features))
    start = (count, zeros, zeros, tf.zeros_like(weights), tf.zeros_like(bias), dx)
    *_, d_weights, d_bias, dx = tf.while_loop(lambda number, *_: number > 0, one_piece, start, parallel_iterations=1)
    return tf.reshape(dx.stack(), tf.shape(x)), d_weights, d_bias


def _value_before(step: Any, values: Any, zeros: Any) -> Any:
    """That of the values (T, B, U) which comes before a step: zeros before the first."""
    return tf.where(step > 0, values[tf.maximum(step - 1, 0)], zeros)


def _unused(x: Any, zeros: Any, weights: Any, bias: Any) -> dict[str, Any]:
    """Arguments of LSTMBlockCellGrad of which it takes the shape alone."""
    no_peepholes = dict.fromkeys(("wci", "wcf", "wco"), tf.zeros(weights.shape[1] // 4))
    return {"x": x, "h_prev": zeros, "w": weights, "b": bias, **no_peepholes}


WORTH_HALVES = 64  # rows from which the batch is walked in two halves, side by side


def block_lstm(x: Any, kernel: Any, recurrent: Any, bias: Any) -> Any:
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
        return record.h, lambda d_hidden: block_lstm_backward(x, weights, bias, record, d_hidden, piece)

    return walk(x, weights, bias)


def _reorder(weights: Any) -> Any:
    """Put the columns (..., 4U) of the gates i, f, c, o into the order i, c, f, o."""
    i, f, c, o = tf.split(weights, 4, axis=-1)
    return tf.concat([i, c, f, o], axis=-1)
