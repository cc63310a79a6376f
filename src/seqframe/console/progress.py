"""Progress in a terminal: a bar for the whole run, one for what is trained now, and a line for what is done."""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil
from time import monotonic

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID, TextColumn
from rich.text import Text

from seqframe.framings import FRAMINGS
from seqframe.training.events import EpochEnd

# How far a run has come, and how long the rest will take.

NETWORKS, QUESTIONS = "networks", "questions"  # what the pieces are


@dataclass
class Eta:
    """Pieces of work that are alike, such as networks to be trained: how many are done, of how many.

    The time left is told from those that are done: the epochs of a network that is being trained say little, since it
    may stop early.

    Attributes:
        what: `NETWORKS`, or `QUESTIONS`, each of which trains several.
        total: How many there are; 0 where that is not known.
        done: How many of them are done.
        clock: The time, in s.
    """

    what: str = NETWORKS
    total: int = 0
    done: int = 0
    clock: Callable[[], float] = field(default=monotonic, repr=False)
    _started: float | None = None
    _each_s: float = 0.0

    def start(self) -> None:
        """The first piece is begun; a second time changes nothing."""
        if self._started is None:
            self._started = self.clock()

    def advance(self) -> None:
        """One more is done."""
        self.done += 1
        self._each_s = self.elapsed_s / self.done

    @property
    def elapsed_s(self) -> float:
        """Seconds since the first piece was begun."""
        return 0.0 if self._started is None else self.clock() - self._started

    @property
    def left_s(self) -> float | None:
        """Seconds to go, if the others take as long as those that are done; None where none is done yet.

        It goes down while a piece is being worked on; one that takes longer than its time holds it.
        """
        if not self.done or self.done >= self.total:
            return None
        return max(self._each_s * self.total - self.elapsed_s, self._each_s * (self.total - self.done - 1))

    def words(self) -> str:
        """Such as `7 of 54 · time left 3:20`."""
        left = self.left_s
        return f"{self.done} of {self.total}" + ("" if left is None else f" · time left {format_duration(left)}")


def format_duration(seconds: float) -> str:
    """Seconds as `3:20` or `1:03:20`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


NAMES = max(len(framing.name) for framing in FRAMINGS)
BAR_WIDTH = 10, 40  # columns, at least and at most
BESIDE = 66  # columns that stand beside the widest bar


@dataclass
class ProgressRow:
    """A framing, or in the answers a question, whose networks are being trained."""

    bar: TaskID
    news: EpochEnd
    started: float = field(default_factory=monotonic)
    networks: int = 0
    epochs: int = 0

    def hear(self, news: EpochEnd) -> None:
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
        return f"{networks:>11}  {self.epochs:>5} epochs{loss}  {format_duration(monotonic() - self.started):>6}"


class LiveProgress:
    """The whole run and what is trained now, at the foot of the terminal; above them a line for each that is done.

    However many networks there are, they take no more lines than that; when all are done, the bars go.
    """

    def __init__(self, console: Console, pace: Eta) -> None:
        self._console = console
        self._pace = pace
        self._width = max(len(pace.what), NAMES if pace.what == NETWORKS else 0)
        self._rows: dict[str, ProgressRow] = {}
        self._live: Progress | None = None
        self._whole: TaskID | None = None

    def move(self, news: EpochEnd) -> None:
        """Move the bars."""
        live = self._live or self._begin()
        name, part = news.framing, news.label
        if self._pace.what == QUESTIONS:  # each of which trains one network after the other
            name, _, part = news.label.partition(", ")
            part = f"{news.framing}, {part}" if part else news.framing
        if name not in self._rows:
            self._rows[name] = ProgressRow(live.add_task(name.ljust(self._width), beside=""), news)
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
        self._live = Progress(name, bar, StatusColumn(self._pace), console=self._console, transient=True)
        if self._pace.total > 1:
            name_of_all = self._pace.what.ljust(self._width)
            self._whole = self._live.add_task(name_of_all, total=self._pace.total, beside=None)
        self._live.start()
        return self._live

    def _move_whole(self, live: Progress) -> None:
        if self._whole is not None:
            running = sum(row.share for row in self._rows.values()) if self._pace.what == NETWORKS else 0
            live.update(self._whole, completed=self._pace.done + running)


class StatusColumn(ProgressColumn):
    """What stands beside a bar: how far the whole is, or the epochs and the loss of a network."""

    max_refresh = None

    def __init__(self, pace: Eta) -> None:
        super().__init__()
        self._pace = pace

    def render(self, task: Task) -> Text:
        """The words, which are cut off where the terminal is too narrow for them."""
        words = task.fields["beside"]
        if words is None:
            words = self._pace.words()
        elif self._pace.total <= 1 and task.time_remaining:
            words += f"  time left {format_duration(task.time_remaining)}"
        return Text(words, no_wrap=True, overflow="ellipsis")


# Progress where the output is piped: plain lines, about ten a run, and no fewer than one a network.

LINES = 10  # of a run of few networks


class PlainProgress:
    """A line about every tenth of the epochs of one network; of many networks, one when each is done."""

    def __init__(self, console: Console, pace: Eta) -> None:
        self._console = console
        self._pace = pace

    def move(self, news: EpochEnd) -> None:
        """Write the lines that are due. A question says in a line of its own what it is, and has too many networks."""
        if self._pace.what == QUESTIONS:
            return
        part = f", {news.label}" if news.label else ""
        for epoch, loss in self._due(news):
            line = f"{news.framing}{part}: epoch {epoch} of {news.epochs}, loss {loss:.3g}"
            self._console.print(line + self._whole(epoch == news.last and news.ended), highlight=False, soft_wrap=True)

    def finish(self, name: str) -> None:
        """What is done has had its line."""

    def close(self) -> None:
        """There is nothing to clear away."""

    def _due(self, news: EpochEnd) -> list[tuple[int, float]]:
        """The epochs that get a line, with their losses."""
        lines = 1 if news.label else max(1, LINES // max(1, self._pace.total))
        step = ceil(news.epochs / lines)
        numbered = enumerate(news.losses, start=news.first)
        return [(epoch, loss) for epoch, loss in numbered if epoch % step == 0 or (news.ended and epoch == news.last)]

    def _whole(self, ended: bool) -> str:
        """How far the whole is, where there are many networks and one more of them is done."""
        if not ended or self._pace.total <= 1:
            return ""
        return f" ({self._pace.words()})"
