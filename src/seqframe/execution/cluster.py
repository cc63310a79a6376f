"""Train networks on a Dask cluster: of this machine, or the one at `execution.address`.

Every dataset is a task of the cluster, whose result workers share: it is sent once, and computed again if the worker
that holds it is lost. Dask runs a network again if its worker is lost; it resumes from its checkpoint where the storage
is shared. If the scheduler is lost, the command fails. A worker whose command or scheduler has ended stops training.
Bits depend on the number of parts into which TensorFlow splits an operation, so workers use the number of this process.
"""

import atexit
import logging
import os
import pickle
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from hashlib import sha256
from threading import Lock
from typing import Any
from uuid import uuid4

from seqframe.errors import UserError, shorten
from seqframe.execution.calls import JOBS_AHEAD, Call, network_name, with_usable_checkpoints
from seqframe.execution.pickled_jobs import MAX_DATASETS, Dataset, JobPacker, dump_dataset
from seqframe.execution.replies import EVENT, FAILED, Reply, run_packed
from seqframe.networks.threads import THREADS_VARIABLE
from seqframe.training.events import Event, subscribe, unsubscribe
from seqframe.training.runs import FitJob, FittedRun

TENSORFLOW_THREADS = "TF_NUM_INTRAOP_THREADS"  # environment variable of TensorFlow
CONNECT_WITHIN_S = 10
LOOPBACK = "127.0.0.1"
CONNECTION_LOST = "scheduler-connection-lost"  # reason of Dask for the cancellation of a task
_one_network = Lock()  # a worker with several threads trains one network at a time


