"""A comparison on ETTh1 in a control group with a limit of memory, without swap. Linux, as root.

    python -m benchmarks.memory_limit --etth1 ETTh1.csv

The limit holds for all processes of the command together, with the pages of files that they read. These are not in the
system's cache at the start, so that all of them count. A command that needs more memory is ended by the system.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.etth1 import VARIANTS, protocol
from benchmarks.processes import ROOT
from benchmarks.results import Table, format_value, save_record, show
from seqframe.config.commands import format_params
from seqframe.config.params import merge_settings
from seqframe.data.memory import CGROUPS, PROC

FRAMING = "many_to_one"
GROUP = "seqframe-benchmark"
MEMORY_LIMITS = (  # files of a group with the size, and with the size of memory and swap: versions 2 and 1
    ("memory.max", "memory.swap.max"),
    ("memory.limit_in_bytes", "memory.memsw.limit_in_bytes"),
)
JOIN = 'echo $$ > "$0"; exec "$@"'  # of the shell: the command, and what it starts, belong to a group
COLUMNS = ("rows ahead", "settings", "turns", "finished", "seconds", "resident memory, MiB")


@dataclass(frozen=True)
class Turn:
    """One command: exit code, seconds, and the peak resident memory of its largest process, in MiB."""

    code: int
    seconds: float
    resident: float


def main() -> None:
    """Measure, print the table and save the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--etth1", type=Path, required=True, help="the file of the public benchmark")
    parser.add_argument("--horizons", type=int, nargs="+", default=[24, 96])
    parser.add_argument("--bytes", type=int, default=10**9, help="the limit")
    parser.add_argument("--turns", type=int, default=5, help="commands for each row of the table")
    arguments = parser.parse_args()
    rows, raw = [], {}
    for horizon in arguments.horizons:
        for name, changes in VARIANTS.items():
            settings = merge_settings(
                protocol(arguments.etth1.resolve(), horizon), {"backtest": {"framings": [FRAMING]}}, changes
            )
            turns = [run_limited(format_params(settings), arguments.bytes) for _ in range(arguments.turns)]
            title = name.removeprefix(", ") or "default"
            rows.append(tabulate(horizon, title, turns))
            raw[f"{horizon}, {title}"] = [vars(turn) for turn in turns]
    notes = [
        f"{FRAMING}, 3 networks, report and refit; seconds and memory are medians of the commands that finished.",
        f"Limit: {arguments.bytes:,} bytes for all processes. Resident memory: of the main process.",
    ]
    table = Table("Comparisons with a limit of memory", COLUMNS, tuple(rows))
    show([table], notes)
    print(f"Saved to {save_record('memory_limit', [table], raw, notes)}.")


def run_limited(params: str, limit: int) -> Turn:
    """Run one comparison in a group with the limit."""
    command = [sys.executable, "-m", "kedro", "run", "--pipeline=compare", "--params", params]
    with control_group(limit) as group:
        (PROC / "sys/vm/drop_caches").write_text("3")
        started = time.perf_counter()
        joined = ["sh", "-c", JOIN, str(group / "cgroup.procs"), *command]
        process = subprocess.Popen(joined, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        seconds, process.returncode = time.perf_counter() - started, os.waitstatus_to_exitcode(status)
        turn = Turn(process.returncode, seconds, usage.ru_maxrss / 2**10)
        print(turn, flush=True)
        wait_until_empty(group)
    return turn


@contextmanager
def control_group(limit: int) -> Iterator[Path]:
    """A group of processes with a limit of memory, which is removed at the end."""
    group = next((each for each in (CGROUPS / "memory", CGROUPS) if each.exists()), CGROUPS) / GROUP
    try:
        group.mkdir(exist_ok=True)
        for size, total in MEMORY_LIMITS:
            if (group / size).exists():
                (group / size).write_text(str(limit))
                with suppress(OSError):  # a kernel that does not count swap
                    (group / total).write_text("0" if total == "memory.swap.max" else str(limit))
    except OSError as error:
        raise SystemExit(f"Control groups must be writable: run as root. Received: {error}.") from None
    try:
        yield group
    finally:
        group.rmdir()


def wait_until_empty(group: Path) -> None:
    """Wait for the end of the processes that a killed command has left, which close its MLflow run."""
    while (group / "cgroup.procs").read_text().strip():
        time.sleep(0.1)


def tabulate(horizon: int, title: str, turns: list[Turn]) -> tuple[str, ...]:
    """A row of the table."""
    ended = [turn for turn in turns if turn.code == 0]
    medians: list[Any] = [
        statistics.median(values) for values in zip(*((turn.seconds, turn.resident) for turn in ended), strict=True)
    ]
    return str(horizon), title, str(len(turns)), str(len(ended)), *map(format_value, medians or [None, None])


if __name__ == "__main__":
    main()
