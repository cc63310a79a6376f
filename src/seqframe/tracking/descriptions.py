"""The description on the page of an MLflow run, in Markdown: what was run, and its results as nodes deliver them.

The catalog declares for each dataset which note of `NOTES` describes it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from seqframe.evaluation.evaluate import Scores
from seqframe.framings import candidate_framings
from seqframe.reporting.columns import format_table
from seqframe.reporting.tables import format_param_sum, markdown_table
from seqframe.tasks import find_task
from seqframe.tracking.outputs import Output, check_choice
from seqframe.tracking.records import PARENT, RunContext, RunInfo, Tags

NOTE_TAG = "mlflow.note.content"
RESULT = "#### **Result**\n\n"
SPACE = "\N{NO-BREAK SPACE}"
LEADERBOARD_ROWS = 8  # the whole leaderboard is an artifact
SECTIONS = ("about", "result", "comparison", "report", "network", "dataset", "again")  # in the order of the page


@dataclass(frozen=True)
class Note:
    """How a dataset is described: the section of the page, and the function that writes its Markdown."""

    section: str
    write: Callable[[Any], str]


def describe_table(name: str, table: pd.DataFrame) -> str:
    """A table under a heading with the dataset's name."""
    return _section(name.replace("_", " ").capitalize(), table, list(table.columns))


def describe_text(name: str, text: str) -> str:
    """A text under a heading with the dataset's name."""
    return f"#### **{name.replace('_', ' ').capitalize()}**\n\n{text}"


def _describe_network(layers: pd.DataFrame) -> str:
    table = pd.DataFrame(
        {
            "layer": layers["kind"],
            "input → output shape": layers["input_shape"] + " → " + layers["output_shape"],
            "parameter formula": "`" + layers["substituted"] + "`",
            "parameters": layers["parameters"],
        }
    )
    return f"#### **Network: {format_param_sum(layers)} parameters**\n\n{_table(table)}"


def _describe_summary(summary: dict[str, Any]) -> str:
    test = f", test MAE {summary['test_mae']:.2g}" if "test_mae" in summary else ""
    return (
        f"{RESULT}Train MAE {summary['mae']:.2g}{test}. Loss {summary['final_loss']:.2g} after "
        f"{summary['epochs']} epochs. Predicted: `{summary['predicted']}`"
    )


def _describe_scores(scores: Scores) -> str:
    if "accuracy" in scores.get("test", {}):
        return _describe_label_scores(scores)
    if "test_ensemble" not in scores:  # one network: its summary has the scores
        return ""
    single, ensemble = scores["test"], scores["test_ensemble"]
    unit = "MASE 1 is the error of the seasonal naive forecast."
    if single == ensemble:
        return f"{RESULT}MASE {single['mase']:.3f} (one network). Coverage {single['coverage']:.0%}. {unit}"
    return (
        f"{RESULT}MASE {ensemble['mase']:.3f} (ensemble over seeds), {single['mase']:.3f} (average of single "
        f"networks). Coverage {single['coverage']:.0%}. {unit}"
    )


def _describe_label_scores(scores: Scores) -> str:
    single, ensemble = scores["test"], scores["test_ensemble"]
    average = f"Accuracy {single['accuracy']:.1%} (average of single networks)"
    if single == ensemble:
        average = f"Accuracy {single['accuracy']:.1%} (one network)"
    else:
        average = f"Accuracy {ensemble['accuracy']:.1%} (ensemble over seeds), {average[0].lower()}{average[1:]}"
    return f"{RESULT}{average}. Log loss {ensemble['log_loss']:.3f}."


def _describe_seeds(seeds: pd.DataFrame) -> str:
    fitted = int(seeds["all_within_0.05"].sum())
    return f"{RESULT}{fitted} of {len(seeds)} seeds fit all training values to within 0.05."


def _describe_findings(findings: pd.DataFrame) -> str:
    return _bullets(f"**{row.question}** {row.sentence}" for row in findings.itertuples())


def _describe_comparison(comparison: pd.DataFrame) -> str:
    return _declared_table("Comparison with the baseline", "comparison", comparison, min_priority=40)


def _describe_leaderboard(leaderboard: pd.DataFrame) -> str:
    title = f"Leaderboard, first {LEADERBOARD_ROWS} rows (all: *Artifacts → leaderboard.csv*)"
    return _declared_table(title, "leaderboard", leaderboard.head(LEADERBOARD_ROWS), min_priority=80)


def _describe_seed_study(study: pd.DataFrame) -> str:
    return _declared_table("Seeds that fit all training values to within 0.05", "seed_study", study, min_priority=40)


def _describe_report(_: str) -> str:
    return "#### **Report**\n\nAll figures and tables on one page: *Artifacts → report.html*."


