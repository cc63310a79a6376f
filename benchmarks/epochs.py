"""Epochs per second for the tutorial's framings: Seqframe's epoch loop and `model.fit(verbose=0)`.

    python -m benchmarks.epochs --framings many_to_many --repeats 3 --epochs 1000

Each turn starts a new process per contender: it trains once including building and tracing, then once without.
"""

import argparse
import statistics
from functools import partial

from matplotlib.figure import Figure

from benchmarks.machine import in_turns, ratio
from benchmarks.processes import Worker
from benchmarks.results import COLORS, Report, Table, format_value, new_figure, plot_groups
from seqframe.framings import TUTORIAL

CONTENDERS = {"seqframe": "Seqframe", "fit": "model.fit"}
SPAN_MS = 1000.0  # duration of the second training, at least:
MIN_EPOCHS = 50

Timing = tuple[float, float]  # ms per epoch: including building and tracing, and after them
Times = dict[str, dict[str, list[Timing]]]  # by framing and contender, one per turn


def main() -> None:
    """Measure, print the tables and save the results."""
    arguments = read_arguments()
    report = Report("epochs")
    times: Times = {}
    for framing in arguments.framings:
        contenders = {name: partial(time_training, name, framing, arguments.epochs) for name in CONTENDERS}
        times[framing] = in_turns(contenders, arguments.repeats)
        print(f"{framing}: done", flush=True)
    notes = [f"Medians of {arguments.repeats} turns. Ratios are medians of each turn's ratio; below 1 is faster."]
    tables = [tabulate_speed(times), tabulate_whole(times, arguments.epochs)]
    report.finish(tables, draw(times), {"epochs": arguments.epochs, "ms": times}, notes)


def read_arguments() -> argparse.Namespace:
    """The flags of the command."""
    names = [framing.name for framing in TUTORIAL]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--framings", nargs="+", choices=names, default=names)
    parser.add_argument("--repeats", type=int, default=3, help="turns of each contender")
    parser.add_argument("--epochs", type=int, default=1000, help="epochs of the training that includes tracing")
    return parser.parse_args()


def time_training(contender: str, framing: str, epochs: int) -> Timing:
    """Train in a new process, first including building and tracing, then without."""
    with Worker("epochs", contender, framing) as worker:
        worker.wait_until_ready()
        traced = worker.time(epochs)
        rough = worker.time(MIN_EPOCHS)
        return traced, worker.time(max(MIN_EPOCHS, round(SPAN_MS / rough)))


def tabulate_speed(times: Times) -> Table:
    """Epochs per second after tracing."""
    rows = []
    for framing, sample in times.items():
        after = {name: [timing[1] for timing in timings] for name, timings in sample.items()}
        speeds = (format_value(1000 / statistics.median(values)) for values in after.values())
        rows.append((framing, *speeds, format_value(ratio(after["seqframe"], after["fit"]))))
    columns = ("framing", *(f"{title}, epochs per second" for title in CONTENDERS.values()), "ratio of times")
    return Table("Epochs per second, after tracing", columns, tuple(rows))


def tabulate_whole(times: Times, epochs: int) -> Table:
    """Seconds for a whole training, including building and tracing."""
    rows = []
    for framing, sample in times.items():
        whole = {name: [timing[0] * epochs / 1000 for timing in timings] for name, timings in sample.items()}
        seconds = (format_value(statistics.median(values)) for values in whole.values())
        rows.append((framing, *seconds, format_value(ratio(whole["seqframe"], whole["fit"]))))
    columns = ("framing", *(f"{title}, s" for title in CONTENDERS.values()), "ratio of times")
    return Table(f"Seconds for {epochs} epochs, including building and tracing", columns, tuple(rows))


def draw(times: Times) -> Figure:
    """Epochs per second on a logarithmic axis, two points per framing."""
    figure, (axes,) = new_figure()
    speeds: dict[str, list[float | None]] = {
        title: [1000 / statistics.median(timing[1] for timing in sample[name]) for sample in times.values()]
        for name, title in CONTENDERS.items()
    }
    plot_groups(axes, list(times), speeds, (COLORS[0], COLORS[2]))
    axes.set(ylabel="epochs per second", title="The tutorial's framings, after tracing")
    return figure


if __name__ == "__main__":
    main()
