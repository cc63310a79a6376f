"""The page of a run in MLflow, in Markdown: what was run, and what came of it as nodes give their results."""

from typing import Any

from seqframe.framings import FRAMINGS
from seqframe.tracking.records import ALL, Session, Start, Tags
from seqframe.tracking.sayings import SAYINGS

NOTE = "mlflow.note.content"
ORDER = ("about", "result", "compared", "report", "network", "posed", "again")  # of the paragraphs
TASKS = {
    "echo": "give back the rows read",
    "next_step": "give the next row after every row read",
    "next_window": "give as many rows as were read, after them",
}


class Description:
    """What is said of the runs of a session, paragraph by paragraph."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._said: dict[str, dict[str, str]] = {}  # framing, or `ALL` -> paragraph -> Markdown

    def begin_all(self) -> Tags:
        """What is known of the run above all others."""
        framings = self._session.framings
        questions = "Questions of the tutorial's readers, each answered by an experiment."
        below = (
            f"{len(framings)} framings of the same rows, side by side: {', '.join(framings)}. Their runs stand below."
        )
        return self._say(ALL, {"about": below if framings else questions, "again": self._again()})

    def begin(self, framing: str, start: Start) -> Tags:
        """What is known of a framing's run before it is trained."""
        about = next((each.summary for each in FRAMINGS if each.name == framing), "")
        return self._say(
            framing, {"about": about, "posed": self._posed(start), "again": self._again(framing != self._session.root)}
        )

    def tell(self, framing: str, outputs: dict[str, Any]) -> list[Tags]:
        """What a node's results add; nothing where they are not spoken of. `framing` is empty for the run above all."""
        said = {name: outputs[name] for name in outputs if name.rpartition(".")[2] in SAYINGS}
        news: dict[str, str] = {}
        for name, value in said.items():
            paragraph, say = SAYINGS[name.rpartition(".")[2]]
            news[paragraph] = say(value)
        return [self._say(framing or self._session.root, news)] if any(news.values()) else []

    def _say(self, owner: str, news: dict[str, str]) -> Tags:
        said = self._said.setdefault(owner, {})
        said.update(news)
        return Tags({NOTE: "\n\n".join(said[name] for name in ORDER if said.get(name))})

    def _posed(self, start: Start) -> str:
        problem = self._session.settings.problem
        asked = (
            TASKS.get(start.params["task.kind"])
            or f"forecast {start.params['task.horizon']} rows from {start.params['task.lookback']}"
        )
        shapes = f"X {start.params['X_shape']}, y {start.params['y_shape']}"
        return f"#### **Data and task**\n\n{problem.name}, {start.tags['data.rows']} rows: {asked}. {shapes}."

    def _again(self, below: bool = False) -> str:
        place = "the run above it, under *Artifacts → settings.yml*" if below else "*Artifacts → settings.yml*"
        return f"#### **Run it again**\n\nAll settings are in {place}.\n\n```\n{self._session.command}\n```"
