"""The pipeline of the experiments and its outputs."""

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


def replace_experiments(monkeypatch: pytest.MonkeyPatch, run: Callable[[ExperimentContext], Finding]) -> None:
    """Replace all experiments by one that is named Q4."""
    only = dataclasses.replace(EXPERIMENTS[3], run=run)
    monkeypatch.setattr(pipeline_registry, "EXPERIMENTS", (only,))


def test_one_experiment_alone(run_pipeline, store, project: Path) -> None:
    result = run_pipeline("experiments", experiments={"only": "Q4"})
    (line,) = result["experiments"].load().to_dict("records")
    assert (line["question"], line["number"] < 1e-6) == ("Q4", True)
    assert line["sentence"].startswith("No difference: ")
    assert pd.read_csv(project / REPORT / "experiments.csv")["question"].tolist() == ["Q4"]
    assert f"**{line['sentence']}**" in (project / REPORT / "experiments.md").read_text()
    (run,) = all_runs(store)
    assert (run.info.run_name, run.info.status) == ("experiments", "FINISHED")
    assert run.data.metrics == {"experiment/Q4": line["number"]}
    assert run.data.params == {"experiments.only": "Q4", "experiments.n_seeds": "3"}
    assert artifacts(store, run) == {"experiments.csv", "experiments.md", "report.html", "settings.yml"}


def test_figures_are_written_next_to_the_page(
    run_pipeline, store, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = pd.DataFrame({"framing": "dense", "final_loss": [0.1, 0.2], "all_within_0.05": [1, 0]})
    replace_experiments(monkeypatch, lambda context: Finding(context.n_seeds, "It is so.", study, plot_seeds([study])))
    run_pipeline("experiments", experiments={"n_seeds": 7})
    assert (project / REPORT / "Q4.png").read_bytes().startswith(b"\x89PNG")
    assert "(Q4.png)" in (project / REPORT / "experiments.md").read_text()
    (run,) = all_runs(store)
    assert run.data.metrics == {"experiment/Q4": 7}
    assert artifacts(store, run) == {"experiments.csv", "experiments.md", "Q4.png", "report.html", "settings.yml"}


@pytest.mark.parametrize("error", [ZeroDivisionError("division by zero"), UserError("`task.lookback` must fit.")])
def test_the_error_of_a_failed_experiment_names_it(
    run_pipeline, store, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(_: ExperimentContext) -> Finding:
        raise error

    replace_experiments(monkeypatch, fail)
    with pytest.raises(Exception, match="Q4") as raised:
        run_pipeline("experiments")
    assert str(error) in str(raised.value)
    assert isinstance(raised.value, UserError) == isinstance(error, UserError)
    assert [run.info.status for run in all_runs(store)] == ["FAILED"]


def test_every_experiment_is_a_node_of_its_name() -> None:
    pipelines = pipeline_registry.register_pipelines()
    assert {experiment.name for experiment in EXPERIMENTS} <= {node.name for node in pipelines["experiments"].nodes}


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_all_experiments_give_a_finding(run_pipeline, store, project: Path) -> None:
    result = run_pipeline("experiments", experiments={"n_seeds": 1})
    findings = result["experiments"].load()
    assert findings["question"].tolist() == [experiment.name for experiment in EXPERIMENTS]
    assert findings["number"].notna().all()
    page = (project / REPORT / "experiments.md").read_text()
    assert all(sentence in page for sentence in findings["sentence"])
    (run,) = all_runs(store)
    assert set(run.data.metrics) == {f"experiment/{experiment.name}" for experiment in EXPERIMENTS}
