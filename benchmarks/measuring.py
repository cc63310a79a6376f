"""What the benchmarks share: is the machine idle, which machine is it, and runs in turns."""

import hashlib
import os
import platform
import statistics
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

Answer = TypeVar("Answer")

PAUSE_S = 0.2  # between two sides, for threads of the first that still spin
LOOK_S = 1.0  # how long the cores are watched
SPINS = 20
SPIN_BLOCK = bytes(8 * 2**20)
MOST_BUSY = 0.05  # share of the cores' time that others may take
MOST_SPREAD = 0.10  # how much slower than its fastest the same work may typically be


@dataclass(frozen=True)
class Idleness:
    """How idle the machine was at one moment.

    Attributes:
        busy: The share of all cores' time that others took during a second, from 0 to 1.
        spread: By how much the median of the same short work, repeated, exceeded its fastest: 0.1 is 10 %.
        load: The load average of the last minute, our own work included.
    """

    busy: float
    spread: float
    load: float

    @property
    def idle(self) -> bool:
        """Whether figures taken now can be trusted."""
        return self.busy <= MOST_BUSY and self.spread <= MOST_SPREAD

    def describe(self) -> str:
        """The three figures in words."""
        return f"others took {self.busy:.0%} of the cores, equal work varied by {self.spread:.0%}, load {self.load:.1f}"


def look_at_the_machine() -> Idleness:
    """Watch the cores for a second, then do the same short work on all of them again and again."""
    before = _core_times()
    time.sleep(LOOK_S)
    after = _core_times()
    total = sum(after) - sum(before)
    load = os.getloadavg()[0]
    busy = 1 - (after[1] - before[1]) / total if total else min(1.0, load / (os.cpu_count() or 1))
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        spins = [_spin(threads) for _ in range(SPINS)]
    return Idleness(busy, statistics.median(spins) / min(spins) - 1, load)


def in_turns(sides: Mapping[str, Callable[[], Answer]], repeats: int) -> dict[str, list[Answer]]:
    """Call every side once, then every side again: A B C A B C …; the answers of each by its name.

    >>> in_turns({"a": lambda: 1, "b": lambda: 2}, repeats=2)
    {'a': [1, 1], 'b': [2, 2]}
    """
    answers: dict[str, list[Answer]] = {name: [] for name in sides}
    for _ in range(repeats):
        for name, side in sides.items():
            time.sleep(PAUSE_S)
            answers[name].append(side())
    return answers


def ratio(ours: list[float], theirs: list[float]) -> float:
    """The median of the ratios of each turn, which a slow drift of the machine does not touch."""
    return statistics.median(a / b for a, b in zip(ours, theirs, strict=True))


def name_the_machine() -> dict[str, str]:
    """The processor, its cores, the system and Python."""
    return {
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "system": platform.system(),
        "python": platform.python_version(),
    }


def keep_to_cores(count: int) -> None:
    """Keep this process, and all that it will start, on so many cores, where the system can."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:count])


def _core_times() -> tuple[float, float]:
    """Time that all cores have spent, in ticks: at work for anybody, and idle. Zeros where the system does not say."""
    path = Path("/proc/stat")
    if not path.exists():
        return 0.0, 0.0
    times = [float(word) for word in path.read_text().split("\n", 1)[0].split()[1:9]]
    idle = times[3] + times[4]  # idle, and waiting for a disk
    return sum(times) - idle, idle


def _spin(threads: ThreadPoolExecutor) -> float:
    started = time.perf_counter()
    list(threads.map(lambda _: hashlib.sha256(SPIN_BLOCK).digest(), range(os.cpu_count() or 1)))
    return time.perf_counter() - started


def _processor() -> str:
    path = Path("/proc/cpuinfo")
    lines = path.read_text().splitlines() if path.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
