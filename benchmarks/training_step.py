"""Time of a training step (forward, mean squared error, backward, Adam) in Seqframe, Keras, PyTorch and JAX.

    python -m benchmarks.training_step --shapes 1,5,5 64,100,64 --repeats 3 --contenders seqframe pytorch_fused
    python -m benchmarks.training_step --masks
    SEQFRAME_SIMD=avx2 python -m benchmarks.training_step --contenders seqframe pytorch_fused pytorch_foreach

The model is LSTM(units, return_sequences) and a linear layer with one output per step, on one feature. A shape is
batch,steps,units. Every contender runs in its own process, on the same cores, and they are timed in turns. With
`--masks`, the sequences of a batch have lengths from half of the steps to all of them. `SEQFRAME_SIMD=avx2` limits all
contenders to vectors of 256 bits.
"""

import argparse
import math
import os
import statistics
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial

from matplotlib.figure import Figure

from benchmarks.environments import NoEnvironmentError, find_python
from benchmarks.machine import in_turns, pin_to_cores, ratio
from benchmarks.processes import Worker, WorkerFailedError
from benchmarks.results import COLORS, Report, Table, format_value, new_figure, plot_groups
from benchmarks.workers.steps_compiled import supports

Shape = tuple[int, int, int]  # batch, steps, units
Times = dict[Shape, dict[str, list[float]]]  # milliseconds per step by shape and contender, one per turn

LARGE: tuple[Shape, ...] = ((64, 100, 64), (64, 100, 256), (256, 100, 64), (64, 1000, 64))
SHAPES: tuple[Shape, ...] = ((1, 5, 5), (32, 20, 32), *LARGE)


@dataclass(frozen=True)
class Contender:
    """An implementation: name in flags and JSON, title, module of the worker, and the environment it needs."""

    name: str
    title: str
    module: str
    environment: str = ""


CONTENDERS = {
    contender.name: contender
    for contender in (
        Contender("seqframe", "Seqframe", "steps_compiled"),
        Contender("seqframe_loop", "Seqframe, TensorFlow loop", "steps_tensorflow"),
        Contender("seqframe_without_kernel", "Seqframe without the kernel", "steps_tensorflow"),
        Contender("keras_time_distributed", "Keras + TimeDistributed", "steps_tensorflow"),
        Contender("keras_dense", "Keras + Dense", "steps_tensorflow"),
        Contender("pytorch_fused", "PyTorch, fused Adam", "steps_pytorch", "pytorch"),
        Contender("pytorch_foreach", "PyTorch, foreach Adam", "steps_pytorch", "pytorch"),
        Contender("jax", "JAX", "steps_jax", "jax"),
    )
}
PYTORCH = ("pytorch_fused", "pytorch_foreach")
OTHERS = (*PYTORCH, "jax", "keras_time_distributed", "keras_dense")
MASKED = {
    contender.name: contender
    for contender in (
        Contender("seqframe_masked", "Seqframe, masked", "steps_tensorflow"),
        Contender("seqframe_without_kernel_masked", "Seqframe without the kernel, masked", "steps_tensorflow"),
        CONTENDERS["seqframe_loop"],
        Contender("keras_dense_masked", "Keras + Dense, masked", "steps_tensorflow"),
        Contender("pytorch_packed", "PyTorch, packed", "steps_pytorch", "pytorch"),
        Contender("pytorch_padded", "PyTorch, padded", "steps_pytorch", "pytorch"),
    )
}
SKIP_PADDING = ("keras_dense_masked", "pytorch_packed")  # Seqframe is compared with the faster of the two
ALL = CONTENDERS | MASKED

THREADS = 2
TURN_MS = 1000.0  # duration of a turn, at least one step
ENVIRONMENT = {
    # for all contenders, large arrays stay with the process and are not returned to the system after every step
    "MALLOC_MMAP_THRESHOLD_": "1073741824",
    "MALLOC_TRIM_THRESHOLD_": "1073741824",
    "OMP_NUM_THREADS": str(THREADS),
    "TF_NUM_INTRAOP_THREADS": str(THREADS),
    "TF_NUM_INTEROP_THREADS": str(THREADS),
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "CUDA_VISIBLE_DEVICES": "",
    "JAX_PLATFORMS": "cpu",
}
AVX2 = {  # the same limit as SEQFRAME_SIMD=avx2 for the other libraries
    "ATEN_CPU_CAPABILITY": "avx2",
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    "MKL_ENABLE_INSTRUCTIONS": "AVX2",
    "XLA_FLAGS": "--xla_cpu_max_isa=AVX2",
}
LIMITED = os.environ.get("SEQFRAME_SIMD") == "avx2"


