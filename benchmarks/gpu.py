"""Training on a GPU and on the processor: training steps, the comparison of a table, and the predictions of both.

    benchmarks/gpu.sh gpu.md

`benchmarks/gpu.sh` installs what it needs and runs it. The GPU runs stock Keras layers, whose LSTM is cuDNN's, the same
compiled by XLA, and Seqframe's loop on Keras' LSTM; the processor runs what `training.backend=auto` chooses, on all
cores. Both compute in float32 (`NVIDIA_TF32_OVERRIDE=0`). Exit code 2: no GPU; 1: the predictions differ.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.machine import describe_machine, in_turns, ratio
from benchmarks.processes import ROOT, Worker, WorkerFailedError
from benchmarks.results import MISSING, Table, format_value, save_record, show
from benchmarks.training_step import ENVIRONMENT, SHAPES, Shape, describe, read_shape
from benchmarks.update_docs import format_results
from benchmarks.workers.steps_compiled import supports

CPU = "cpu"
TURN_MS = 500.0
TOLERANCE = 1e-3  # largest difference of two predictions; the series has a standard deviation of about 0.8
EPOCHS = 5  # before the predictions are compared
COMPARE = ("run", "--pipeline=compare", "--env=sunspots", "--params=training.epochs=20,training.n_seeds=1")
FIND_GPU = """
import json, tensorflow as tf
details = [tf.config.experimental.get_device_details(each) for each in tf.config.list_physical_devices("GPU")]
print(json.dumps([each.get("device_name", "unknown GPU") for each in details]))
"""


@dataclass(frozen=True)
class Contender:
    """Title, name in the worker, and whether it runs on the GPU."""

    title: str
    name: str
    on_gpu: bool


CONTENDERS = {
    CPU: Contender("processor: Seqframe", "seqframe", False),
    "keras": Contender("GPU: Keras, cuDNN", "keras_dense", True),
    "xla": Contender("GPU: Keras, XLA", "keras_xla", True),
    "loop": Contender("GPU: Seqframe, TensorFlow loop", "seqframe_loop", True),
}

Times = dict[str, dict[str, list[float]]]  # milliseconds or seconds by row of the table and contender, one per turn


def main() -> None:
    """Measure, and write the table."""
    arguments = read_arguments()
    gpu = find_gpu()
    if gpu is None:
        print("benchmarks.gpu: TensorFlow finds no GPU. Run it on a machine with an NVIDIA GPU.", file=sys.stderr)
        raise SystemExit(2)
    skipped: dict[str, str] = {}
    times: Times = {}
    for shape in arguments.shapes:
        times[f"training step {describe(shape)}, ms"] = measure_steps(shape, arguments.repeats, skipped)
        print(f"{describe(shape)}: done", flush=True)
    times["kedro run of sunspots, s"] = {CPU: [time_comparison(False)], "loop": [time_comparison(True)]}
    difference = compare_predictions()
    agree = "agree" if difference <= TOLERANCE else "DIFFER"
    notes = [
        f"GPU: {gpu}. The processor uses {os.cpu_count()} cores. Both compute in float32.",
        f"Training steps: medians of {arguments.repeats} turns. kedro {' '.join(COMPARE)}: once, with all imports.",
        f"Predictions after {EPOCHS} epochs {agree}: largest difference {difference:.1e}, tolerance {TOLERANCE:.0e}.",
        *(f"{CONTENDERS[name].title} skipped: {why}." for name, why in skipped.items()),
    ]
    write(arguments.out, tabulate(times, gpu), times, notes)
    raise SystemExit(0 if difference <= TOLERANCE else 1)


def read_arguments() -> argparse.Namespace:
    """The flags of the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("gpu.md"), help="the table; the JSON file is next to it")
    parser.add_argument("--shapes", nargs="+", type=read_shape, default=list(SHAPES), help="batch,steps,units")
    parser.add_argument("--repeats", type=int, default=3, help="turns of every contender")
    return parser.parse_args()


