"""Number of threads of the LSTM kernel."""

import os

THREADS_VARIABLE = "SEQFRAME_KERNEL_THREADS"  # environment variable; by default one thread for each core


def kernel_threads() -> int | None:
    """The number in the environment variable; None if there is none."""
    return int(os.environ.get(THREADS_VARIABLE, "0")) or None
