"""The page of a run in MLflow, in Markdown: what was run, and what came of it as nodes give their results."""

from collections.abc import Callable, Iterable
from typing import Any

import pandas as pd

from seqframe.evaluation.evaluate import Scores
from seqframe.framings import FRAMINGS
from seqframe.reporting.tables import format_param_sum, markdown_table
from seqframe.tracking.records import PARENT, RunContext, RunInfo, Tags

# What is said of a node's results on the page of their run: datasets by name, each with its paragraph, in Markdown.

RESULT = "#### **Result**\n\n"
ROOM = "\N{NO-BREAK SPACE}"
SHOWN = 8  # lines of the leaderboard; the whole is an artifact


def _network(layers: pd.DataFrame) -> str:
    table = pd.DataFrame(
        {
            "layer": layers["kind"],
            "reads → gives": layers["input_shape"] + " → " + layers["output_shape"],
            "arithmetic": "`" + layers["substituted"] + "`",
            "parameters": layers["parameters"],
        }
    )
    return f"#### **Network: {format_param_sum(layers)} parameters**\n\n{_table(table)}"


def _summary(summary: dict[str, Any]) -> str:
    test = f" on the rows trained on, {summary['test_mae']:.2g} on unseen ones" if "test_mae" in summary else ""
    return (
        f"{RESULT}The mean error is {summary['mae']:.2g}{test}; the loss {summary['final_loss']:.2g} after "
        f"{summary['epochs']} epochs. Predicted: `{summary['predicted']}`"
    )


def _scores(scores: Scores) -> str:
    if "test_ensemble" not in scores:  # of one network, whose summary says it
        return ""
    one, mean = scores["test"], scores["test_ensemble"]
    return (
        f"{RESULT}MASE {mean['mase']:.3f}, the mean of all seeds' forecasts; {one['mase']:.3f} on average what one "
        f"network does. Its intervals held {one['coverage']:.0%} of the truth. 1 is the error of repeating the season."
    )


def _seeds(seeds: pd.DataFrame) -> str:
    learnt = int(seeds["all_within_0.05"].sum())
    return f"{RESULT}{learnt} of {len(seeds)} seeds learnt every value to one decimal."


def _comparison(comparison: pd.DataFrame) -> str:
    columns = ["framing", "parameters", "epochs", "final_loss", "mae", "test_mae", "max_error"]
    return _titled("Beside the naive answer", comparison, columns)


def _leaderboard(leaderboard: pd.DataFrame) -> str:
    columns = ["rank", "model", "mase", "mase_low", "mase_high", "skill", "coverage"]
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


PARAGRAPHS: dict[str, tuple[str, Callable[[Any], str]]] = {
    "layers": ("network", _network),
    "summary": ("result", _summary),
    "scores": ("result", _scores),
    "seeds": ("result", _seeds),
    "conclusion": ("result", lambda verdict: _list(verdict.sentences)),
    "experiments": (
        "result",
        lambda answers: _list(f"**{row.question}** {row.sentence}" for row in answers.itertuples()),
    ),
    "comparison": ("comparison_data", _comparison),
    "leaderboard": ("comparison_data", _leaderboard),
    "seed_study": ("comparison_data", _seed_study),
    "report": ("report", lambda _: "#### **Report**\n\nThe figures and tables on one page: *Artifacts → report.html*."),
}


NOTE = "mlflow.note.content"
ORDER = ("about", "result", "comparison_data", "report", "network", "dataset", "again")  # of the paragraphs
TASKS = {
    "echo": "give back the rows read",
    "next_step": "give the next row after every row read",
    "next_window": "give as many rows as were read, after them",
}


class Description:
    """What is said of the runs of a session, paragraph by paragraph."""

    def __init__(self, session: RunContext) -> None:
        self._session = session
        self._said: dict[str, dict[str, str]] = {}  # framing, or `ALL` -> paragraph -> Markdown

    def begin_all(self) -> Tags:
        """What is known of the run above all others."""
        framings = self._session.framings
        questions = "Questions of the tutorial's readers, each answered by an experiment."
        below = (
            f"{len(framings)} framings of the same rows, side by side: {', '.join(framings)}. Their runs stand below."
        )
        return self._say(PARENT, {"about": below if framings else questions, "again": self._again()})

    def begin(self, framing: str, start: RunInfo) -> Tags:
        """What is known of a framing's run before it is trained."""
        about = next((each.summary for each in FRAMINGS if each.name == framing), "")
        return self._say(
            framing,
            {"about": about, "dataset": self._posed(start), "again": self._again(framing != self._session.root)},
        )

    def update(self, framing: str, outputs: dict[str, Any]) -> list[Tags]:
        """What a node's results add; nothing where they are not spoken of. `framing` is empty for the run above all."""
        said = {name: outputs[name] for name in outputs if name.rpartition(".")[2] in PARAGRAPHS}
        news: dict[str, str] = {}
        for name, value in said.items():
            paragraph, say = PARAGRAPHS[name.rpartition(".")[2]]
            news[paragraph] = say(value)
        return [self._say(framing or self._session.root, news)] if any(news.values()) else []

    def _say(self, owner: str, news: dict[str, str]) -> Tags:
        said = self._said.setdefault(owner, {})
        said.update(news)
        return Tags({NOTE: "\n\n".join(said[name] for name in ORDER if said.get(name))})

    def _posed(self, start: RunInfo) -> str:
        data_settings = self._session.settings.data
        asked = (
            TASKS.get(start.params["task.kind"])
            or f"forecast {start.params['task.horizon']} rows from {start.params['task.lookback']}"
        )
        shapes = f"X {start.params['X_shape']}, y {start.params['y_shape']}"
        return f"#### **Data and task**\n\n{data_settings.name}, {start.tags['data.rows']} rows: {asked}. {shapes}."

    def _again(self, below: bool = False) -> str:
        place = "the run above it, under *Artifacts → settings.yml*" if below else "*Artifacts → settings.yml*"
        return f"#### **Run it again**\n\nAll settings are in {place}.\n\n```\n{self._session.command}\n```"
