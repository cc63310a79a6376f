"""Share of the processor's peak that a training step reaches, and the parts of its time.

    python -m benchmarks.roofline --shapes 64,100,64 --repeats 3

The peak is measured: fused multiply-adds of registers, with the vectors of the kernel, in one thread on each core. The
floating-point operations of a step are counted in its matrix products (`count_operations`). The matrix products and the
gates of the LSTM are also timed alone, on data in the cache. All are timed in turns, each in its own process.
"""

import argparse
import statistics
from collections.abc import Mapping
from contextlib import ExitStack
from functools import partial

from matplotlib.figure import Figure

from benchmarks.machine import in_turns, pin_to_cores, ratio
from benchmarks.processes import Worker
from benchmarks.results import COLORS, MISSING, Report, Table, format_value, new_figure
from benchmarks.training_step import (
    ALL,
    ENVIRONMENT,
    SHAPES,
    THREADS,
    TURN_MS,
    Found,
    Shape,
    describe,
    find_contender,
    read_shape,
    start,
)
from benchmarks.workers.steps_compiled import supports
from seqframe.networks.compiled.table import MAX_LANES_WORK
from seqframe.networks.layers.lstm_kernel import _shards

RATES = {  # title by kind and number of threads of the worker
    ("multiply_add", 1): "multiply-add, one core, GFLOP/s",
    ("multiply_add", THREADS): f"multiply-add, {THREADS} cores, GFLOP/s",
    ("blas", THREADS): f"NumPy, product of 2048 × 2048, {THREADS} cores, GFLOP/s",
    ("copy", THREADS): f"copy of memory, {THREADS} cores, read and written, GB/s",
}
STEPS = ("seqframe", "pytorch_fused")
PEAK = "peak"
PARTS = {"products": "matrix products", "gates": "gates"}
FLOAT32 = 4

Times = dict[str, list[float]]  # milliseconds per unit by contender, one per turn


def main() -> None:
    """Measure, print the tables and save the results."""
    arguments = read_arguments()
    found = Found()
    for name in STEPS:
        find_contender(ALL[name], found)
    pin_to_cores(THREADS)
    report = Report("roofline")
    rates, sizes = measure_rates(arguments.repeats)
    times = {shape: measure_shape(shape, sizes, found, arguments.repeats) for shape in arguments.shapes}
    notes = [
        f"Medians of {arguments.repeats} turns. Shares are medians of each turn's share of the peak in the same turn.",
        "Operations: matrix products of the LSTM and the dense layer, forward, backward and for the weights.",
        *sorted(set(found.versions.values())),
        *(f"{ALL[name].title} skipped: {why}." for name, why in found.skipped.items()),
    ]
    tables = [tabulate_rates(rates, sizes), tabulate_shares(times, sizes), tabulate_parts(times)]
    raw = {"ms": {describe(shape): sample for shape, sample in times.items()}, "rates": {**rates}, "sizes": {**sizes}}
    report.finish(tables, draw(times, sizes), raw, notes)


def read_arguments() -> argparse.Namespace:
    """The flags of the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shapes", nargs="+", type=read_shape, default=list(SHAPES), help="batch,steps,units")
    parser.add_argument("--repeats", type=int, default=5, help="turns of every contender")
    return parser.parse_args()


def count_operations(shape: Shape, features: int = 1, outputs: int = 1) -> int:
    """Floating-point operations of the matrix products of a training step of LSTM and a dense layer in each step.

    A product of (M, K) and (K, N) has 2 M K N. The gradient of the inputs of the network is not needed. Biases, the
    gates, the loss and the optimizer are not counted.

    >>> count_operations((1, 1, 1)), count_operations((64, 100, 64))
    (46, 638566400)
    """
    batch, steps, units = shape
    forward = weights = (features + units) * 4 * units
    backward = units * 4 * units
    return 2 * batch * steps * (forward + backward + weights + 3 * units * outputs)


def count_bytes(shape: Shape) -> int:
    """Bytes that the forward pass saves for the backward pass: gates, cells and states of all steps."""
    batch, steps, units = shape
    return batch * steps * 6 * units * FLOAT32


def count_threads(shape: Shape) -> int:
    """Threads that train one network: compiled epochs have one."""
    return 1 if supports(*shape) else THREADS


def measure_rates(repeats: int) -> tuple[Times, dict[str, float]]:
    """Milliseconds per unit of work of each rate, and the operations or bytes of a unit, by title."""
    with ExitStack() as stack:
        workers = {
            title: stack.enter_context(Worker("rates", kind, str(threads), environment=ENVIRONMENT))
            for (kind, threads), title in RATES.items()
        }
        sizes = {title: float(worker.wait_until_ready()) for title, worker in workers.items()}
        counts = {title: worker.count_for(TURN_MS) for title, worker in workers.items()}
        return in_turns({title: partial(workers[title].time, counts[title]) for title in workers}, repeats), sizes


def measure_shape(shape: Shape, sizes: dict[str, float], found: Found, repeats: int) -> Times:
    """Milliseconds of the peak's unit, of a step of each library, and of its parts."""
    with ExitStack() as stack:
        workers = {name: stack.enter_context(start(ALL[name], shape, found)) for name in found.pythons}
        peak = ("multiply_add", str(THREADS))
        workers[PEAK] = stack.enter_context(Worker("rates", *peak, environment=ENVIRONMENT))
        for name in PARTS if shape[0] * shape[2] > MAX_LANES_WORK else ():
            workers[name] = stack.enter_context(Worker("rates", name, *part_sizes(shape), environment=ENVIRONMENT))
        for name, worker in workers.items():
            description = worker.wait_until_ready()
            if name in STEPS:
                found.versions[name] = description
        counts = {name: worker.count_for(TURN_MS) for name, worker in workers.items()}
        times = in_turns({name: partial(workers[name].time, counts[name]) for name in workers}, repeats)
    share = statistics.median(shares(times, "seqframe", shape, sizes))
    print(f"{describe(shape)}: {share:.0%} of the peak", flush=True)
    return times


