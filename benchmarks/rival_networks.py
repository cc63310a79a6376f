"""Time of training LSTM networks on all windows of a series: Seqframe, Darts and NeuralForecast.

    python -m benchmarks.rival_networks --networks 3 --epochs 2 --repeats 3
    python -m benchmarks.rival_networks --threads 1

Every library trains as many networks of the same size, with as many updates of the same batch size, on the same windows
of the shipped table `co2`. It runs in its own process and environment, and has trained for one epoch before. The time
is from the series to the trained networks, without imports; the libraries are timed in turns.
"""

import argparse
import json
import statistics
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from benchmarks.backtests import read_settings
from benchmarks.environments import NoEnvironmentError, find_python
from benchmarks.machine import in_turns, pin_to_cores, ratio
from benchmarks.processes import Worker, WorkerFailedError
from benchmarks.results import COLORS, Report, Table, format_value, new_figure, plot_groups
from benchmarks.training_step import ENVIRONMENT, THREADS
from seqframe.data.sources import load_data

TABLE, COLUMN = "co2", "co2"
OURS = "seqframe"


@dataclass(frozen=True)
class Library:
    """A library: title, environment (empty for this interpreter), and what its network computes."""

    title: str
    environment: str
    network: str


LIBRARIES = {
    OURS: Library("Seqframe many_to_one", "", "LSTM; one dense layer on the last state"),
    "darts": Library("Darts BlockRNNModel", "darts", "LSTM; the same dense layer on each of the last states"),
    "neuralforecast": Library(
        "NeuralForecast LSTM", "neuralforecast", "LSTM; the same dense layer on each of the last states"
    ),
}


@dataclass(frozen=True)
class Sizes:
    """Rows of the input window and of the forecast, units of the LSTM, and windows of an update."""

    lookback: int = 96
    horizon: int = 12
    units: int = 32
    batch: int = 32


@dataclass
class Found:
    """What the libraries report by name: version, parameters and updates per epoch; and why others are skipped."""

    about: dict[str, dict[str, Any]] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)


Times = dict[int, dict[str, list[float]]]  # seconds of a training by number of networks and library, one per turn


def main() -> None:
    """Measure, print the tables and save the results."""
    arguments = read_arguments()
    sizes = Sizes(arguments.lookback, arguments.horizon, arguments.units, arguments.batch)
    series = read_series()
    windows = len(series) - sizes.lookback - sizes.horizon + 1
    found = Found()
    pythons = find_libraries(arguments.libraries, found)
    pin_to_cores(arguments.threads)
    report = Report("rival_networks")
    times: Times = {}
    for networks in arguments.networks:
        times[networks] = measure(series, sizes, networks, arguments, pythons, found)
        medians = (f"{name} {statistics.median(values):.2f}" for name, values in times[networks].items())
        print(f"{networks} networks: {', '.join(medians)} s", flush=True)
    notes = [
        f"Medians of {arguments.repeats} turns, {arguments.threads} threads. Ratios are medians of each turn's ratio.",
        f"{windows} windows of {TABLE}: lookback {sizes.lookback}, horizon {sizes.horizon}; batches of {sizes.batch}.",
        f"LSTM of {sizes.units} units, Adam, mean squared error, {arguments.epochs} epochs, no validation.",
        *sorted({about["version"] for about in found.about.values()}),
        *(f"{LIBRARIES[name].title} skipped: {why}." for name, why in found.skipped.items()),
    ]
    raw = {"seconds": times, "about": found.about, "skipped": found.skipped}
    report.finish([tabulate_times(times), tabulate_networks(found)], draw(times), raw, notes)


def read_arguments() -> argparse.Namespace:
    """The flags of the command."""
    names, sizes = list(LIBRARIES), Sizes()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--networks", nargs="+", type=int, default=[1, 3], help="networks of a training")
    parser.add_argument("--libraries", nargs="+", choices=names, default=names)
    parser.add_argument("--epochs", type=int, default=5, help="epochs of a training")
    parser.add_argument("--repeats", type=int, default=5, help="turns of every library")
    parser.add_argument("--threads", type=int, default=THREADS, help="threads and cores of every library")
    for name in ("lookback", "horizon", "units", "batch"):
        parser.add_argument(f"--{name}", type=int, default=getattr(sizes, name))
    return parser.parse_args()


