"""Sequences with labels as a pipeline: compare, one framing, inspect, predict, and what MLflow has of them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from conftest import all_runs
from helpers.labels import CLASSES, write_sequences
from seqframe.errors import UserError
from seqframe.forecasting import load_classifier
from seqframe.tracking.mlflow_writer import registered_name
from seqframe.training import progress
from seqframe.training.events import EpochEnd, Message, subscribe, unsubscribe

Run = Callable[..., dict[str, Any]]
COSTS = ["training_s", "forecast_ms", "memory_mb"]
SAVED = Path("data/06_models/classifier")


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return write_sequences(tmp_path / "mine.csv")


def settings(table: Path, per_step: bool = False, **training: Any) -> dict[str, dict[str, Any]]:
    task = {"kind": "label", "available": "whole"} if per_step else {"kind": "classify"}
    return {
        "data": {"path": str(table), "id_column": "id", "target": "label"},
        "task": task,
        "model": {"units": 3},
        "training": {"epochs": 3, "n_seeds": 2, "learning_rate": 0.05, "batch_size": 8} | training,
    }


def board_of(result: dict[str, Any]) -> pd.DataFrame:
    return result["leaderboard"].load().drop(columns=COSTS, errors="ignore")


def test_one_framing_from_a_table_to_a_served_model(
    run_pipeline: Run, store: Any, project: Path, table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import mlflow

    result = run_pipeline("many_to_one", **settings(table), backtest={"refit": "many_to_one"})
    board = board_of(result)
    assert {"many_to_one", "many_to_one (ensemble of 2)", "logistic regression", "most frequent"} <= set(board["model"])
    assert board["accuracy"].between(0, 1).all()
    printed = capsys.readouterr().out
    assert "Leaderboard" in printed
    assert "Report:" in printed
    page = (project / "data" / "08_reporting" / "many_to_one" / "report.html").read_text()
    for title in (
        "Classes of mine.csv",
        "Confusion matrix of",
        "Reliability diagram",
        "Scores by class",
        "Cross-entropy",
    ):
        assert title in page

    saved = load_classifier(project / SAVED)
    assert (saved.config.framing, saved.config.seeds, saved.config.classes) == ("many_to_one", 2, CLASSES)
    unlabeled = pd.read_csv(table).drop(columns="label")
    unlabeled.to_csv(table, index=False)
    run_pipeline("predict", **settings(table))
    written = pd.read_csv(project / "data" / "07_model_output" / "predict" / "labels.csv")
    assert written.columns.tolist() == ["id", "label", *(f"p_{name}" for name in CLASSES)]
    assert len(written) == unlabeled["id"].nunique()
    assert set(written["label"]) <= set(CLASSES)
    np.testing.assert_allclose(written.filter(like="p_").sum(axis=1), 1, atol=1e-6)
    by_mlflow = mlflow.pyfunc.load_model(f"models:/{registered_name(table.name)}/1").predict(unlabeled)
    pd.testing.assert_frame_equal(by_mlflow, written, check_dtype=False)

    (run,) = all_runs(store)
    assert run.info.status == "FINISHED"
    assert run.data.tags["refitted"] == "many_to_one"
    assert run.data.tags["causality"] == "causal"
    assert run.data.params["task.kind"] == "classify"
    assert {"test/accuracy", "test/accuracy_ensemble", "test/log_loss", "time/training_s"} <= set(run.data.metrics)
    history = store.get_metric_history(run.info.run_id, "val/loss/fold_1_seed_0")
    assert [metric.step for metric in history] == [1, 2, 3]
    artifacts = {artifact.path for artifact in store.list_artifacts(run.info.run_id)}
    assert {"leaderboard.csv", "scores_by_class.csv", "confusion.png", "report.html"} <= artifacts
    assert "Use " in run.data.tags["mlflow.note.content"]


@pytest.mark.slow
def test_a_comparison_repeats_bit_for_bit(run_pipeline: Run, store: Any, table: Path) -> None:
    boards = [board_of(run_pipeline("compare", **settings(table, shuffle=True, patience=2))) for _ in range(2)]
    pd.testing.assert_frame_equal(*boards, check_exact=True)
    framings = set(boards[0]["framing"].dropna()) - {""}
    bidirectional = {"many_to_one_bidirectional", "many_to_many_bidirectional"}
    assert framings == {"one_to_one", "many_to_one", "many_to_many"} | bidirectional
    assert "many_to_many bidirectional (ensemble of 2)" in set(boards[0]["model"])
    runs = {run.data.tags.get("framing", "parent") for run in all_runs(store)}
    assert framings <= runs


@pytest.mark.slow
def test_every_step_is_labeled(run_pipeline: Run, store: Any, project: Path, tmp_path: Path) -> None:
    table = write_sequences(tmp_path / "steps.csv", per_step=True)
    result = run_pipeline("compare", **settings(table, per_step=True))
    framings = set(board_of(result)["framing"].dropna()) - {""}
    assert framings == {"one_to_one", "many_to_many", "many_to_many_bidirectional"}
    page = (project / "data" / "08_reporting" / "compare" / "report.html").read_text()
    assert "Labels over time" in page
    assert "Accuracy by step" in page
    run_pipeline("predict", **settings(table, per_step=True))
    written = pd.read_csv(project / "data" / "07_model_output" / "predict" / "labels.csv")
    assert written.columns.tolist()[:3] == ["id", "step", "label"]
    assert len(written) == len(pd.read_csv(table))


@pytest.mark.slow
def test_a_stateful_network_labels_steps(run_pipeline: Run, store: Any, tmp_path: Path) -> None:
    table = write_sequences(tmp_path / "steps.csv", n_sequences=20, per_step=True)
    values = settings(table, per_step=True, batch_size="full", shuffle=False, epochs=1, n_seeds=1)
    result = run_pipeline("stateful", **values, backtest={"refit": "stateful"})
    assert "stateful" in set(board_of(result)["model"])


def test_inspect_lists_the_steps_of_every_sample(
    run_pipeline: Run, store: Any, table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = run_pipeline("inspect", **settings(table))
    cells = result["many_to_one.index_map"].load()
    assert cells.loc[cells["array"] == "y", "value"].isin(CLASSES).all()
    printed = capsys.readouterr().out
    assert "many_to_many_bidirectional   X (" in printed
    assert "Skipped: stateful reads one step at a time to label it" in printed
    assert not all_runs(store)


def test_labels_that_depend_on_later_steps_are_refused(run_pipeline: Run, store: Any, tmp_path: Path) -> None:
    table = write_sequences(tmp_path / "steps.csv", per_step=True)
    values = settings(table, per_step=True)
    values["task"] = {"kind": "label"}
    values["model"] = {"units": 3, "bidirectional": True}
    with pytest.raises(UserError, match="many_to_many labels a step from later steps too") as error:
        run_pipeline("many_to_many", **values)
    assert len(str(error.value)) <= 300
    assert not all_runs(store)


def test_a_bidirectional_row_of_the_leaderboard_is_a_pipeline_for_labels_alone(
    run_pipeline: Run, store: Any, table: Path
) -> None:
    from seqframe.pipeline_registry import register_pipelines

    assert {"many_to_one_bidirectional", "many_to_many_bidirectional"} <= set(register_pipelines())
    board = board_of(run_pipeline("many_to_one_bidirectional", **settings(table, n_seeds=1)))
    assert "many_to_one bidirectional" in set(board["model"])
    with pytest.raises(UserError, match="is for labels. Run --pipeline=many_to_one --params model.bidirectional=true"):
        run_pipeline("many_to_one_bidirectional")


def test_tables_that_cannot_be_predicted_are_one_line(
    run_pipeline: Run, store: Any, project: Path, table: Path, tmp_path: Path
) -> None:
    rows = pd.read_csv(table)
    rows["kind"] = np.where(rows["x0"] > 1, "low", "high")
    rows.to_csv(table, index=False)
    run_pipeline("one_to_one", **settings(table, n_seeds=1))
    for name, changed, message in (
        ("column", rows.drop(columns="x1"), "x1"),
        ("category", rows.assign(kind="other"), "other"),
        ("huge", rows.assign(x1=1e300), r"below 1e\+08 after scaling.* in column x1. Fix the value in huge.csv"),
        ("empty", rows.head(0), "at least one row"),
    ):
        other = tmp_path / f"{name}.csv"
        changed.to_csv(other, index=False)
        with pytest.raises(UserError, match=message) as error:
            run_pipeline("predict", **settings(other))
        assert len(str(error.value)) <= 300


def test_a_prediction_without_a_saved_model_names_the_command(run_pipeline: Run, store: Any, table: Path) -> None:
    with pytest.raises(UserError, match="A prediction needs a saved model.*kedro run --pipeline=compare"):
        run_pipeline("predict", **settings(table))


def test_labels_of_generated_sequences(run_pipeline: Run, store: Any) -> None:
    values = {
        "data": {"generator": "parity", "sequence_length": 4, "n_train": 20, "n_test": 8},
        "task": {"kind": "label"},
        "model": {"units": 2},
        "training": {"epochs": 1, "n_seeds": 1, "batch_size": 4},
    }
    result = run_pipeline("many_to_many", **values)
    assert "many_to_many" in set(board_of(result)["model"])


class PowerCutError(BaseException):
    """As if the plug were pulled."""


@pytest.mark.slow
def test_a_killed_comparison_goes_on_where_it_was(
    run_pipeline: Run, store: Any, table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from seqframe import hooks

    monkeypatch.setattr(progress, "REPORT_EVERY_S", 0.0)  # one epoch a call
    values = settings(table, epochs=6, checkpoint_every_s=0.0, shuffle=True)
    expected = board_of(run_pipeline("many_to_many", **values))
    messages: list[str] = []

    def cut(event: EpochEnd | Message) -> None:
        if isinstance(event, Message):
            messages.append(event.text)
        elif event.label == "seed 2 of 2" and event.last == 4:
            raise PowerCutError

    subscribe(cut)
    try:
        with pytest.raises(PowerCutError):
            run_pipeline("many_to_many", **values)
    finally:
        unsubscribe(cut)
    hooks.close_all("KILLED")
    messages.clear()
    collect = lambda event: messages.append(event.text) if isinstance(event, Message) else None  # noqa: E731
    subscribe(collect)
    try:
        resumed = board_of(run_pipeline("many_to_many", **values))
    finally:
        unsubscribe(collect)
    assert "Resuming an interrupted run. Networks with a checkpoint: 2." in messages
    assert "many_to_many, seed 2 of 2: resuming at epoch 4/6." in messages
    pd.testing.assert_frame_equal(resumed, expected, check_exact=True)
