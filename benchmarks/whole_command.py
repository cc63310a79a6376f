"""Wall time and peak memory of a whole command, beside the plain Keras script of the same framing, run in turns.

    python benchmarks/whole_command.py --framings many_to_many --repeats 3

`all` stands for plain `kedro run`, measured against the three scripts one after the other.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[1]
RESULTS = Path(__file__).with_name("results")
FRAMINGS = ("one_to_one", "many_to_one", "many_to_many")


def main() -> None:
    """Measure, print a table and keep the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--framings", nargs="+", default=["many_to_many"], choices=[*FRAMINGS, "all"])
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    results = [measure(framing, arguments.repeats) for framing in arguments.framings]
    table = Table("framing", "kedro run, s", "plain Keras, s", "ratio", "kedro run, MiB", "plain Keras, MiB", box=None)
    for result in results:
        table.add_row(result["framing"], *(f"{result[name]:.2f}" for name in list(result)[1:4]),
                      *(f"{result[name]:.0f}" for name in list(result)[4:6]))  # fmt: skip
    Console(width=120).print(table)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "whole_command.json").write_text(json.dumps(results, indent=2) + "\n")


def measure(framing: str, repeats: int) -> dict[str, Any]:
    """Medians of both sides, run in turns; the ratio is the median of the ratios of each turn."""
    ours = [sys.executable, "-m", "kedro", "run", *([] if framing == "all" else [f"--pipeline={framing}"])]
    scripts = FRAMINGS if framing == "all" else (framing,)
    plain = [[sys.executable, str(ROOT / "benchmarks" / "plain_keras.py"), name] for name in scripts]
    run([ours])  # makes MLflow's store, compiles bytecode, warms the disk's cache
    turns = [(run([ours]), run(plain)) for _ in range(repeats)]
    return {
        "framing": framing,
        "seqframe_s": statistics.median(turn[0][0] for turn in turns),
        "plain_s": statistics.median(turn[1][0] for turn in turns),
        "ratio": statistics.median(turn[0][0] / turn[1][0] for turn in turns),
        "seqframe_mib": statistics.median(turn[0][1] for turn in turns),
        "plain_mib": statistics.median(turn[1][1] for turn in turns),
        "turns": turns,
        "cpus": os.cpu_count(),
    }


def run(commands: list[list[str]]) -> tuple[float, float]:
    """Wall seconds of the commands one after the other, and the largest peak memory among them, in MiB."""
    started = time.perf_counter()
    peak = 0
    for command in commands:
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        if status:
            raise SystemExit(f"{' '.join(command)} ended with {os.waitstatus_to_exitcode(status)}.")
        peak = max(peak, usage.ru_maxrss)  # KiB on Linux
    return time.perf_counter() - started, peak / 1024


if __name__ == "__main__":
    main()