def read_series() -> NDArray[np.float32]:
    """The target of the table, with missing rows interpolated, standardized: (rows,)."""
    values = load_data(read_settings(TABLE, {}).data).df[COLUMN].interpolate().to_numpy(np.float64)
    standardized: NDArray[np.float32] = ((values - values.mean()) / values.std()).astype(np.float32)
    return standardized


def find_libraries(names: list[str], found: Found) -> dict[str, str]:
    """The interpreter of every library that can be installed."""
    pythons = {}
    for name in names:
        environment = LIBRARIES[name].environment
        try:
            pythons[name] = find_python(environment) if environment else ""
        except NoEnvironmentError as error:
            found.skipped[name] = str(error)
    return pythons


def measure(
    series: NDArray[np.float32],
    sizes: Sizes,
    networks: int,
    arguments: argparse.Namespace,
    pythons: dict[str, str],
    found: Found,
) -> dict[str, list[float]]:
    """Seconds of a training of some networks by every library that can be started, one value per turn."""
    with ExitStack() as stack:
        path = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "series.npy"
        np.save(path, series)
        numbers = map(str, (sizes.lookback, sizes.horizon, sizes.units, sizes.batch, networks))
        flags = (str(path), *numbers)
        workers = {
            name: stack.enter_context(start(name, python, flags, arguments.threads)) for name, python in pythons.items()
        }
        ready = {}
        for name, worker in workers.items():
            try:
                found.about[name] = json.loads(worker.wait_until_ready())
            except WorkerFailedError as error:
                found.skipped[name] = str(error)
                continue
            ready[name] = partial(worker.time, arguments.epochs)
        times = in_turns(ready, arguments.repeats)
    return {name: [ms * arguments.epochs / 1000 for ms in values] for name, values in times.items()}


def start(name: str, python: str, flags: tuple[str, ...], threads: int) -> Worker:
    """Start the process of one library."""
    count = str(threads)
    variables = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "SEQFRAME_KERNEL_THREADS")
    environment = ENVIRONMENT | dict.fromkeys(variables, count)
    if python:
        return Worker(f"training_{name}", *flags, python=python, environment=environment)
    return Worker(f"training_{name}", *flags, environment=environment)


def tabulate_times(times: Times) -> Table:
    """Seconds of every library by number of networks, and the ratio of Seqframe to the faster of the others."""
    rows = []
    for networks, sample in times.items():
        medians = (statistics.median(sample[name]) if name in sample else None for name in LIBRARIES)
        others = [sample[name] for name in LIBRARIES if name in sample and name != OURS]
        fastest = min(others, key=statistics.median, default=None)
        compared = ratio(sample[OURS], fastest) if fastest and OURS in sample else None
        rows.append((str(networks), *map(format_value, medians), format_value(compared)))
    titles = (f"{library.title}, s" for library in LIBRARIES.values())
    columns = ("networks", *titles, "Seqframe / the faster of the others")
    return Table("Training of LSTM networks", columns, tuple(rows))


def tabulate_networks(found: Found) -> Table:
    """What every library trains."""
    rows = tuple(
        (LIBRARIES[name].title, LIBRARIES[name].network, str(about["parameters"]), str(about["updates"]))
        for name, about in found.about.items()
    )
    return Table("The networks", ("library", "layers", "parameters", "updates per epoch"), rows)


def draw(times: Times) -> Figure:
    """Seconds of a training on a logarithmic axis."""
    figure, (axes,) = new_figure()
    drawn = {
        library.title: [statistics.median(sample[name]) if name in sample else None for sample in times.values()]
        for name, library in LIBRARIES.items()
    }
    measured = {title: values for title, values in drawn.items() if any(values)}
    plot_groups(axes, [f"{networks} networks" for networks in times], measured, COLORS[::2])
    axes.set(ylabel="seconds", title="Training of LSTM networks")
    return figure


if __name__ == "__main__":
    main()