class DaskExecutor:
    """Trains jobs on a Dask cluster, and yields the results in the order of the jobs.

    Args:
        address: Address of the scheduler, such as `tcp://127.0.0.1:8786`; None starts a cluster on this machine.
        workers: Number of workers of the cluster that is started.
        cores: Number of cores of this process, as which TensorFlow splits operations.

    Raises:
        UserError: The package `distributed` is missing, or no scheduler replies at the address.
    """

    def __init__(self, address: str | None, workers: int, cores: int) -> None:
        distributed = _import_distributed()
        self._cluster = None
        if address is None:
            self._cluster = distributed.LocalCluster(
                n_workers=workers, threads_per_worker=1, host=LOOPBACK, dashboard_address=None, memory_limit=0
            )
        self._client = _connect(distributed, self._cluster or address, address)
        self._address = str(self._client.scheduler.address)
        threads = os.environ.get(TENSORFLOW_THREADS) or str(cores)
        self._variables = {TENSORFLOW_THREADS: threads, THREADS_VARIABLE: str(max(1, cores // workers))}
        self._datasets: dict[str, Any] = {}  # name -> the task that holds the dataset
        self._packer = JobPacker(self._store)
        atexit.register(self.close)

    def __call__(self, jobs: Iterable[FitJob]) -> Iterator[FittedRun]:
        """Train the networks; later ones are trained while the results of earlier ones are used."""
        call, futures, topic = Call(), [], f"seqframe-{uuid4().hex}"

        def send(number: int, job: FitJob) -> None:
            futures.append(self._submit(call, number, with_usable_checkpoints(job), topic))

        def receive(event: tuple[float, tuple[int, bytes]]) -> None:
            number, content = event[1]
            call.messages.put((number, (EVENT, pickle.loads(content))))

        try:
            self._check_scheduler()
            self._client.subscribe_topic(topic, receive)
            workers = len(self._client.scheduler_info(n_workers=-1)["workers"])
            yield from call.run(jobs, JOBS_AHEAD * max(1, workers), send)
        except UserError:
            raise
        except Exception as error:  # Dask raises various errors
            if self._client.status == "running":
                raise
            raise _scheduler_lost(self._address) from error
        finally:
            if self._client.status == "running":
                self._client.cancel([future for future in futures if not future.done()])
                with suppress(ValueError):
                    self._client.unsubscribe_topic(topic)

    def close(self) -> None:
        """Disconnect, and end the workers that were started; a second call does nothing."""
        atexit.unregister(self.close)
        self._client.close()
        if self._cluster is not None:
            self._cluster.close()
            self._cluster = None

    def _check_scheduler(self) -> None:
        """Check that the scheduler is connected.

        Raises:
            UserError: It is not.
        """
        if self._client.status != "running":
            raise _scheduler_lost(self._address)

    def _store(self, dataset: Dataset) -> str:
        content = dump_dataset(dataset)
        name = f"dataset-{sha256(content).hexdigest()}"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of large tasks: it is sent to the scheduler once
            self._datasets[name] = self._client.submit(bytes, content, key=name)
        return name

    def _submit(self, call: Call, number: int, job: FitJob, topic: str) -> Any:
        self._check_scheduler()
        content = self._packer.pack(job)
        name = self._packer.name(job.dataset)
        arguments = (content, name, self._datasets[name], self._variables, topic, number)
        future = self._client.submit(train_on_worker, *arguments, key=f"network-{uuid4().hex}", pure=False)

        def finish(done: Any) -> None:
            call.messages.put((number, _result(done, network_name(job), self._address)))

        future.add_done_callback(finish)
        return future


def train_on_worker(
    content: bytes, name: str, dataset: bytes, variables: Mapping[str, str], topic: str, number: int
) -> Reply:
    """Train the network of a packed job in a worker of Dask; events are logged under a topic."""
    from distributed import get_worker

    worker = get_worker()
    key = worker.get_current_task()

    def log(event: Event) -> None:
        if not _is_wanted(worker, key):
            raise CancelledError
        worker.log_event(topic, (number, pickle.dumps(event)))

    with _one_network:
        for variable, value in variables.items():  # before TensorFlow is imported
            os.environ.setdefault(variable, value)
        subscribe(log)
        try:
            return run_packed(content, lambda _: _load_dataset(name, _Content(dataset)))
        finally:
            unsubscribe(log)


class CancelledError(Exception):
    """Nobody waits for the network any more."""


def _is_wanted(worker: Any, key: Any) -> bool:
    """Whether the scheduler and the command still wait for a task that a worker executes."""
    task = worker.state.tasks.get(key)
    return worker.status.name in ("running", "paused") and task is not None and task.state != "cancelled"


class _Content:
    """Bytes that do not count in the key of a cache."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Content)

    def __hash__(self) -> int:
        return 0


@lru_cache(MAX_DATASETS)
def _load_dataset(name: str, dataset: _Content) -> Dataset:
    loaded: Dataset = pickle.loads(dataset.content)
    dataset.content = b""
    return loaded


def _import_distributed() -> Any:
    try:
        import distributed
    except ImportError:
        raise UserError(
            "`execution.kind=dask` needs the package distributed. Received: it is not installed. "
            "Install it with: pip install 'seqframe[cluster]'"
        ) from None
    for name in ("distributed", "distributed.client"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # a lost worker is no error, and others are raised
    return distributed


def _connect(distributed: Any, cluster: Any, address: str | None) -> Any:
    try:
        return distributed.Client(cluster, timeout=CONNECT_WITHIN_S, set_as_default=False)
    except (OSError, ValueError) as error:
        raise UserError(
            f"A Dask scheduler must reply at `execution.address`. Received: {shorten(str(address))}, and none replied "
            f"within {CONNECT_WITHIN_S} s. Start one (make cluster), or leave the address open."
        ) from error


def _result(future: Any, name: str, address: str) -> Reply:
    """The reply of a worker, or an error of Dask."""
    try:
        reply: Reply = future.result()
    except Exception as error:
        if getattr(error, "reason", "") == CONNECTION_LOST:
            return FAILED, _scheduler_lost(address)
        reason = f"{type(error).__name__}: {error}"
        return FAILED, UserError(
            f"A worker of Dask must train a network to its end. Received: {shorten(reason)} for {name}. "
            "The logs of the workers say more."
        )
    return reply


def _scheduler_lost(address: str) -> UserError:
    return UserError(
        f"The Dask scheduler must run until the command ends. Received: the connection to {address} was lost. "
        "Start the cluster again, then run the same command to resume."
    )
