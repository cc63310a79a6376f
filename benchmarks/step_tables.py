"""The sides and shapes of `training_step`, and its figures as tables and as a chart."""

import math
import statistics
from dataclasses import dataclass

from matplotlib.figure import Figure

from benchmarks.measuring import ratio
from benchmarks.reporting import COLOURS, Table, draw_axes, draw_places, write

Shape = tuple[int, int, int]  # batch, steps, units
Times = dict[Shape, dict[str, list[float]]]  # milliseconds a step by shape and side, one figure a turn

LARGE: tuple[Shape, ...] = ((64, 100, 64), (64, 100, 256), (256, 100, 64), (64, 1000, 64))
SHAPES: tuple[Shape, ...] = ((1, 5, 5), (32, 20, 32), *LARGE)


@dataclass(frozen=True)
class Contender:
    """A side: its name in flags and JSON, its title, the module of its worker, and the environment that it needs."""

    name: str
    title: str
    module: str
    environment: str = ""


CONTENDERS = {
    contender.name: contender
    for contender in (
        Contender("seqframe", "Seqframe", "steps_tensorflow"),
        Contender("seqframe_without_kernel", "Seqframe without the kernel", "steps_tensorflow"),
        Contender("keras_time_distributed", "Keras + TimeDistributed", "steps_tensorflow"),
        Contender("keras_dense", "Keras + Dense", "steps_tensorflow"),
        Contender("pytorch_fused", "PyTorch, fused Adam", "steps_pytorch", "pytorch"),
        Contender("pytorch_foreach", "PyTorch, foreach Adam", "steps_pytorch", "pytorch"),
        Contender("jax", "JAX", "steps_jax", "jax"),
    )
}
PYTORCH = ("pytorch_fused", "pytorch_foreach")


def tabulate(times: Times) -> list[Table]:
    """Milliseconds, and ratios to PyTorch and, on the large shapes, to Keras + Dense."""
    names = [name for name in CONTENDERS if any(name in sample for sample in times.values())]
    best = {shape: fastest_pytorch(sample) for shape, sample in times.items()}
    keras = {shape: sample.get("keras_dense") for shape, sample in times.items() if shape in LARGE}
    rows = tuple((describe(shape), *(write(median(sample, name)) for name in names)) for shape, sample in times.items())
    titles = tuple(CONTENDERS[name].title for name in names)
    tables = [Table("Milliseconds a training step", ("batch × steps × units", *titles), rows)]
    if any(best.values()):
        tables.append(compare("Ratio to PyTorch, the faster of the two (below 1 is faster)", times, names, best))
    if any(keras.values()):
        tables.append(compare("Ratio to Keras + Dense, large shapes (below 1 is faster)", times, names, keras))
    return tables


def compare(title: str, times: Times, names: list[str], others: dict[Shape, list[float] | None]) -> Table:
    """Every side's ratio to another, shape by shape, and the geometric mean over the shapes."""
    ratios = {
        shape: {name: ratio(times[shape][name], other) for name in names if name in times[shape]}
        for shape, other in others.items()
        if other
    }
    rows = [(describe(shape), *(write(row.get(name)) for name in names)) for shape, row in ratios.items()]
    everywhere = [name for name in names if all(name in row for row in ratios.values())]
    means = (
        write(geometric_mean([row[name] for row in ratios.values()]) if name in everywhere else None) for name in names
    )
    rows.append((f"geometric mean of {len(ratios)}", *means))
    return Table(title, ("batch × steps × units", *(CONTENDERS[name].title for name in names)), tuple(rows))


def fastest_pytorch(sample: dict[str, list[float]]) -> list[float] | None:
    """The times of that PyTorch which has the smaller median."""
    there = [sample[name] for name in PYTORCH if name in sample]
    return min(there, key=statistics.median) if there else None


def geometric_mean(values: list[float]) -> float:
    """The geometric mean.

    >>> geometric_mean([1.0, 4.0])
    2.0
    """
    return math.exp(statistics.fmean(map(math.log, values)))


def median(sample: dict[str, list[float]], name: str) -> float | None:
    """The median of one side; none where it was not measured."""
    return statistics.median(sample[name]) if name in sample else None


def describe(shape: Shape) -> str:
    """A shape as it stands in tables."""
    return " × ".join(map(str, shape))


def draw(times: Times) -> Figure:
    """Milliseconds a step on a logarithmic axis: a group for every shape, a point for every side."""
    figure, (axes,) = draw_axes(width=11.0)
    found = {
        contender.title: [median(sample, contender.name) for sample in times.values()]
        for contender in CONTENDERS.values()
    }
    sides = {title: values for title, values in found.items() if any(values)}
    colours = tuple(color for values, color in zip(found.values(), COLOURS, strict=False) if any(values))
    draw_places(axes, [describe(shape) for shape in times], sides, colours)
    axes.set(xlabel="batch × steps × units", ylabel="ms a training step", title="One training step")
    return figure