NOTES = {
    "network": Note("network", _describe_network),
    "summary": Note("result", _describe_summary),
    "scores": Note("result", _describe_scores),
    "seeds": Note("result", _describe_seeds),
    "conclusion": Note("result", lambda conclusion: _bullets(conclusion.sentences)),
    "findings": Note("result", _describe_findings),
    "comparison": Note("comparison", _describe_comparison),
    "leaderboard": Note("comparison", _describe_leaderboard),
    "seed_study": Note("comparison", _describe_seed_study),
    "report": Note("report", _describe_report),
}
GENERIC = {"table": describe_table, "text": describe_text}  # a section of its own, named after the dataset


def check_notes(declared: Mapping[str, Output]) -> None:
    """Refuse a declaration with an unknown note.

    Raises:
        UserError: One line that names the dataset.
    """
    for output in declared.values():
        if output.spec.note is not None:
            check_choice(output, "note", output.spec.note, [*NOTES, *GENERIC])


class Description:
    """The descriptions of the runs of one `kedro run`, section by section."""

    def __init__(self, context: RunContext, declared: Mapping[str, Output]) -> None:
        self._context = context
        self._declared = declared
        self._sections: dict[str, dict[str, str]] = {}  # framing or PARENT -> section -> Markdown

    def begin_parent(self) -> Tags:
        """Description of the parent run before training."""
        framings = self._context.framings
        others = {
            "experiments": "Experiments that answer the questions of the tutorial's readers.",
            "sweep": "Search for the settings with the smallest validation error. See the child runs for the trials.",
        }
        children = f"{len(framings)} framings of the same data side by side: {', '.join(framings)}. See the child runs."
        return self._update(
            PARENT, {"about": children if framings else others[self._context.pipeline], "again": self._command()}
        )

    def begin(self, framing: str, info: RunInfo) -> Tags:
        """Description of a framing's run before training."""
        about = next((each.summary for each in candidate_framings() if each.name == framing), "")
        is_child = framing != self._context.root
        return self._update(
            framing, {"about": about, "dataset": self._describe_data(info), "again": self._command(is_child)}
        )

    def update(self, framing: str, outputs: Mapping[str, Any]) -> list[Tags]:
        """Add the outputs of a node to its run, or to the root run if `framing` is empty; empty without a note."""
        sections: dict[str, str] = {}
        for name, value in outputs.items():
            output = self._declared.get(name)
            if output is None or output.spec.note is None:
                continue
            if output.spec.note in NOTES:
                note = NOTES[output.spec.note]
                sections[note.section] = note.write(value)
            else:
                sections[output.short_name] = GENERIC[output.spec.note](output.short_name, value)
        return [self._update(framing or self._context.root, sections)] if any(sections.values()) else []

    def _update(self, owner: str, sections: dict[str, str]) -> Tags:
        page = self._sections.setdefault(owner, {})
        page.update(sections)
        others = [name for name in page if name not in SECTIONS]
        order = [*SECTIONS[: SECTIONS.index("report")], *others, *SECTIONS[SECTIONS.index("report") :]]
        return Tags({NOTE_TAG: "\n\n".join(page[name] for name in order if page.get(name))})

    def _describe_data(self, info: RunInfo) -> str:
        params = info.params
        values = {name.removeprefix("task."): value for name, value in params.items() if name.startswith("task.")}
        task = find_task(values["kind"]).phrase.format(**values)
        shapes = f"X {params['X_shape']}, y {params['y_shape']}"
        data = f"{self._context.settings.data.name}, {info.tags['data.rows']} rows: {task}. {shapes}."
        return f"#### **Data and task**\n\n{data}"

    def _command(self, is_child: bool = False) -> str:
        place = "*Artifacts → settings.yml*"
        place = f"{place} of the parent run" if is_child else place
        return f"#### **Run it again**\n\nAll settings are in {place}.\n\n```\n{self._context.command}\n```"


def _section(title: str, table: pd.DataFrame, columns: list[str]) -> str:
    present = [name for name in columns if name in table]
    return f"#### **{title}**\n\n{_table(table[present].rename(columns=lambda name: str(name).replace('_', ' ')))}"


def _declared_table(title: str, name: str, data: pd.DataFrame, min_priority: int) -> str:
    """The most important columns of a table of `seqframe.reporting.columns`."""
    return f"#### **{title}**\n\n{_table(format_table(name, data, min_priority))}"


def _table(table: pd.DataFrame) -> str:
    """A Markdown table with space between its columns and after it, which MLflow's page lacks."""
    return markdown_table(table).replace(" |", f"{SPACE * 3} |") + f"\n\n{SPACE}"


def _bullets(sentences: Iterable[str]) -> str:
    return "\n".join([RESULT, *(f"- {sentence}" for sentence in sentences)])
