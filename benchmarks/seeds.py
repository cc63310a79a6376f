"""Epochs of several networks that differ in their seed, and of a single one, in turns.

    python -m benchmarks.seeds --repeats 3 --problems many_to_many table
    python -m benchmarks.seeds --cell gru

Seqframe's compiled backend trains them at once, the TensorFlow loop one after the other. A turn is one training of
`EPOCHS` epochs, without initial weights, tracing and compiling.
"""

import argparse
import statistics
from contextlib import ExitStack
from functools import partial
from typing import get_args

from matplotlib.figure import Figure

from benchmarks.machine import in_turns, pin_to_cores, ratio
from benchmarks.processes import Worker
from benchmarks.results import COLORS, Report, Table, format_value, new_figure, plot_groups
from seqframe.config.schema import Cell

PROBLEMS = {"many_to_many": 32, "many_to_one": 32, "table": 3}  # number of seeds
BACKENDS = {"auto": "compiled", "tensorflow": "TensorFlow loop"}  # setting `training.backend` -> title
THREADS = 2
EPOCHS = {"table": 20}  # of a training
TUTORIAL_EPOCHS = 500

Contender = tuple[str, int]  # backend, number of networks
Times = dict[str, dict[str, list[float]]]  # milliseconds per epoch by problem and contender, one per turn


def main() -> None:
    """Measure, print the tables and save the results."""
    arguments = read_arguments()
    pin_to_cores(THREADS)
    report = Report("seeds" if arguments.cell == "lstm" else f"seeds_{arguments.cell}")
    times = {problem: measure(problem, arguments.cell, arguments.repeats) for problem in arguments.problems}
    notes = [
        f"Medians of {arguments.repeats} turns on {THREADS} threads. Ratios are medians of each turn's ratio.",
        "An epoch is one update of each network for the tutorial's framings, and 16 updates for the table.",
    ]
    report.finish([tabulate_times(times), tabulate_ratios(times)], draw(times), {"ms": times}, notes)


def read_arguments() -> argparse.Namespace:
    """The flags of the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--problems", nargs="+", choices=list(PROBLEMS), default=list(PROBLEMS))
    parser.add_argument("--cell", choices=get_args(Cell), default="lstm", help="recurrent layer, as `model.cell`")
    parser.add_argument("--repeats", type=int, default=7, help="turns of each contender")
    return parser.parse_args()


def measure(problem: str, cell: str, repeats: int) -> dict[str, list[float]]:
    """Milliseconds per epoch of one network and of several, for each backend."""
    seeds = PROBLEMS[problem]
    with ExitStack() as stack:
        workers = {
            key(backend, count): stack.enter_context(Worker("seeds", problem, backend, str(count), cell))
            for backend in BACKENDS
            for count in (1, seeds)
        }
        for worker in workers.values():
            worker.wait_until_ready()
        epochs = EPOCHS.get(problem, TUTORIAL_EPOCHS)
        found = in_turns({name: partial(worker.time, epochs) for name, worker in workers.items()}, repeats)
    print(f"{problem}: {', '.join(f'{name} {statistics.median(each):.4f} ms' for name, each in found.items())}")
    return found


def key(backend: str, count: int) -> str:
    """Name of a contender."""
    return f"{backend} {count}"


def tabulate_times(times: Times) -> Table:
    """Milliseconds per epoch of one network and of all."""
    rows = []
    for problem, sample in times.items():
        count = PROBLEMS[problem]
        cells = [statistics.median(sample[key(backend, each)]) for backend in BACKENDS for each in (1, count)]
        rows.append((problem, str(count), *map(format_value, cells)))
    columns = [f"{title}, {number}" for title in BACKENDS.values() for number in ("one", "all")]
    return Table("Milliseconds per epoch of all networks", ("problem", "seeds", *columns), tuple(rows))


def tabulate_ratios(times: Times) -> Table:
    """All networks to one, and the compiled backend to the TensorFlow loop."""
    rows = []
    for problem, sample in times.items():
        count = PROBLEMS[problem]
        pairs = [(key(backend, count), key(backend, 1)) for backend in BACKENDS]
        pairs += [(key("auto", each), key("tensorflow", each)) for each in (1, count)]
        rows.append((problem, str(count), *(format_value(ratio(sample[a], sample[b])) for a, b in pairs)))
    columns = [f"{title}: all to one" for title in BACKENDS.values()]
    columns += ["compiled to TensorFlow, one", "compiled to TensorFlow, all"]
    return Table("Ratios of times (below 1 is faster)", ("problem", "seeds", *columns), tuple(rows))


def draw(times: Times) -> Figure:
    """Milliseconds per epoch on a logarithmic axis."""
    figure, (axes,) = new_figure()
    drawn: dict[str, list[float | None]] = {
        f"{title}, {'all' if many else 'one'}": [
            statistics.median(sample[key(backend, PROBLEMS[problem] if many else 1)])
            for problem, sample in times.items()
        ]
        for backend, title in BACKENDS.items()
        for many in (False, True)
    }
    plot_groups(axes, [f"{problem}, {PROBLEMS[problem]}" for problem in times], drawn, COLORS[:4])
    axes.set(ylabel="ms per epoch", title="Networks that differ in their seed")
    return figure


if __name__ == "__main__":
    main()
