"""Results that the documentation quotes: measured once (`make results`), formatted by the code that prints them.

`docs/results/` has the CSV files that a run writes: `tutorial_*.csv` of `kedro run --pipeline=many_to_many`, and the
leaderboards of the shipped tables by the name of their environment.
"""

import io
import shutil
import sys

import pandas as pd
from rich.console import Console

from seqframe.config import PROJECT_ROOT, parse_settings
from seqframe.console.headline import headline
from seqframe.console.tables import print_table
from seqframe.evaluation.network_conclusions import summarize_comparison
from seqframe.reporting.columns import format_skill
from seqframe.reporting.tables import markdown_table
from tools.docs.examples import read_conf
from tools.docs.templates import DOCS

RESULTS_FOLDER = DOCS / "results"
REPORTING = PROJECT_ROOT / "data" / "08_reporting"
TUTORIAL, TUTORIAL_COMMAND, TUTORIAL_TABLES = "tutorial", "many_to_many", ("parameter_counts", "comparison")
TERMINAL_WIDTH = 140  # columns
FIRST_MODELS = 3  # rows of a leaderboard in quoted terminal output
ELLIPSIS = "…"


def terminal_output(name: str) -> str:
    """The output of a run as a code block: of the tutorial, or the leaderboard of a shipped table."""
    lines = _tutorial_output() if name == TUTORIAL else _leaderboard_output(name)
    return "\n".join(["```text", *lines, "```"])


def leaderboard(name: str) -> str:
    """The leaderboard of a shipped table in Markdown: ensembles and baselines."""
    board = pd.read_csv(RESULTS_FOLDER / f"{name}.csv")
    board = board[board["framing"].isna() | board["model"].str.contains("ensemble")]
    interval = board["mase_low"].map("{:.2f}".format) + " to " + board["mase_high"].map("{:.2f}".format)
    interval = interval.where(board["mase_low"].notna(), "")  # with few forecasts nothing is tested or ranked
    return markdown_table(
        pd.DataFrame(
            {
                "rank": board["rank"].map("{:.0f}".format).replace("nan", "–"),
                "model": board["model"],
                "MASE": board["mase"].map("{:.3f}".format),
                "95% interval": interval,
                "skill": board["skill"].map(format_skill),
                "coverage": board["coverage"].map("{:.0%}".format),
                "parameters": board["parameters"].map("{:.0f}".format).replace("nan", ""),
            }
        )
    )


def save_results(name: str) -> None:
    """Copy the results of the last run of the command from its folder in `data/08_reporting/`."""
    command, names = "compare", {"leaderboard": name}
    if name == TUTORIAL:
        command, names = TUTORIAL_COMMAND, {table: f"{TUTORIAL}_{table}" for table in TUTORIAL_TABLES}
    for source, target in names.items():
        shutil.copy(REPORTING / command / f"{source}.csv", RESULTS_FOLDER / f"{target}.csv")


def _tutorial_output() -> list[str]:
    tables = {name: pd.read_csv(RESULTS_FOLDER / f"{TUTORIAL}_{name}.csv") for name in TUTORIAL_TABLES}
    title = f"Seqframe · {headline(TUTORIAL_COMMAND, parse_settings(read_conf('base')))}"
    lines = [title, ELLIPSIS, *(line for name, table in tables.items() for line in _print(name, table))]
    return [*lines, "", *summarize_comparison(tables["comparison"])]


def _leaderboard_output(name: str) -> list[str]:
    board = pd.read_csv(RESULTS_FOLDER / f"{name}.csv")
    board = board.assign(framing=board["framing"].fillna(""))
    last = int((board["model"] == "seasonal naive").idxmax())
    printed = _print("leaderboard", board)
    start = next(number for number, line in enumerate(printed) if line.startswith("Leaderboard"))
    title, header, *rows = printed[start : start + len(board) + 2]
    return [title, header, *rows[:FIRST_MODELS], ELLIPSIS, rows[last]]


def _print(name: str, table: pd.DataFrame) -> list[str]:
    text = io.StringIO()
    print_table(name, table, Console(file=text, width=TERMINAL_WIDTH))
    return [line.rstrip() for line in text.getvalue().splitlines()]


if __name__ == "__main__":
    save_results(sys.argv[1])