def part_sizes(shape: Shape) -> tuple[str, ...]:
    """Threads, shards of the batch, rows of a shard, steps and units, as arguments of the worker."""
    batch, steps, units = shape
    threads = count_threads(shape)
    shards, rows = _shards(batch) if threads > 1 else (1, -(-batch // 4) * 4)
    return tuple(map(str, (threads, shards, rows, steps, units)))


def shares(times: Times, name: str, shape: Shape, sizes: Mapping[str, float]) -> list[float]:
    """Share of the peak of all cores in every turn."""
    unit = sizes[RATES["multiply_add", THREADS]]
    operations = count_operations(shape)
    return [operations / ms / (unit / peak) for ms, peak in zip(times[name], times[PEAK], strict=True)]


def tabulate_rates(rates: Times, sizes: Mapping[str, float]) -> Table:
    """The rate of each kind of work: operations per nanosecond are GFLOP/s."""
    rows = [(title, format_value(sizes[title] / statistics.median(rates[title]) / 1e6)) for title in rates]
    return Table("Rates of the processor", ("work", "rate"), tuple(rows))


def tabulate_shares(times: Mapping[Shape, Times], sizes: Mapping[str, float]) -> Table:
    """Operations and rate of a step of Seqframe, and the share of the peak that each library reaches."""
    rows = []
    for shape, sample in times.items():
        ms, operations = statistics.median(sample["seqframe"]), count_operations(shape)
        cells = [format_value(operations / 1e6), format_value(ms), format_value(operations / ms / 1e6)]
        for name in STEPS:
            share = statistics.median(shares(sample, name, shape, sizes)) if name in sample else None
            cells.append(format_value(share))
        rows.append((describe(shape), str(count_threads(shape)), *cells))
    columns = (
        *("batch × steps × units", "threads", "MFLOP", "ms", "GFLOP/s", f"share of the peak of {THREADS} cores"),
        f"share of the peak, {ALL['pytorch_fused'].title}",
    )
    return Table("A training step of Seqframe and the peak", columns, tuple(rows))


def tabulate_parts(times: Mapping[Shape, Times]) -> Table:
    """Parts of the time of a step of Seqframe, and the memory that the forward pass saves."""
    rows = []
    for shape, sample in times.items():
        parts = [ratio(sample[name], sample["seqframe"]) for name in PARTS if name in sample]
        cells = [*map(format_value, [*parts, 1 - sum(parts)])] if parts else [MISSING] * (len(PARTS) + 1)
        rows.append((describe(shape), *cells, format_value(count_bytes(shape) / 1e6)))
    columns = (*(f"{title} alone" for title in PARTS.values()), "the rest", "saved for the backward pass, MB")
    return Table("Share of the time of a step", ("batch × steps × units", *columns), tuple(rows))


def draw(times: Mapping[Shape, Times], sizes: Mapping[str, float]) -> Figure:
    """Share of the peak, one group of bars for each shape."""
    figure, (axes,) = new_figure()
    for number, (name, color) in enumerate(zip(STEPS, COLORS[::2], strict=False)):
        drawn = [(place, shape) for place, shape in enumerate(times) if name in times[shape]]
        heights = [statistics.median(shares(times[shape], name, shape, sizes)) for _, shape in drawn]
        places = [place + 0.4 * (number - 0.5) for place, _ in drawn]
        axes.bar(places, heights, width=0.38, color=color, label=ALL[name].title)
    axes.set_xticks(range(len(times)), [describe(shape) for shape in times])
    axes.set(xlabel="batch × steps × units", ylabel=f"share of the peak of {THREADS} cores", ylim=(0, 1))
    axes.legend(frameon=False, fontsize=8)
    return figure


if __name__ == "__main__":
    main()
