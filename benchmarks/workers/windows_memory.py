"""The way from a Parquet file to the last batch of training in this process: prints the peak of each stage, in bytes.

    python -m benchmarks.workers.windows_memory rows.parquet

Samples are streamed however few they are, so that a small table goes the same way as a large one. Where the system lets
the peak be set back (Linux), each stage has its own; elsewhere it is the largest so far.
"""

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from seqframe.config import DataSettings, ModelSettings, TaskSettings, TrainingSettings
from seqframe.data.dataset import dataset_from_split
from seqframe.data.sources import load_data
from seqframe.data.splits import split_data
from seqframe.data.windows import make_windows
from seqframe.framings import Framing
from seqframe.framings.dataset import FramedSamples, frame_samples
from seqframe.framings.dense import DENSE
from seqframe.framings.many_to_one import MANY_TO_ONE

LOOKBACK = 500
SPARSE_STRIDE = 100  # for the network with a recurrence, to which each window is 500 steps of work
MODEL = ModelSettings(units=4)
DENSE_BATCH, RECURRENT_BATCH = 1024, 64  # so small that a table of 10 000 rows has a whole one
TRAINING = TrainingSettings(epochs=1, batch_size=DENSE_BATCH, learning_rate=0.001, shuffle=True, seed=0, n_seeds=1)


class Stages:
    """What has been measured: by stage, its peak in bytes, its seconds and how many windows it went over."""

    def __init__(self) -> None:
        self.measured: dict[str, dict[str, float]] = {}

    def do(self, name: str, work: Callable[[], Any]) -> Any:
        """Do the work of a stage, and keep what it took."""
        set_peak_back()
        started = time.perf_counter()
        answer = work()
        seconds = time.perf_counter() - started
        self.measured[name] = {"peak": read_peak(), "seconds": seconds}
        if isinstance(answer, int):
            self.measured[name]["windows"] = answer
        return answer


def measure(path: str) -> dict[str, dict[str, float]]:
    """Go all the way, stage by stage."""
    stages = Stages()
    data_settings = DataSettings(sequence_length=1, path=path, scaler="standard")
    task = TaskSettings(kind="forecast", lookback=LOOKBACK, horizon=1, instance_norm="mean")
    stages.do("import", load_libraries)
    rows = stages.do("read", lambda: load_data(data_settings))
    split = stages.do("split", lambda: split_data(rows, data_settings))
    dataset = stages.do(
        "pose: fit the scaler, cut windows", lambda: dataset_from_split(rows, split, data_settings, task)
    )
    every = stages.do("scale", lambda: frame_samples(dataset, DENSE, dataset.train))
    stages.do("make every batch", lambda: go_over(every))
    stages.do("train on every window, dense", lambda: train_an_epoch(every, DENSE, DENSE_BATCH))
    fewer = make_windows(split.train, task.model_copy(update={"stride": SPARSE_STRIDE}))
    sparse = FramedSamples(dataset.scaled, MANY_TO_ONE, fewer)
    name = f"train on every {SPARSE_STRIDE}th window, LSTM"
    stages.do(name, lambda: train_an_epoch(sparse, MANY_TO_ONE, RECURRENT_BATCH))
    return stages.measured


def load_libraries() -> None:
    """Import all that training needs, so that no later stage has it in its peak alone."""
    import seqframe.networks.build

    import seqframe.training.trainer  # noqa: F401


def go_over(samples: FramedSamples) -> int:
    """Make every chunk as training has it, and use none."""
    from seqframe.training.samples import CHUNK_BYTES, stream_chunks, windows_per_chunk

    seen = 0
    for X, _ in stream_chunks(samples, windows_per_chunk(samples, TRAINING.batch_of(len(samples)), CHUNK_BYTES)):
        seen += len(X)
    assert seen == len(samples)
    return seen


def train_an_epoch(samples: FramedSamples, framing: Framing, batch_size: int) -> int:
    """Train a tiny network for one whole epoch."""
    from seqframe.networks.build import init_network
    from seqframe.training.trainer import train_samples

    spec = framing.make_spec(*samples.batch(slice(1)), MODEL)
    training = TRAINING.model_copy(update={"batch_size": batch_size})
    train_samples(init_network(spec, seed=0), samples, training, whole_bytes=0)
    return len(samples)


def set_peak_back() -> None:
    """Have the peak begin anew at what is held now, where the system can."""
    path = Path("/proc/self/clear_refs")
    if path.exists():
        path.write_text("5")


def read_peak() -> int:
    """The most memory that this process has held, in bytes."""
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak * (1 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1])))
