"""Progress where the output is piped: plain lines, about ten a run, and no fewer than one a network."""

from math import ceil

from rich.console import Console

from seqframe.progress import EpochsDone
from seqframe.terminal.pace import QUESTIONS, Pace

LINES = 10  # of a run of few networks


class Lines:
    """A line about every tenth of the epochs of one network; of many networks, one when each is done."""

    def __init__(self, console: Console, pace: Pace) -> None:
        self._console = console
        self._pace = pace

    def move(self, news: EpochsDone) -> None:
        """Write the lines that are due. A question says in a line of its own what it is, and has too many networks."""
        if self._pace.what == QUESTIONS:
            return
        part = f", {news.part}" if news.part else ""
        for epoch, loss in self._due(news):
            line = f"{news.framing}{part}: epoch {epoch} of {news.epochs}, loss {loss:.3g}"
            self._console.print(line + self._whole(epoch == news.last and news.ended), highlight=False, soft_wrap=True)

    def finish(self, name: str) -> None:
        """What is done has had its line."""

    def close(self) -> None:
        """There is nothing to clear away."""

    def _due(self, news: EpochsDone) -> list[tuple[int, float]]:
        """The epochs that get a line, with their losses."""
        lines = 1 if news.part else max(1, LINES // max(1, self._pace.total))
        step = ceil(news.epochs / lines)
        numbered = enumerate(news.losses, start=news.first)
        return [(epoch, loss) for epoch, loss in numbered if epoch % step == 0 or (news.ended and epoch == news.last)]

    def _whole(self, ended: bool) -> str:
        """How far the whole is, where there are many networks and one more of them is done."""
        if not ended or self._pace.total <= 1:
            return ""
        return f" ({self._pace.words()})"
