"""Run random cases: `python -m tests.fuzz --size 20000 --seed 0`."""

import argparse
import sys

from tests.fuzz.runner import PARTS, run_cases


def main() -> int:
    """Print the counts of outcomes and the failures of each part; returns the number of failures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=500, help="cases of each part")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--part", choices=[*PARTS, "all"], default="all")
    parser.add_argument("--only", type=int, help="number of the one case to run")
    arguments = parser.parse_args()
    failures = 0
    for part in PARTS if arguments.part == "all" else [arguments.part]:
        numbers = range(arguments.size) if arguments.only is None else [arguments.only]
        report = run_cases(part, arguments.seed, numbers)
        print(report.text())
        failures += len(report.failures)
    return failures


if __name__ == "__main__":
    sys.exit(min(main(), 1))
