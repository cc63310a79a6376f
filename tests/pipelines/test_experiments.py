"""The pipeline of the tutorial's questions, and what it leaves."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from conftest import all_runs
from seqframe import pipeline_registry
from seqframe.errors import UserError
from seqframe.experiments import EXPERIMENTS
from seqframe.experiments.base import ExperimentContext, Finding
from seqframe.reporting.figures import plot_seeds

REPORT = Path("data", "08_reporting", "experiments")


def artifacts(store: Any, run: Any) -> set[str]:
    return {file.path for file in store.list_artifacts(run.info.run_id)}


def asking(monkeypatch: pytest.MonkeyPatch, ask: Callable[[ExperimentContext], Finding]) -> None:
    """Put an experiment of the test's own in the place of all questions."""
    only = dataclasses.replace(EXPERIMENTS[3], ask=ask)
    monkeypatch.setattr(pipeline_registry, "EXPERIMENTS", (only,))


def test_one_question_alone(run_pipeline, store, project: Path) -> None:
    result = run_pipeline("experiments", experiments={"only": "Q4"})
    (line,) = result["experiments"].load().to_dict("records")
    assert (line["question"], line["number"] < 1e-6) == ("Q4", True)
    assert line["sentence"].startswith("No difference: ")
    assert pd.read_csv(project / REPORT / "experiments.csv")["question"].tolist() == ["Q4"]
    assert f"**{line['sentence']}**" in (project / REPORT / "experiments.md").read_text()
    (run,) = all_runs(store)
    assert (run.info.run_name, run.info.status) == ("answers", "FINISHED")
    assert run.data.metrics == {"answer/Q4": line["number"]}
    assert run.data.params == {"experiments.only": "Q4", "experiments.n_seeds": "3"}
    assert artifacts(store, run) == {"experiments.csv", "experiments.md", "report.html", "settings.yml"}


def test_a_figure_lies_beside_the_page(run_pipeline, store, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study = pd.DataFrame({"framing": "dense", "final_loss": [0.1, 0.2], "all_within_0.05": [1, 0]})
    asking(monkeypatch, lambda settings: Finding(settings.n_seeds, "It is so.", study, plot_seeds([study])))
    run_pipeline("experiments", experiments={"n_seeds": 7})
    assert (project / REPORT / "Q4.png").read_bytes().startswith(b"\x89PNG")
    assert "(Q4.png)" in (project / REPORT / "experiments.md").read_text()
    (run,) = all_runs(store)
    assert run.data.metrics == {"answer/Q4": 7}
    assert artifacts(store, run) == {"experiments.csv", "experiments.md", "Q4.png", "report.html", "settings.yml"}


@pytest.mark.parametrize("error", [ZeroDivisionError("division by zero"), UserError("`task.lookback` must fit.")])
def test_an_answer_that_fails_names_its_question(
    run_pipeline, store, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(_: ExperimentContext) -> Finding:
        raise error

    asking(monkeypatch, fail)
    with pytest.raises(Exception, match="Q4") as raised:
        run_pipeline("experiments")
    assert str(error) in str(raised.value)
    assert isinstance(raised.value, UserError) == isinstance(error, UserError)
    assert [run.info.status for run in all_runs(store)] == ["FAILED"]


def test_every_question_is_a_node_of_its_name() -> None:
    pipelines = pipeline_registry.register_pipelines()
    assert {question.name for question in EXPERIMENTS} <= {node.name for node in pipelines["experiments"].nodes}


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_all_questions_are_answered(run_pipeline, store, project: Path) -> None:
    result = run_pipeline("experiments", experiments={"n_seeds": 1})
    answers = result["experiments"].load()
    assert answers["question"].tolist() == [f"Q{number}" for number in range(1, 14)]
    assert answers["number"].notna().all()
    page = (project / REPORT / "experiments.md").read_text()
    assert all(sentence in page for sentence in answers["sentence"])
    (run,) = all_runs(store)
    assert set(run.data.metrics) == {f"answer/Q{number}" for number in range(1, 14)}
