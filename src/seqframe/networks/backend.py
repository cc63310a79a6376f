"""The only module that imports TensorFlow and Keras: quietly, and with deterministic operations.

TensorFlow writes messages about missing GPUs to the file descriptor of stderr before any setting can stop it. The
descriptor is therefore redirected during the import. If the import fails, the messages are shown.
"""

import os
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from seqframe.data.memory import release_library_pages

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")


@contextmanager
def _silent_stderr() -> Iterator[None]:
    sys.stderr.flush()
    stderr = os.dup(2)
    with tempfile.TemporaryFile() as captured:
        os.dup2(captured.fileno(), 2)
        try:
            yield
        except Exception:  # not Ctrl-C
            captured.seek(0)
            os.write(stderr, captured.read())
            raise
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)


@contextmanager
def _hidden(*libraries: str) -> Iterator[None]:
    """Make imports of some libraries fail, unless they are loaded already."""
    hidden = [name for name in libraries if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


# Keras imports scikit-learn and IPython if they are installed, which takes longer than training a small network.
with _silent_stderr(), warnings.catch_warnings(), _hidden("sklearn", "IPython"):
    warnings.simplefilter("ignore")
    import keras
    import tensorflow as tf

    tf.config.experimental.enable_op_determinism()
    tf.config.list_physical_devices("GPU")
    tf.constant(0.0) + 1.0  # the first operation starts the device, with a message

release_library_pages(Path(tf.__file__).resolve().parent)  # 300 MiB that were read to load TensorFlow

__all__ = ["keras", "tf"]
