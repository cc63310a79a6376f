"""The way back through an LSTM that BlockLSTM ran: a loop of the graph over pieces of K steps.

Within a piece, step after step: LSTMBlockCellGrad turns the gradients of h[t] and c[t] into that of the gates, dz[t],
and that of c[t-1]; dz[t] @ W.T holds those of h[t-1] and x[t]. The gradient of W, the sum over t of
[x[t], h[t-1]].T @ dz[t], takes all steps of a piece in one product.

Sizes and order are those of `block_lstm.py`.
"""

from typing import Any

from seqframe.backend import tf

PIECES = range(8, 21)  # steps in a piece; more save less and less, and make the graph longer
SAVED = ("i", "cs", "f", "o", "ci", "co")  # what BlockLSTM gives and LSTMBlockCellGrad takes, (T, B, U) each


def walk_back(x: Any, weights: Any, bias: Any, record: Any, d_hidden: Any, piece: int) -> tuple[Any, Any, Any]:
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
