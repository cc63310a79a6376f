"""Progress in a terminal: a bar for the whole run, one for what is trained now, and a line for what is done."""

from dataclasses import dataclass, field
from time import monotonic

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID, TextColumn
from rich.text import Text

from seqframe.framings import FRAMINGS
from seqframe.progress import EpochsDone
from seqframe.terminal.pace import NETWORKS, QUESTIONS, Pace, clock_time

NAMES = max(len(framing.name) for framing in FRAMINGS)
BAR_WIDTH = 10, 40  # columns, at least and at most
BESIDE = 66  # columns that stand beside the widest bar


@dataclass
class Row:
    """A framing, or in the answers a question, whose networks are being trained."""

    bar: TaskID
    news: EpochsDone
    started: float = field(default_factory=monotonic)
    networks: int = 0
    epochs: int = 0

    def hear(self, news: EpochsDone) -> None:
        """Take in the epochs of one of its networks."""
        self.news = news
        if news.ended:
            self.networks += 1
            self.epochs += news.last

    @property
    def share(self) -> float:
        """How much of the network that is being trained is done; 0 between two networks."""
        return 0.0 if self.news.ended else self.news.last / self.news.epochs

    def result(self) -> str:
        """What came of it, in words."""
        loss = f"  loss {self.news.losses[-1]:<8.3g}" if self.networks == 1 else ""
        networks = "1 network " if self.networks == 1 else f"{self.networks} networks"
        return f"{networks:>11}  {self.epochs:>5} epochs{loss}  {clock_time(monotonic() - self.started):>6}"


class Bars:
    """The whole run and what is trained now, at the foot of the terminal; above them a line for each that is done.

    However many networks there are, they take no more lines than that; when all are done, the bars go.
    """

    def __init__(self, console: Console, pace: Pace) -> None:
        self._console = console
        self._pace = pace
        self._width = max(len(pace.what), NAMES if pace.what == NETWORKS else 0)
        self._rows: dict[str, Row] = {}
        self._live: Progress | None = None
        self._whole: TaskID | None = None

    def move(self, news: EpochsDone) -> None:
        """Move the bars."""
        live = self._live or self._begin()
        name, part = news.framing, news.part
        if self._pace.what == QUESTIONS:  # each of which trains one network after the other
            name, _, part = news.part.partition(", ")
            part = f"{news.framing}, {part}" if part else news.framing
        if name not in self._rows:
            self._rows[name] = Row(live.add_task(name.ljust(self._width), beside=""), news)
        row = self._rows[name]
        row.hear(news)
        beside = "  ".join(filter(None, (f"{news.last}/{news.epochs}", f"loss {news.losses[-1]:.3g}", part)))
        live.update(row.bar, completed=news.last, total=news.epochs, beside=beside)
        self._move_whole(live)
        live.refresh()

    def finish(self, name: str) -> None:
        """All networks of a framing, or of a question, are trained: a line takes the place of its bar."""
        if self._live is None or name not in self._rows:
            return
        row = self._rows.pop(name)
        self._live.remove_task(row.bar)
        self._console.print(f"[green]✓[/green] {name:<{self._width}}  {row.result()}", highlight=False)
        self._move_whole(self._live)
        self._live.refresh()
        if self._pace.done >= self._pace.total and not self._rows:
            self.close()

    def close(self) -> None:
        """Take the bars away, and give the terminal its cursor back."""
        if self._live is not None:
            self._live.stop()
            self._live, self._whole, self._rows = None, None, {}

    def _begin(self) -> Progress:
        narrowest, widest = BAR_WIDTH
        bar = BarColumn(bar_width=min(widest, max(narrowest, self._console.width - BESIDE - self._width)))
        name = TextColumn("  {task.description}", markup=False)
        self._live = Progress(name, bar, Beside(self._pace), console=self._console, transient=True)
        if self._pace.total > 1:
            name_of_all = self._pace.what.ljust(self._width)
            self._whole = self._live.add_task(name_of_all, total=self._pace.total, beside=None)
        self._live.start()
        return self._live

    def _move_whole(self, live: Progress) -> None:
        if self._whole is not None:
            running = sum(row.share for row in self._rows.values()) if self._pace.what == NETWORKS else 0
            live.update(self._whole, completed=self._pace.done + running)


class Beside(ProgressColumn):
    """What stands beside a bar: how far the whole is, or the epochs and the loss of a network."""

    max_refresh = None

    def __init__(self, pace: Pace) -> None:
        super().__init__()
        self._pace = pace

    def render(self, task: Task) -> Text:
        """The words, which are cut off where the terminal is too narrow for them."""
        words = task.fields["beside"]
        if words is None:
            words = self._pace.words()
        elif self._pace.total <= 1 and task.time_remaining:
            words += f"  time left {clock_time(task.time_remaining)}"
        return Text(words, no_wrap=True, overflow="ellipsis")
