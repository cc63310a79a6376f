"""How far a run has come, and how long the rest will take."""

from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

NETWORKS, QUESTIONS = "networks", "questions"  # what the pieces are


@dataclass
class Pace:
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
        return f"{self.done} of {self.total}" + ("" if left is None else f" · time left {clock_time(left)}")


def clock_time(seconds: float) -> str:
    """Seconds as `3:20` or `1:03:20`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
