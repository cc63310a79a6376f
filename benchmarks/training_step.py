"""Milliseconds a training step (forward, mean squared error, backward, Adam), side by side with Keras, PyTorch and JAX.

    python -m benchmarks.training_step --shapes 1,5,5 64,100,64 --repeats 3 --contenders seqframe pytorch_fused

The model is LSTM(units, return_sequences) and a linear layer of one output at every step, on one feature. A shape is
batch,steps,units. Every side runs in a process of its own, on the same cores, and all are asked in turns.
"""

import argparse
import statistics
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial

from benchmarks.environments import NoEnvironmentError, find_python
from benchmarks.measuring import in_turns, keep_to_cores
from benchmarks.processes import Worker, WorkerFailedError
from benchmarks.reporting import Report
from benchmarks.step_tables import CONTENDERS, SHAPES, Contender, Shape, Times, draw, tabulate

THREADS = 2
TURN_MS = 1000.0  # how long a side works in one turn, at least one step
ENVIRONMENT = {
    # large arrays stay with the process instead of going back to the system after every step, on all sides
    "MALLOC_MMAP_THRESHOLD_": "1073741824",
    "MALLOC_TRIM_THRESHOLD_": "1073741824",
    "OMP_NUM_THREADS": str(THREADS),
    "TF_NUM_INTRAOP_THREADS": str(THREADS),
    "TF_NUM_INTEROP_THREADS": str(THREADS),
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "CUDA_VISIBLE_DEVICES": "",
    "JAX_PLATFORMS": "cpu",
}


@dataclass
class Sides:
    """What is known of the sides: their interpreters, their versions, and why some were left out."""

    pythons: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)


def main() -> None:
    """Measure, print tables and keep the figures."""
    arguments = read_arguments()
    sides = Sides()
    for contender in (CONTENDERS[name] for name in arguments.contenders):
        find_side(contender, sides)
    keep_to_cores(THREADS)
    report = Report("training_step")
    times: Times = {}
    for shape in arguments.shapes:
        times[shape] = measure(shape, sides, arguments.repeats)
        medians = (f"{name} {statistics.median(values):.2f}" for name, values in times[shape].items())
        print(f"{shape}: {', '.join(medians)} ms", flush=True)
    notes = [
        f"Medians of {arguments.repeats} turns on {THREADS} threads. Ratios are medians of each turn's ratio.",
        "Seqframe takes its steps in one compiled loop; the others take one step a call, as they come.",
        *sorted(set(sides.versions.values())),
        *(f"{CONTENDERS[name].title} left out: {why}." for name, why in sides.skipped.items()),
    ]
    raw = {",".join(map(str, shape)): sample for shape, sample in times.items()}
    report.finish(
        tabulate(times), draw(times), {"ms": raw, "versions": sides.versions, "skipped": sides.skipped}, notes
    )


def read_arguments() -> argparse.Namespace:
    """The flags of the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shapes", nargs="+", type=read_shape, default=list(SHAPES), help="batch,steps,units")
    parser.add_argument("--repeats", type=int, default=7, help="turns of every side")
    parser.add_argument("--contenders", nargs="+", choices=list(CONTENDERS), default=list(CONTENDERS))
    return parser.parse_args()


def read_shape(text: str) -> Shape:
    """`batch,steps,units` as numbers."""
    batch, steps, units = map(int, text.split(","))
    return batch, steps, units


def find_side(contender: Contender, sides: Sides) -> None:
    """Find the interpreter of a side, or note why there is none."""
    try:
        sides.pythons[contender.name] = find_python(contender.environment) if contender.environment else ""
    except NoEnvironmentError as error:
        sides.skipped[contender.name] = str(error)


def measure(shape: Shape, sides: Sides, repeats: int) -> dict[str, list[float]]:
    """Milliseconds a step of every side that can be started, one figure a turn."""
    with ExitStack() as stack:
        workers = {name: stack.enter_context(start(CONTENDERS[name], shape, sides)) for name in sides.pythons}
        counts: dict[str, int] = {}
        for name, worker in workers.items():
            try:
                sides.versions[name] = worker.wait_until_ready()
            except WorkerFailedError as error:
                sides.skipped[name] = str(error)
                continue
            counts[name] = 1
        for name in (*counts, *counts):  # twice: a single step is a poor measure of a step
            counts[name] = max(1, round(TURN_MS / workers[name].ask(counts[name])))
        return in_turns({name: partial(workers[name].ask, count) for name, count in counts.items()}, repeats)


def start(contender: Contender, shape: Shape, sides: Sides) -> Worker:
    """Start the process of one side for one shape."""
    python = sides.pythons[contender.name]
    sizes = (str(size) for size in shape)
    if python:
        return Worker(contender.module, contender.name, *sizes, python=python, environment=ENVIRONMENT)
    return Worker(contender.module, contender.name, *sizes, environment=ENVIRONMENT)


if __name__ == "__main__":
    main()