def environment_of(on_gpu: bool) -> dict[str, str]:
    """The environment of a process that runs on the GPU or on all cores."""
    cores = str(os.cpu_count())
    threads = dict.fromkeys(("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"), cores)
    gpu = {"TF_FORCE_GPU_ALLOW_GROWTH": "true", "NVIDIA_TF32_OVERRIDE": "0"}
    visible = os.environ.get("CUDA_VISIBLE_DEVICES", "0") if on_gpu else ""
    return ENVIRONMENT | threads | gpu | {"CUDA_VISIBLE_DEVICES": visible}


def find_gpu() -> str | None:
    """The name of the first GPU that TensorFlow finds, in a process of its own."""
    found: list[str] = json.loads(run_python(["-c", FIND_GPU], on_gpu=True).splitlines()[-1])
    return found[0] if found else None


def run_python(arguments: list[str], on_gpu: bool) -> str:
    """The output of an interpreter on the GPU or on the processor."""
    completed = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, **environment_of(on_gpu)},
        capture_output=True,
        text=True,
        check=False,
    )
    if completed.returncode:
        raise SystemExit(
            f"{' '.join(arguments[:2])} failed with exit code {completed.returncode}.\n{completed.stderr[-2000:]}"
        )
    return completed.stdout.strip()


def measure_steps(shape: Shape, repeats: int, skipped: dict[str, str]) -> dict[str, list[float]]:
    """Milliseconds per training step of every contender that can be started, one value per turn."""
    with ExitStack() as stack:
        workers = {name: stack.enter_context(start(each, shape)) for name, each in CONTENDERS.items()}
        ready = {}
        for name, worker in workers.items():
            try:
                worker.wait_until_ready()
            except WorkerFailedError as error:
                skipped[name] = f"{describe(shape)}, {error}"
                continue
            ready[name] = partial(worker.time, worker.count_for(TURN_MS))
        return in_turns(ready, repeats)


def start(contender: Contender, shape: Shape) -> Worker:
    """Start the process of one contender; the processor runs what `training.backend=auto` chooses."""
    compiled = contender.name == "seqframe" and supports(*shape)
    name = "seqframe_loop" if contender.name == "seqframe" and not compiled else contender.name
    module = "steps_compiled" if compiled else "steps_tensorflow"
    return Worker(module, name, *map(str, shape), environment=environment_of(contender.on_gpu))


def time_comparison(on_gpu: bool) -> float:
    """Seconds of `kedro run --pipeline=compare` on a table, from start to end."""
    backend = "tensorflow" if on_gpu else "auto"
    *flags, params = COMPARE
    started = time.perf_counter()
    run_python(["-m", "kedro", *flags, f"{params},training.backend={backend}"], on_gpu)
    return time.perf_counter() - started


def compare_predictions() -> float:
    """The largest difference of the predictions of a network that was trained on the GPU and on the processor."""
    command = ["-m", "benchmarks.workers.device_predictions", str(EPOCHS)]
    gpu, cpu = (np.array(json.loads(run_python(command, on_gpu).splitlines()[-1])) for on_gpu in (True, False))
    return float(np.abs(gpu - cpu).max())


def tabulate(times: Times, gpu: str) -> Table:
    """One row per measurement, and the ratio of the processor to the fastest of the GPU's contenders."""
    rows = []
    for title, sample in times.items():
        medians = (format_value(statistics.median(sample[name])) if name in sample else MISSING for name in CONTENDERS)
        others = [sample[name] for name, each in CONTENDERS.items() if each.on_gpu and name in sample]
        fastest = min(others, key=statistics.median, default=None)
        compared = ratio(sample[CPU], fastest) if fastest and CPU in sample else None
        rows.append((title, *medians, format_value(compared)))
    titles = (contender.title for contender in CONTENDERS.values())
    title = f"Training on {gpu} and on {describe_machine()['processor']}"
    return Table(title, ("measurement", *titles, "processor / the fastest on the GPU"), tuple(rows))


def write(path: Path, table: Table, times: Times, notes: list[str]) -> None:
    """Print the table, and write it as Markdown and as JSON."""
    show([table], notes)
    record = save_record("gpu", [table], times, notes)
    path.write_text(format_results(json.loads(record.read_text())) + "\n")
    shutil.copy(record, path.with_suffix(".json"))
    print(f"Saved to {path} and {path.with_suffix('.json').name}.")


if __name__ == "__main__":
    main()
