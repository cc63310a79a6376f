"""All stages from a Parquet file to the last batch of training: prints the peak memory of each stage, in bytes.

    python -m benchmarks.workers.windows_memory rows.parquet

Samples are always streamed, so small and large tables take the same path. Where the system can reset the peak (Linux),
each stage has its own peak; elsewhere it is the largest so far.
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
SPARSE_STRIDE = 100  # for the LSTM, which takes 500 steps per window
MODEL = ModelSettings(units=4)
DENSE_BATCH, RECURRENT_BATCH = 1024, 64  # small enough for one whole batch in a table of 10 000 rows
TRAINING = TrainingSettings(epochs=1, batch_size=DENSE_BATCH, learning_rate=0.001, shuffle=True, seed=0, n_seeds=1)


class Stages:
    """Measurements by stage: peak in bytes, seconds, and number of windows."""

    def __init__(self) -> None:
        self.measured: dict[str, dict[str, float]] = {}

    def measure(self, name: str, work: Callable[[], Any]) -> Any:
        """Run a stage and record its peak memory and time."""
        reset_peak()
        started = time.perf_counter()
        result = work()
        seconds = time.perf_counter() - started
        self.measured[name] = {"peak": read_peak(), "seconds": seconds}
        if isinstance(result, int):
            self.measured[name]["windows"] = result
        return result


def measure(path: str) -> dict[str, dict[str, float]]:
    """Measure all stages."""
    stages = Stages()
    data_settings = DataSettings(sequence_length=1, path=path, scaler="standard")
    task = TaskSettings(kind="forecast", lookback=LOOKBACK, horizon=1, instance_norm="mean")
    stages.measure("import", load_libraries)
    rows = stages.measure("read", lambda: load_data(data_settings).df)
    split = stages.measure("split", lambda: split_data(rows, data_settings))
    dataset = stages.measure(
        "fit the scaler, make windows", lambda: dataset_from_split(rows, split, data_settings, task)
    )
    every = stages.measure("scale", lambda: frame_samples(dataset, DENSE, dataset.train))
    stages.measure("make every batch", lambda: read_batches(every))
    stages.measure("train on every window, dense", lambda: train_an_epoch(every, DENSE, DENSE_BATCH))
    fewer = make_windows(split.train, task.model_copy(update={"stride": SPARSE_STRIDE}))
    sparse = FramedSamples(dataset.scaled, MANY_TO_ONE, fewer)
    name = f"train on every {SPARSE_STRIDE}th window, LSTM"
    stages.measure(name, lambda: train_an_epoch(sparse, MANY_TO_ONE, RECURRENT_BATCH))
    return stages.measured


def load_libraries() -> None:
    """Import the libraries of training, so that the peaks of later stages exclude them."""
    import seqframe.networks.build
    import seqframe.training.trainer  # noqa: F401


def read_batches(samples: FramedSamples) -> int:
    """Make every chunk as in training, without using it."""
    from seqframe.training.limits import CHUNK_BYTES
    from seqframe.training.samples import stream_chunks, windows_per_chunk

    count = 0
    for X, _ in stream_chunks(samples, windows_per_chunk(samples, TRAINING.batch_of(len(samples)), CHUNK_BYTES)):
        count += len(X)
    assert count == len(samples)
    return count


def train_an_epoch(samples: FramedSamples, framing: Framing, batch_size: int) -> int:
    """Train a small network for one epoch."""
    from seqframe.networks.build import init_network
    from seqframe.training.trainer import train_samples

    spec = framing.make_spec(*samples.batch(slice(1)), MODEL)
    training = TRAINING.model_copy(update={"batch_size": batch_size})
    train_samples(init_network(spec, seed=0), samples, training, whole_bytes=0)
    return len(samples)


def reset_peak() -> None:
    """Reset the peak to the current memory, where the system supports it."""
    path = Path("/proc/self/clear_refs")
    if path.exists():
        path.write_text("5")


def read_peak() -> int:
    """Peak memory of this process, in bytes."""
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak * (1 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1])))