@dataclass
class Found:
    """The contenders that can run, by name: interpreters, versions, and the reasons why others are skipped."""

    pythons: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)


def main() -> None:
    """Measure, print the tables and save the results."""
    arguments = read_arguments()
    contenders = MASKED if arguments.masks else CONTENDERS
    found = Found()
    for name in arguments.contenders or contenders:
        find_contender(ALL[name], found)
    pin_to_cores(THREADS)
    report = Report("training_step" + "_masks" * arguments.masks + "_avx2" * LIMITED)
    times: Times = {}
    for shape in arguments.shapes:
        times[shape] = measure(shape, found, arguments.repeats)
        medians = (f"{name} {statistics.median(values):.2f}" for name, values in times[shape].items())
        print(f"{shape}: {', '.join(medians)} ms", flush=True)
    notes = [
        f"Medians of {arguments.repeats} turns on {THREADS} threads. Ratios are medians of each turn's ratio.",
        "Seqframe runs all steps in one compiled loop; the others run one step per call.",
        "Seqframe: as training.backend=auto chooses; the TensorFlow loop is used for larger shapes.",
        *sorted(set(found.versions.values())),
        *(f"{ALL[name].title} skipped: {why}." for name, why in found.skipped.items()),
    ]
    raw = {",".join(map(str, shape)): sample for shape, sample in times.items()}
    tables = tabulate_masked(times) if arguments.masks else tabulate(times)
    report.finish(
        tables, draw(times, contenders), {"ms": raw, "versions": found.versions, "skipped": found.skipped}, notes
    )


