"""Choose where the networks of a command are trained."""

import os
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from typing import Protocol

from seqframe.config import ExecutionSettings, Settings
from seqframe.data.memory import available_memory
from seqframe.training.runs import FitJob, FittedRun, run_serially

MIN_EPOCHS = 10_000  # of all networks together, from which worker processes save more time than they take to start
WORKER_BYTES = 1_000_000_000  # that a worker process takes, at least


class ClosableExecutor(Protocol):
    """An executor that may have worker processes."""

    def __call__(self, jobs: Iterable[FitJob], /) -> Iterator[FittedRun]:
        """Train the networks, and yield the results in the order of the jobs."""

    def close(self) -> None:
        """End the worker processes."""


class SerialExecutor:
    """Trains one network after the other in this process."""

    def __call__(self, jobs: Iterable[FitJob]) -> Iterator[FittedRun]:
        return run_serially(jobs)

    def close(self) -> None:
        """No-op: there are no processes."""


def make_executor(settings: ExecutionSettings, networks: int, epochs: int, at_once: int = 1) -> ClosableExecutor:
    """The executor of a command.

    Args:
        settings: The settings of the execution.
        networks: Number of networks that can be trained at once: the most of one framing.
        epochs: Number of epochs of all networks together, at most.
        at_once: Number of networks that this process can train at once; see `count_at_once`.
    """
    cores = count_cores()
    workers = settings.workers or cores
    if settings.kind == "auto":
        workers = min(workers, networks)
        if at_once >= workers:
            return SerialExecutor()
    if settings.kind == "dask":
        from seqframe.execution.cluster import DaskExecutor

        return DaskExecutor(settings.address, workers, cores)
    if settings.kind == "serial" or (settings.kind == "auto" and not _saves_time(workers, epochs)):
        return SerialExecutor()
    from seqframe.execution.processes import ProcessExecutor

    return ProcessExecutor(workers, max(1, cores // workers))


def count_at_once(settings: Settings) -> int:
    """Number of networks that this process trains at once, each on a thread: those that differ in their seed.

    It is 1 where TensorFlow trains them.
    """
    return settings.training.n_seeds if _trains_compiled(settings) else 1


def _trains_compiled(settings: Settings) -> bool:
    """Whether compiled code trains the networks; `seqframe.training.compiled.supports` has the rule for a network."""
    model, training = settings.model, settings.training
    plain = model.step_encoder == "none" and not settings.task.has_labels
    penalties = model.kernel_l2 or model.recurrent_l2 or model.bias_l2 or model.recurrent_dropout
    compiled = training.backend == "auto" and training.keras_loss is None and find_spec("numba") is not None
    return bool(compiled and plain and not penalties)


def start_compiling(settings: Settings) -> None:
    """Start to compile the training code in another process, while this one reads the data.

    It is compiled once after the installation. Other code than this may be needed; it is compiled when it is used.
    """
    if not _trains_compiled(settings):
        return
    from seqframe.networks.compiled.functions import find_function
    from seqframe.networks.compiled.table import count_lanes

    model, batch = settings.model, settings.training.batch_size
    samples = settings.data.n_train if batch == "full" else batch
    units = max(model.hidden_sizes or [model.units])
    find_function(model.cell, count_lanes(samples, units)).start_compiling()


def _saves_time(workers: int, epochs: int) -> bool:
    """Whether worker processes save time, and fit into memory if it is known."""
    available = available_memory()
    fits = available is None or available > workers * WORKER_BYTES
    return workers > 1 and epochs >= MIN_EPOCHS and fits


def count_cores() -> int:
    """Number of processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
