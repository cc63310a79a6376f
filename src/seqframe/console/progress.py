"""Training progress: bars in a terminal, and plain lines where the output is piped."""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil
from time import monotonic

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID, TextColumn
from rich.text import Text

from seqframe.framings import FRAMINGS
from seqframe.training.events import EpochEnd

NETWORKS, EXPERIMENTS = "networks", "experiments"  # units of work
NAME_WIDTH = max(len(framing.name) for framing in FRAMINGS)
BAR_WIDTH = 10, 40  # smallest and largest width of a bar
STATUS_WIDTH = 66  # width reserved for the text next to the widest bar
PLAIN_LINES = 10  # lines of a plain run with few networks


@dataclass
class Eta:
    """Estimated time of arrival of a run, from the mean time of the units of work that are done.

    Epochs of the current network are not used for the estimate, since training may stop early.

    Attributes:
        unit: `NETWORKS`, or `EXPERIMENTS`, whose networks are trained one after the other.
        total: Number of units; 0 where it is unknown.
        done: Number of finished units.
        clock: Function that returns the time, in seconds.
    """

    unit: str = NETWORKS
    total: int = 0
    done: int = 0
    clock: Callable[[], float] = field(default=monotonic, repr=False)
    _started: float | None = None
    _seconds_per_unit: float = 0.0

    def start(self) -> None:
        """Start the clock with the first unit; later calls have no effect."""
        if self._started is None:
            self._started = self.clock()

    def advance(self) -> None:
        """Count one more finished unit."""
        self.done += 1
        self._seconds_per_unit = self.elapsed_s / self.done

    @property
    def elapsed_s(self) -> float:
        """Seconds since the start."""
        return 0.0 if self._started is None else self.clock() - self._started

    @property
    def remaining_s(self) -> float | None:
        """Estimated remaining seconds; None before the first unit is done and after the last.

        The estimate decreases while a unit is running, and stays constant where the unit takes longer than the mean.
        """
        if not self.done or self.done >= self.total:
            return None
        later_units = self._seconds_per_unit * (self.total - self.done - 1)
        return max(self._seconds_per_unit * self.total - self.elapsed_s, later_units)

    def text(self) -> str:
        """Such as `7/54 · ETA 3:20`."""
        remaining = self.remaining_s
        return f"{self.done}/{self.total}" + ("" if remaining is None else f" · ETA {format_duration(remaining)}")