def read_arguments() -> argparse.Namespace:
    """The flags of the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shapes", nargs="+", type=read_shape, default=list(SHAPES), help="batch,steps,units")
    parser.add_argument("--repeats", type=int, default=7, help="turns of every contender")
    parser.add_argument("--masks", action="store_true", help="sequences of different lengths, padded steps masked")
    parser.add_argument("--contenders", nargs="+", choices=list(ALL), help="default: every one in the tables")
    return parser.parse_args()


def read_shape(text: str) -> Shape:
    """`batch,steps,units` as numbers."""
    batch, steps, units = map(int, text.split(","))
    return batch, steps, units


def find_contender(contender: Contender, found: Found) -> None:
    """Find the interpreter of a contender, or record why there is none."""
    try:
        found.pythons[contender.name] = find_python(contender.environment) if contender.environment else ""
    except NoEnvironmentError as error:
        found.skipped[contender.name] = str(error)


def measure(shape: Shape, found: Found, repeats: int) -> dict[str, list[float]]:
    """Milliseconds per step of every contender that can be started, one value per turn."""
    with ExitStack() as stack:
        workers = {name: stack.enter_context(start(ALL[name], shape, found)) for name in found.pythons}
        ready: list[str] = []
        for name, worker in workers.items():
            try:
                found.versions[name] = worker.wait_until_ready()
            except WorkerFailedError as error:
                found.skipped[name] = str(error)
                continue
            ready.append(name)
        counts = {name: workers[name].count_for(TURN_MS) for name in ready}
        return in_turns({name: partial(workers[name].time, count) for name, count in counts.items()}, repeats)


def start(contender: Contender, shape: Shape, found: Found) -> Worker:
    """Start the process of one contender for one shape."""
    python = found.pythons[contender.name]
    if contender.name == "seqframe" and not supports(*shape):  # as `training.backend=auto` chooses
        contender = ALL["seqframe_loop"]
    sizes = (str(size) for size in shape)
    environment = ENVIRONMENT | (AVX2 if LIMITED else {})
    if python:
        return Worker(contender.module, contender.name, *sizes, python=python, environment=environment)
    return Worker(contender.module, contender.name, *sizes, environment=environment)


def tabulate(times: Times) -> list[Table]:
    """Milliseconds, and ratios to the fastest of others, to PyTorch and, on the large shapes, to Keras + Dense."""
    names = measured(times)
    others = {shape: fastest(sample, OTHERS) for shape, sample in times.items()}
    best = {shape: fastest(sample, PYTORCH) for shape, sample in times.items()}
    keras = {shape: sample.get("keras_dense") for shape, sample in times.items() if shape in LARGE}
    tables = [milliseconds(times, names)]
    if any(others.values()):
        title = "Ratio to the fastest of PyTorch, JAX and Keras (below 1 is faster)"
        tables.append(compare(title, times, names, others))
    if any(best.values()):
        tables.append(compare("Ratio to PyTorch, the faster of the two (below 1 is faster)", times, names, best))
    if any(keras.values()):
        tables.append(compare("Ratio to Keras + Dense, large shapes (below 1 is faster)", times, names, keras))
    return tables


def tabulate_masked(times: Times) -> list[Table]:
    """Milliseconds, and ratios to the fastest rival that skips padded steps, and to Seqframe on all steps."""
    names = measured(times)
    rivals = {shape: fastest(sample, SKIP_PADDING) for shape, sample in times.items()}
    unmasked = {shape: sample.get("seqframe_loop") for shape, sample in times.items()}
    tables = [milliseconds(times, names)]
    if any(rivals.values()):
        title = "Ratio to the faster of Keras, masked, and PyTorch, packed (below 1 is faster)"
        tables.append(compare(title, times, names, rivals))
    if any(unmasked.values()):
        tables.append(compare("Ratio to Seqframe without masks (below 1 is faster)", times, names, unmasked))
    return tables


def measured(times: Times) -> list[str]:
    """The contenders with a time for at least one shape."""
    return [name for name in ALL if any(name in sample for sample in times.values())]


def milliseconds(times: Times, names: list[str]) -> Table:
    """The median time of every contender, by shape."""
    rows = tuple(
        (describe(shape), *(format_value(median(sample, name)) for name in names)) for shape, sample in times.items()
    )
    titles = tuple(ALL[name].title for name in names)
    return Table("Milliseconds per training step", ("batch × steps × units", *titles), rows)


def compare(title: str, times: Times, names: list[str], others: dict[Shape, list[float] | None]) -> Table:
    """Ratio of every contender to another, by shape, and the geometric mean over the shapes."""
    ratios = {
        shape: {name: ratio(times[shape][name], other) for name in names if name in times[shape]}
        for shape, other in others.items()
        if other
    }
    rows = [(describe(shape), *(format_value(row.get(name)) for name in names)) for shape, row in ratios.items()]
    complete = [name for name in names if all(name in row for row in ratios.values())]
    means = (
        format_value(geometric_mean([row[name] for row in ratios.values()]) if name in complete else None)
        for name in names
    )
    rows.append((f"geometric mean of {len(ratios)}", *means))
    return Table(title, ("batch × steps × units", *(ALL[name].title for name in names)), tuple(rows))


def fastest(sample: dict[str, list[float]], names: tuple[str, ...]) -> list[float] | None:
    """The times of the contender with the smallest median, of some contenders."""
    candidates = [sample[name] for name in names if name in sample]
    return min(candidates, key=statistics.median) if candidates else None


def geometric_mean(values: list[float]) -> float:
    """The geometric mean.

    >>> geometric_mean([1.0, 4.0])
    2.0
    """
    return math.exp(statistics.fmean(map(math.log, values)))


def median(sample: dict[str, list[float]], name: str) -> float | None:
    """The median of one contender; None where it was not measured."""
    return statistics.median(sample[name]) if name in sample else None


def describe(shape: Shape) -> str:
    """A shape as text."""
    return " × ".join(map(str, shape))


def draw(times: Times, contenders: dict[str, Contender]) -> Figure:
    """Milliseconds per step on a logarithmic axis: one group per shape, one point per contender."""
    figure, (axes,) = new_figure(width=11.0)
    medians = {
        contender.title: [median(sample, contender.name) for sample in times.values()]
        for contender in contenders.values()
    }
    drawn = {title: values for title, values in medians.items() if any(values)}
    colors = tuple(color for values, color in zip(medians.values(), COLORS, strict=False) if any(values))
    plot_groups(axes, [describe(shape) for shape in times], drawn, colors)
    axes.set(xlabel="batch × steps × units", ylabel="ms per training step", title="One training step")
    return figure


if __name__ == "__main__":
    main()
