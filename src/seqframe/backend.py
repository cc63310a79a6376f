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


with _silent_stderr(), warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import keras
    import tensorflow as tf

    tf.config.experimental.enable_op_determinism()
    tf.config.list_physical_devices("GPU")
    tf.constant(0.0) + 1.0  # the first operation starts the device, and says so

__all__ = ["keras", "tf"]
