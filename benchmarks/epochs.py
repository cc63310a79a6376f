"""Epochs a second on the tutorial's sizes: Seqframe's runner beside `model.fit(verbose=0)`, every framing.

    python -m benchmarks.epochs --framings many_to_many --repeats 3 --epochs 1000

Each turn starts a fresh process on each side: it trains once with building and tracing, then again without.
"""

import argparse
import statistics
from functools import partial

from matplotlib.figure import Figure

from benchmarks.measuring import in_turns, ratio
from benchmarks.processes import Worker
from benchmarks.reporting import COLOURS, Report, Table, draw_axes, draw_places, write
from seqframe.framings import TUTORIAL

SIDES = {"seqframe": "Seqframe", "fit": "model.fit"}
SPAN_MS = 1000.0  # how long a side trains the second time, at least 50 epochs
FEWEST_EPOCHS = 50

Timing = tuple[float, float]  # ms an epoch: with building and tracing, and after them
Times = dict[str, dict[str, list[Timing]]]  # by framing and side, one a turn


def main() -> None:
    """Measure, print a table and keep the figures."""
    arguments = read_arguments()
    report = Report("epochs")
    times: Times = {}
    for framing in arguments.framings:
        sides = {side: partial(time_training, side, framing, arguments.epochs) for side in SIDES}
        times[framing] = in_turns(sides, arguments.repeats)
        print(f"{framing}: done", flush=True)
    notes = [f"Medians of {arguments.repeats} turns. Ratios are medians of each turn's ratio; below 1 is faster."]
    tables = [tabulate_speed(times), tabulate_whole(times, arguments.epochs)]
    report.finish(tables, draw(times), {"epochs": arguments.epochs, "ms": times}, notes)


def read_arguments() -> argparse.Namespace:
    """The flags of the command."""
    names = [framing.name for framing in TUTORIAL]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--framings", nargs="+", choices=names, default=names)
    parser.add_argument("--repeats", type=int, default=3, help="turns of each side")
    parser.add_argument("--epochs", type=int, default=1000, help="epochs of the training that includes tracing")
    return parser.parse_args()


def time_training(side: str, framing: str, epochs: int) -> Timing:
    """Train in a fresh process, first with building and tracing, then without."""
    with Worker("epochs", side, framing) as worker:
        worker.wait_until_ready()
        traced = worker.ask(epochs)
        rough = worker.ask(FEWEST_EPOCHS)
        return traced, worker.ask(max(FEWEST_EPOCHS, round(SPAN_MS / rough)))


def tabulate_speed(times: Times) -> Table:
    """Epochs a second after tracing."""
    rows = []
    for framing, sample in times.items():
        after = {side: [timing[1] for timing in timings] for side, timings in sample.items()}
        speeds = (write(1000 / statistics.median(values)) for values in after.values())
        rows.append((framing, *speeds, write(ratio(after["seqframe"], after["fit"]))))
    columns = ("framing", *(f"{title}, epochs a second" for title in SIDES.values()), "ratio of times")
    return Table("Epochs a second, after tracing", columns, tuple(rows))


def tabulate_whole(times: Times, epochs: int) -> Table:
    """Seconds for a whole training, with building and tracing."""
    rows = []
    for framing, sample in times.items():
        whole = {side: [timing[0] * epochs / 1000 for timing in timings] for side, timings in sample.items()}
        seconds = (write(statistics.median(values)) for values in whole.values())
        rows.append((framing, *seconds, write(ratio(whole["seqframe"], whole["fit"]))))
    columns = ("framing", *(f"{title}, s" for title in SIDES.values()), "ratio of times")
    return Table(f"Seconds for {epochs} epochs, with building and tracing", columns, tuple(rows))


def draw(times: Times) -> Figure:
    """Epochs a second on a logarithmic axis, two points a framing."""
    figure, (axes,) = draw_axes()
    speeds: dict[str, list[float | None]] = {
        title: [1000 / statistics.median(timing[1] for timing in sample[side]) for sample in times.values()]
        for side, title in SIDES.items()
    }
    draw_places(axes, list(times), speeds, (COLOURS[0], COLOURS[2]))
    axes.set(ylabel="epochs a second", title="The tutorial's framings, after tracing")
    return figure


if __name__ == "__main__":
    main()
