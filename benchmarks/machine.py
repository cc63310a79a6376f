"""Shared by the benchmarks: the state of the machine, its description, and alternating runs."""

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

Result = TypeVar("Result")

PAUSE_S = 0.2  # between two contenders, until threads of the first have stopped
OBSERVED_S = 1.0  # for which the load of the cores is observed
SPINS = 20
SPIN_BLOCK = bytes(8 * 2**20)
MAX_BUSY = 0.05  # share of the cores' time used by other processes
MAX_TRIES = 3
MAX_VARIATION = 0.10  # median excess over the fastest of equal work items


@dataclass(frozen=True)
class Idleness:
    """How idle the machine was at one point in time.

    Attributes:
        busy: Share of all cores' time used by other processes during one second, from 0 to 1.
        variation: Median time of a repeated short work item relative to the fastest, minus 1: 0.1 is 10%.
        load: Load average of the last minute, including the benchmark.
    """

    busy: float
    variation: float
    load: float

    @property
    def idle(self) -> bool:
        """Whether measurements at this time are reliable."""
        return self.busy <= MAX_BUSY and self.variation <= MAX_VARIATION

    def describe(self) -> str:
        """The three numbers in one sentence."""
        return (
            f"other processes used {self.busy:.0%} of the cores, equal work varied by {self.variation:.0%}, "
            f"load {self.load:.1f}"
        )


def measure_idleness() -> Idleness:
    """Observe the cores for one second, then repeat a short work item on all of them."""
    before = _core_times()
    time.sleep(OBSERVED_S)
    after = _core_times()
    total = sum(after) - sum(before)
    load = os.getloadavg()[0]
    busy = 1 - (after[1] - before[1]) / total if total else min(1.0, load / (os.cpu_count() or 1))
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        spins = [_spin(threads) for _ in range(SPINS)]
    return Idleness(busy, statistics.median(spins) / min(spins) - 1, load)


@dataclass
class Rounds:
    """Rounds of turns that other processes have disturbed: by more than `MAX_BUSY` of the cores' time.

    A disturbed round is measured again once the machine is idle, up to `MAX_TRIES` times the number of rounds. After
    that it counts, so that a result says so.
    """

    repeated: int = 0
    disturbed: int = 0

    def notes(self) -> list[str]:
        """What was measured again, and what was not."""
        rule = f"other processes used more than {MAX_BUSY:.0%} of the cores"
        found = [f"Measured again because {rule}: {self.repeated} rounds."] if self.repeated else []
        return found + ([f"NOT IDLE while measuring: {rule} in {self.disturbed} rounds."] if self.disturbed else [])


ROUNDS = Rounds()


def in_turns(contenders: Mapping[str, Callable[[], Result]], repeats: int) -> dict[str, list[Result]]:
    """Call every contender once, then every contender again: A B C A B C …; the results by name. See `Rounds`.

    >>> in_turns({"a": lambda: 1, "b": lambda: 2}, repeats=2)
    {'a': [1, 1], 'b': [2, 2]}
    """
    results: dict[str, list[Result]] = {name: [] for name in contenders}
    tries = MAX_TRIES * repeats
    while (missing := repeats - min(map(len, results.values()), default=repeats)) > 0:
        before, ours = _core_times(), _own_ticks()
        found: dict[str, Result] = {}
        for name, contender in contenders.items():
            time.sleep(PAUSE_S)
            found[name] = contender()
        tries -= 1
        disturbed = _busy_share(before, ours) > MAX_BUSY
        if disturbed and tries >= missing:
            ROUNDS.repeated += 1
            wait_until_idle()
            continue
        ROUNDS.disturbed += disturbed
        for name, result in found.items():
            results[name].append(result)
    return results


def wait_until_idle(limit_s: float = 60.0) -> Idleness:
    """Wait until the machine is idle, or for some seconds."""
    started = time.monotonic()
    while not (state := measure_idleness()).idle and time.monotonic() - started < limit_s:
        time.sleep(PAUSE_S)
    return state


def _busy_share(before: tuple[float, float], own_before: float) -> float:
    """Share of all cores' time since then that processes of other commands used."""
    after, own = _core_times(), _own_ticks()
    total = sum(after) - sum(before)
    return max(0.0, after[0] - before[0] - (own - own_before)) / total if total else 0.0


def _own_ticks() -> float:
    """Processor time of the processes of this command, and of those that have ended, in ticks."""
    group, total = os.getpgrp(), 0.0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == group:
            total += sum(map(float, fields[11:15]))
    return total


def ratio(ours: list[float], theirs: list[float]) -> float:
    """Median of the ratios of all turns; a slow drift of the machine cancels."""
    return statistics.median(a / b for a, b in zip(ours, theirs, strict=True))


def describe_machine() -> dict[str, str]:
    """Processor, width of its vectors, number of cores, operating system and version of Python."""
    return {
        "processor": _processor(),
        "vectors": _vector_width(),
        "cores": str(os.cpu_count()),
        "system": platform.system(),
        "python": platform.python_version(),
    }


def pin_to_cores(count: int) -> None:
    """Pin this process and its child processes to `count` cores, where the system supports it."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:count])


def _core_times() -> tuple[float, float]:
    """Busy and idle time of all cores, in ticks; zeros where the system does not report them."""
    path = Path("/proc/stat")
    if not path.exists():
        return 0.0, 0.0
    times = [float(word) for word in path.read_text().split("\n", 1)[0].split()[1:9]]
    idle = times[3] + times[4]  # idle, and waiting for I/O
    return sum(times) - idle, idle


def _spin(threads: ThreadPoolExecutor) -> float:
    started = time.perf_counter()
    list(threads.map(lambda _: hashlib.sha256(SPIN_BLOCK).digest(), range(os.cpu_count() or 1)))
    return time.perf_counter() - started


def _vector_width() -> str:
    """The widest vectors that the compiled code uses."""
    try:
        from seqframe.networks.kernel.machine_code import WIDTH
    except ImportError:
        return "no compiled code"
    return f"{32 * WIDTH} bits"


def _processor() -> str:
    path = Path("/proc/cpuinfo")
    lines = path.read_text().splitlines() if path.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
