"""The one place that imports TensorFlow: quietly, and set to repeat its numbers bit for bit.

TensorFlow writes about missing GPUs to the file descriptor of stderr before any setting can stop it, so the descriptor
is turned away while it starts. What it wrote is shown if the start fails.
"""

import os
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")


@contextmanager
def _silent_stderr() -> Iterator[None]:
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as written:
        os.dup2(written.fileno(), 2)
        try:
            yield
        except BaseException:
            written.seek(0)
            os.write(kept, written.read())
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)


@contextmanager
def _hidden(*libraries: str) -> Iterator[None]:
    """Have `import` not find some libraries, unless they are loaded already."""
    hidden = [name for name in libraries if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


# Keras looks for scikit-learn and IPython, to serve them, and takes longer to load them than we to train a network.
with _silent_stderr(), warnings.catch_warnings(), _hidden("sklearn", "IPython"):
    warnings.simplefilter("ignore")
    import keras
    import tensorflow as tf

    tf.config.experimental.enable_op_determinism()
    tf.config.list_physical_devices("GPU")
    tf.constant(0.0) + 1.0  # the first operation starts the device, and says so

__all__ = ["keras", "tf"]