def format_duration(seconds: float) -> str:
    """Seconds as `3:20` or `1:03:20`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


@dataclass
class ProgressRow:
    """A framing, or an experiment, whose networks are being trained.

    Attributes:
        bar: Its progress bar.
        event: Its latest event.
        running: The latest event of each network in training, by label.
        started: Start time, in seconds.
        networks: Number of its finished networks.
        epochs: Number of epochs of its finished networks.
    """

    bar: TaskID
    event: EpochEnd
    running: dict[str, EpochEnd] = field(default_factory=dict)
    started: float = field(default_factory=monotonic)
    networks: int = 0
    epochs: int = 0

    def update(self, event: EpochEnd) -> None:
        """Count the epochs of an event of one of its networks."""
        self.event = event
        self.running[event.label] = event
        if event.ended:
            del self.running[event.label]
            self.networks += 1
            self.epochs += event.last

    @property
    def share(self) -> float:
        """Finished shares of the networks in training, added up; 0 between two networks."""
        return sum(event.last / event.epochs for event in self.running.values())

    def epochs_done(self) -> tuple[int, int]:
        """Finished epochs and all epochs of the networks in training; between two networks, of the last one."""
        events = list(self.running.values()) or [self.event]
        return sum(event.last for event in events), sum(event.epochs for event in events)

    def status(self, label: str) -> str:
        """Epochs and loss, and the label of the network or the number of networks in training."""
        done, total = self.epochs_done()
        networks = f"{len(self.running)} networks at once" if len(self.running) > 1 else label
        return "  ".join(filter(None, (f"{done}/{total}", f"loss {self.event.losses[-1]:.3g}", networks)))

    def result(self) -> str:
        """Networks, epochs, loss and time, as text."""
        loss = f"  loss {self.event.losses[-1]:<8.3g}" if self.networks == 1 else ""
        networks = "1 network " if self.networks == 1 else f"{self.networks} networks"
        return f"{networks:>11}  {self.epochs:>5} epochs{loss}  {format_duration(monotonic() - self.started):>6}"


class LiveProgress:
    """Progress bars at the bottom of the terminal: the whole run, and each framing in training.

    Each finished framing is printed above them as one line; the bars disappear when all are finished.
    """

    def __init__(self, console: Console, eta: Eta) -> None:
        self._console = console
        self._eta = eta
        self._width = max(len(eta.unit), NAME_WIDTH if eta.unit == NETWORKS else 0)
        self._rows: dict[str, ProgressRow] = {}
        self._live: Progress | None = None
        self._total: TaskID | None = None

    def update(self, event: EpochEnd) -> None:
        """Update the bars."""
        live = self._live or self._start()
        name, label = event.framing, event.label
        if self._eta.unit == EXPERIMENTS:  # whose events are labeled `Q3, seed 1 of 3`
            name, _, label = event.label.partition(", ")
            label = f"{event.framing}, {label}" if label else event.framing
        if name not in self._rows:
            self._rows[name] = ProgressRow(live.add_task(name.ljust(self._width), status=""), event)
        row = self._rows[name]
        row.update(event)
        done, total = row.epochs_done()
        live.update(row.bar, completed=done, total=total, status=row.status(label))
        self._update_total(live)
        live.refresh()

    def finish(self, name: str) -> None:
        """Replace the bar of a finished framing or experiment by a line."""
        if self._live is None or name not in self._rows:
            return
        row = self._rows.pop(name)
        self._live.remove_task(row.bar)
        self._console.print(f"[green]✓[/green] {name:<{self._width}}  {row.result()}", highlight=False)
        self._update_total(self._live)
        self._live.refresh()
        if self._eta.done >= self._eta.total and not self._rows:
            self.close()

    def close(self) -> None:
        """Remove the bars and restore the cursor."""
        if self._live is not None:
            self._live.stop()
            self._live, self._total, self._rows = None, None, {}

    def _start(self) -> Progress:
        smallest, largest = BAR_WIDTH
        bar = BarColumn(bar_width=min(largest, max(smallest, self._console.width - STATUS_WIDTH - self._width)))
        name = TextColumn("  {task.description}", markup=False)
        self._live = Progress(name, bar, StatusColumn(self._eta), console=self._console, transient=True)
        if self._eta.total > 1:
            self._total = self._live.add_task(self._eta.unit.ljust(self._width), total=self._eta.total, status=None)
        self._live.start()
        return self._live

    def _update_total(self, live: Progress) -> None:
        if self._total is not None:
            running = sum(row.share for row in self._rows.values()) if self._eta.unit == NETWORKS else 0
            live.update(self._total, completed=self._eta.done + running)


class StatusColumn(ProgressColumn):
    """Status text next to a progress bar: the ETA of the run, or epochs and loss of a network."""

    max_refresh = None

    def __init__(self, eta: Eta) -> None:
        super().__init__()
        self._eta = eta

    def render(self, task: Task) -> Text:
        """The text, truncated where the terminal is too narrow."""
        status = task.fields["status"]
        if status is None:
            status = self._eta.text()
        elif self._eta.total <= 1 and task.time_remaining:
            status += f"  ETA {format_duration(task.time_remaining)}"
        return Text(status, no_wrap=True, overflow="ellipsis")


class PlainProgress:
    """Plain lines: about ten for a run of one network, and one per network of a run of many."""

    def __init__(self, console: Console, eta: Eta) -> None:
        self._console = console
        self._eta = eta

    def update(self, event: EpochEnd) -> None:
        """Print the lines that are due. Experiments print a line of their own, and train too many networks for more."""
        if self._eta.unit == EXPERIMENTS:
            return
        label = f", {event.label}" if event.label else ""
        for epoch, loss in self._due(event):
            line = f"{event.framing}{label}: epoch {epoch}/{event.epochs}, loss {loss:.3g}"
            total = self._total_text(epoch == event.last and event.ended)
            self._console.print(line + total, highlight=False, soft_wrap=True)

    def finish(self, name: str) -> None:
        """No-op: finished networks were already printed."""

    def close(self) -> None:
        """No-op: there are no bars to remove."""

    def _due(self, event: EpochEnd) -> list[tuple[int, float]]:
        """The epochs to print, with their losses."""
        lines = 1 if event.label else max(1, PLAIN_LINES // max(1, self._eta.total))
        step = ceil(event.epochs / lines)
        numbered = enumerate(event.losses, start=event.first)
        return [(epoch, loss) for epoch, loss in numbered if epoch % step == 0 or (event.ended and epoch == event.last)]

    def _total_text(self, ended: bool) -> str:
        """Progress of the whole run, after each network of a run of many."""
        return f" ({self._eta.text()})" if ended and self._eta.total > 1 else ""
