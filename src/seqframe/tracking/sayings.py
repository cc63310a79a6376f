"""What is said of a node's results on the page of their run: datasets by name, each with its paragraph, in Markdown."""

from collections.abc import Callable, Iterable
from typing import Any

import pandas as pd

from seqframe.evaluation import Scores
from seqframe.report.markdown import markdown_table
from seqframe.report.tables import add_up

RESULT = "#### **Result**\n\n"
ROOM = "\N{NO-BREAK SPACE}"
SHOWN = 8  # lines of the leaderboard; the whole is an artifact


def _network(layers: pd.DataFrame) -> str:
    table = pd.DataFrame(
        {
            "layer": layers["kind"],
            "reads → gives": layers["input_shape"] + " → " + layers["output_shape"],
            "arithmetic": "`" + layers["with_numbers"] + "`",
            "parameters": layers["parameters"],
        }
    )
    return f"#### **Network: {add_up(layers)} parameters**\n\n{_table(table)}"


def _summary(summary: dict[str, Any]) -> str:
    unseen = f" on the rows trained on, {summary['unseen_mae']:.2g} on unseen ones" if "unseen_mae" in summary else ""
    return (
        f"{RESULT}The mean error is {summary['mae']:.2g}{unseen}; the loss {summary['final_loss']:.2g} after "
        f"{summary['epochs']} epochs. Predicted: `{summary['predicted']}`"
    )


def _scores(scores: Scores) -> str:
    if "test" not in scores:  # of one network, whose summary says it
        return ""
    one, mean = scores["test"], scores["test_mean_of_seeds"]
    return (
        f"{RESULT}MASE {mean['mase']:.3f}, the mean of all seeds' forecasts; {one['mase']:.3f} on average what one "
        f"network does. Its intervals held {one['coverage']:.0%} of the truth. 1 is the error of repeating the season."
    )


def _seeds(seeds: pd.DataFrame) -> str:
    learnt = int(seeds["right_to_one_decimal"].sum())
    return f"{RESULT}{learnt} of {len(seeds)} seeds learnt every value to one decimal."


def _comparison(comparison: pd.DataFrame) -> str:
    columns = ["framing", "parameters", "epochs", "final_loss", "mae", "unseen_mae", "largest_error"]
    return _titled("Beside the naive answer", comparison, columns)


def _leaderboard(leaderboard: pd.DataFrame) -> str:
    columns = ["rank", "entry", "mase", "mase_low", "mase_high", "skill", "coverage"]
    title = "The first of the leaderboard, whose rest is in *Artifacts → leaderboard.csv*"
    return _titled(title, leaderboard.head(SHOWN), columns)


def _seed_study(study: pd.DataFrame) -> str:
    return _titled(
        "How many seeds learnt", study, ["framing", "seeds", "learnt", "share_low", "share_high", "median_loss"]
    )


def _titled(title: str, table: pd.DataFrame, columns: list[str]) -> str:
    there = [name for name in columns if name in table]
    return f"#### **{title}**\n\n{_table(table[there].rename(columns=lambda name: name.replace('_', ' ')))}"


def _table(table: pd.DataFrame) -> str:
    """A table with room between its columns and after it, of which MLflow's page leaves none."""
    return markdown_table(table).replace(" |", f"{ROOM * 3} |") + f"\n\n{ROOM}"


def _list(sentences: Iterable[str]) -> str:
    return "\n".join([RESULT, *(f"- {sentence}" for sentence in sentences)])


SAYINGS: dict[str, tuple[str, Callable[[Any], str]]] = {
    "layers": ("network", _network),
    "summary": ("result", _summary),
    "scores": ("result", _scores),
    "seeds": ("result", _seeds),
    "verdict": ("result", lambda verdict: _list(verdict.sentences)),
    "answers": ("result", lambda answers: _list(f"**{row.question}** {row.sentence}" for row in answers.itertuples())),
    "comparison": ("compared", _comparison),
    "leaderboard": ("compared", _leaderboard),
    "seed_study": ("compared", _seed_study),
    "report": ("report", lambda _: "#### **Report**\n\nThe figures and tables on one page: *Artifacts → report.html*."),
}
