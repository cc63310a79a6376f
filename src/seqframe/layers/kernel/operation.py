"""The kernel as an operation in TensorFlow's graph, which calls back into Python; it has no second derivatives."""

from functools import cache
from importlib import import_module
from typing import Any

from seqframe.backend import tf


@cache
def numba_runs() -> bool:
    """Whether Numba is there and fits the NumPy that is there."""
    try:
        import_module("numba")
    except ImportError:
        return False
    return True


@tf.custom_gradient  # type: ignore[untyped-decorator]
def run_kernel(x: Any, kernel: Any, recurrent: Any, bias: Any) -> Any:
    """Hidden states (B, T, units) of x (B, T, F), with weights (F, 4 units), (units, 4 units), (4 units)."""
    from seqframe.layers.kernel import passes

    inputs = [x, kernel, recurrent, bias]
    hidden, *saved = tf.numpy_function(passes.forward, inputs, [tf.float32] * 4, stateful=False)
    hidden.set_shape((x.shape[0], x.shape[1], recurrent.shape[0]))

    def gradient(d_hidden: Any) -> Any:
        gradients = tf.numpy_function(passes.backward, [d_hidden, *inputs, *saved], [tf.float32] * 4, stateful=False)
        for value, of in zip(gradients, inputs, strict=True):
            value.set_shape(of.shape)
        return gradients

    return hidden, gradient
