"""An LSTM in few TensorFlow operations: BlockLSTM forward, and a loop over chunks of steps backward.

Keras loops over time steps in the graph, with some thirty small operations per step, forward and backward. BlockLSTM
loops in C++. TensorFlow has its gradient in one operation as well, BlockLSTMGrad, but each of its steps multiplies by a
transposed matrix, which takes three times as long as by one that was transposed before the loop, and adds to the
gradient of the weights, which is faster for many steps together.

The order of gates is i, c, f, o in BlockLSTM, and i, f, c, o in Keras and BlockLSTMV2. BlockLSTMV2 is not used:
TensorFlow registers the gradient of BlockLSTM for it, so c and f are swapped.

Sizes: B batch, T steps, F features, U units, K steps of a chunk. W = [kernel; recurrent kernel], (F + U, 4U).
"""

from typing import Any

from seqframe.networks.backend import tf

CHUNK_SIZES = range(8, 21)  # steps of a chunk: more steps save less and less, and make the graph larger
MIN_ROWS_TO_SPLIT = 64  # with at least this many rows, the batch is run as two halves in parallel
SAVED = ("i", "cs", "f", "o", "ci", "co")  # outputs of BlockLSTM that LSTMBlockCellGrad needs, (T, B, U) each


def block_lstm(x: Any, kernel: Any, recurrent: Any, bias: Any, mask: Any = None) -> Any:
    """Hidden states (B, T, U) of x (B, T, F), with weights (F, 4U), (U, 4U), (4U), and a mask (B, T) of valid steps.

    A masked step carries the cell and the output over, as if the sequence did not have it. The valid steps are
    therefore moved to the front and run as a sequence, and every step gets the output of the last valid one.
    """
    if mask is not None:
        to_front = tf.argsort(tf.cast(~mask, tf.int32), axis=1, stable=True)  # (B, T)
        last_valid = tf.cumsum(tf.cast(mask, tf.int32), axis=1) - 1  # (B, T), -1 before the first valid step
        x = tf.gather(tf.where(mask[..., None], x, 0.0), to_front, batch_dims=1)
        hidden = tf.gather(block_lstm(x, kernel, recurrent, bias), tf.maximum(last_valid, 0), batch_dims=1)
        return tf.where(last_valid[..., None] >= 0, hidden, 0.0)
    weights = _reorder_gates(tf.concat([kernel, recurrent], axis=0))
    bias = _reorder_gates(bias)
    rows = x.shape[0]
    if rows is None or rows < MIN_ROWS_TO_SPLIT:
        return _run_rows(x, weights, bias)
    return tf.concat([_run_rows(half, weights, bias) for half in (x[: rows // 2], x[rows // 2 :])], axis=0)


def _run_rows(x: Any, weights: Any, bias: Any) -> Any:
    """Hidden states (B, T, U) of x (B, T, F), with W and bias in BlockLSTM's order of gates."""
    steps = tf.shape(x)[1] if x.shape[1] is None else x.shape[1]
    chunk = _chunk_size(x.shape[1])
    # Steps that are added at the end change nothing before them, and have no gradient.
    sequence = tf.pad(tf.transpose(x, (1, 0, 2)), [[0, -steps % chunk], [0, 0], [0, 0]])  # (T, B, F), K divides T
    hidden = tf.transpose(_run_sequence(sequence, weights, bias, chunk)[:steps], (1, 0, 2))
    hidden.set_shape((*x.shape[:2], weights.shape[1] // 4))
    return hidden


def _chunk_size(steps: int | None) -> int:
    """The number of steps per chunk that needs the least padding."""
    return CHUNK_SIZES[-1] if steps is None else min(reversed(CHUNK_SIZES), key=lambda chunk: -steps % chunk)


def _run_sequence(x: Any, weights: Any, bias: Any, chunk: int) -> Any:
    """Hidden states (T, B, U) of x (T, B, F), whose gradient is computed in chunks of steps."""

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def run(x: Any, weights: Any, bias: Any) -> Any:
        units = weights.shape[1] // 4
        zeros = tf.zeros((tf.shape(x)[1], units))
        no_peepholes = dict.fromkeys(("wci", "wcf", "wco"), tf.zeros(units))
        options = {"forget_bias": 0.0, "cell_clip": 0.0}  # Keras has the forget bias in `bias`, and does not clip
        record = tf.raw_ops.BlockLSTM(
            seq_len_max=tf.shape(x, tf.int64)[0],
            x=x,
            cs_prev=zeros,
            h_prev=zeros,
            w=weights,
            b=bias,
            **no_peepholes,
            **options,
        )
        return record.h, lambda d_hidden: block_lstm_backward(x, weights, bias, record, d_hidden, chunk)

    return run(x, weights, bias)


def _reorder_gates(weights: Any) -> Any:
    """Put the columns (..., 4U) of the gates i, f, c, o into the order i, c, f, o."""
    i, f, c, o = tf.split(weights, 4, axis=-1)
    return tf.concat([i, c, f, o], axis=-1)


# The backward pass. Within a chunk, step by step: LSTMBlockCellGrad turns the gradients of h[t] and c[t] into the
# gradients of the gates, dz[t], and of c[t-1]; dz[t] @ W.T holds the gradients of h[t-1] and x[t]. The gradient of W,
# the sum over t of [x[t], h[t-1]].T @ dz[t], is one matrix product per chunk.


def block_lstm_backward(
    x: Any, weights: Any, bias: Any, record: Any, d_hidden: Any, chunk: int
) -> tuple[Any, Any, Any]:
    """Gradients dx (T, B, F), dW and dbias from d_hidden (T, B, U) and the inputs and outputs of BlockLSTM."""
    features, units = x.shape[2], weights.shape[1] // 4
    zeros = tf.zeros((tf.shape(x)[1], units))
    to_x, to_hidden = tf.split(tf.transpose(weights), (features, units), axis=1)  # (4U, F), (4U, U)
    saved = {name: getattr(record, name) for name in SAVED} | {"h_grad": d_hidden}

    def one_chunk(number: Any, dh: Any, dc: Any, d_weights: Any, d_bias: Any, dx: Any) -> Any:
        number -= 1
        steps = slice(number * chunk, (number + 1) * chunk)
        first_cell, first_hidden = (_value_before(steps.start, values, zeros) for values in (record.cs, record.h))
        hidden = tf.concat([first_hidden[None], record.h[steps.start : steps.stop - 1]], axis=0)  # h[t-1]
        unstacked = {name: tf.unstack(values[steps], num=chunk) for name, values in saved.items()}
        unstacked["cs_prev"] = [first_cell, *unstacked["cs"][:-1]]
        common = _placeholders(x[0], zeros, weights, bias)
        gates: list[Any] = []
        for t in reversed(range(chunk)):
            step = {name: values[t] for name, values in unstacked.items()}
            step["h_grad"] += dh
            dc, dz, *_ = tf.raw_ops.LSTMBlockCellGrad(**step, **common, cs_grad=dc, use_peephole=False)
            dh = tf.matmul(dz, to_hidden)
            gates.insert(0, dz)
        dz = tf.concat(gates, axis=0)  # (K B, 4U)
        states = tf.reshape(tf.concat([x[steps], hidden], axis=2), (-1, features + units))
        d_weights += tf.matmul(states, dz, transpose_a=True)
        return number, dh, dc, d_weights, d_bias + tf.reduce_sum(dz, 0), dx.write(number, tf.matmul(dz, to_x))

    count = tf.shape(x)[0] // chunk
    dx = tf.TensorArray(tf.float32, count, element_shape=(None, features))
    start = (count, zeros, zeros, tf.zeros_like(weights), tf.zeros_like(bias), dx)
    *_, d_weights, d_bias, dx = tf.while_loop(lambda number, *_: number > 0, one_chunk, start, parallel_iterations=1)
    return tf.reshape(dx.stack(), tf.shape(x)), d_weights, d_bias


def _value_before(step: Any, values: Any, zeros: Any) -> Any:
    """The value at the step before, of values (T, B, U); zeros before the first step."""
    return tf.where(step > 0, values[tf.maximum(step - 1, 0)], zeros)


def _placeholders(x: Any, zeros: Any, weights: Any, bias: Any) -> dict[str, Any]:
    """Arguments of LSTMBlockCellGrad; only their shapes are used."""
    no_peepholes = dict.fromkeys(("wci", "wcf", "wco"), tf.zeros(weights.shape[1] // 4))
    return {"x": x, "h_prev": zeros, "w": weights, "b": bias, **no_peepholes}
