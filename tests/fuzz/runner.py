"""The runner of random cases: every case has a number, from which it can be made again."""

import signal
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from tests.fuzz.settings import check_text, make_text
from tests.fuzz.tables import check_table

LONGEST = 10.0  # s, the time limit of a case
MOST_PRINTED = 20  # failures


@dataclass
class Report:
    """The outcomes of the cases of a part.

    Attributes:
        counts: The number of cases by outcome.
        failures: The number of a case, and what is wrong.
        seconds: Time of the slowest case.
    """

    part: str
    counts: Counter[str] = field(default_factory=Counter)
    failures: dict[int, str] = field(default_factory=dict)
    seconds: float = 0.0

    def text(self) -> str:
        """The counts, and the first failures."""
        counts = ", ".join(f"{outcome}: {count}" for outcome, count in sorted(self.counts.items()))
        lines = [f"{self.part}: {sum(self.counts.values())} cases; {counts}; slowest {self.seconds:.2f} s"]
        kinds = Counter(map(_kind, self.failures.values()))
        lines += [f"  {count} x {kind}" for kind, count in kinds.most_common(MOST_PRINTED)]
        first = list(self.failures.items())[:MOST_PRINTED]
        return "\n".join([*lines, *(f"case {number}: {reason}" for number, reason in first)])


def _kind(failure: str) -> str:
    """The rule that was violated, and the kind of damage."""
    reason, _, context = failure.partition(" | ")
    return f"{reason.partition(': ')[0][:100]} ({context.partition(', ')[0][:40]})"


def check_settings(random: Random) -> str:
    """A random text of `--params`."""
    text, expected = make_text(random)
    try:
        return check_text(text, expected).value
    except Exception as error:
        error.add_note(f"--params={text[:200]!r}")
        raise


def check_tables(random: Random) -> str:
    """A random table."""
    with TemporaryDirectory() as folder:
        return check_table(random, Path(folder))


PARTS: dict[str, Callable[[Random], str]] = {"settings": check_settings, "tables": check_tables}


def run_cases(part: str, seed: int, numbers: Iterable[int]) -> Report:
    """Run the cases of these numbers; an exception is a failure."""
    report = Report(part)
    for number in numbers:
        start = time.perf_counter()
        try:
            with _time_limit(LONGEST):
                outcome = PARTS[part](Random(f"{part} {seed} {number}"))
        except Exception as error:
            outcome = "failed"
            report.failures[number] = _describe(error)
        report.counts[outcome] += 1
        report.seconds = max(report.seconds, time.perf_counter() - start)
    return report


def _describe(error: Exception) -> str:
    """What is wrong: a violated rule in one line, or the place of another exception; then its notes."""
    notes = " | ".join(getattr(error, "__notes__", []))
    if isinstance(error, AssertionError):
        return f"{str(error)[:300]} | {notes}"
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {frame.filename}:{frame.lineno}: {str(error)[:200]!r} | {notes}"


@contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    """Raise TimeoutError after this time; without effect where there are no alarms."""
    if not hasattr(signal, "SIGALRM") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_: Any) -> None:
        raise TimeoutError(f"no result within {seconds:g} s")

    former = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, former)
