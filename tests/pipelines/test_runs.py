"""Whole pipelines, and what they log to MLflow."""

from ast import literal_eval
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from kedro.runner import ThreadRunner

from conftest import ROOT, all_runs, copy_project, copy_store, run_in
from seqframe.errors import UserError
from seqframe.framings import FRAMINGS, TUTORIAL
from seqframe.networks import build as network
from seqframe.tracking.records import LOSS

NAMES = [framing.name for framing in TUTORIAL]
SHORT = {"epochs": 20}
FILES = ("layers.csv", "loss_curve.png", "predictions.png", "dependency.csv", "dependency.png", "index_map.csv")


def losses(store: Any, run: Any) -> list[float]:
    return [metric.value for metric in store.get_metric_history(run.info.run_id, LOSS)]


def by_framing(store: Any) -> dict[str, Any]:
    return {run.data.tags["framing"]: run for run in all_runs(store)}


@dataclass(frozen=True)
class FinishedRun:
    """A run of the tutorial's framings, which tests read."""

    result: dict[str, Any]
    store: Any
    project: Path


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, compiled_code: None, empty_store: Path) -> FinishedRun:
    folder = tmp_path_factory.mktemp("finished")
    project = copy_project(folder / "project")
    with pytest.MonkeyPatch.context() as monkeypatch:
        store = copy_store(empty_store, folder, monkeypatch)
        return FinishedRun(run_in(project, training=SHORT), store, project)


def test_a_run_of_several_framings(finished: FinishedRun) -> None:
    result, store, project = finished.result, finished.store, finished.project
    runs = by_framing(store)
    assert set(runs) == {*NAMES, "all"}
    assert {run.info.status for run in runs.values()} == {"FINISHED"}
    parent = runs["all"]
    for name in NAMES:
        assert runs[name].info.run_name == name
        assert runs[name].data.tags["mlflow.parentRunId"] == parent.info.run_id
        assert len(losses(store, runs[name])) == 20
        assert runs[name].info.end_time >= runs[name].info.start_time

    comparison = result["comparison"].load()
    assert comparison["framing"].tolist() == [*NAMES, "baseline (mean)"]
    assert comparison["parameters"].tolist()[:3] == ["140 + 6 = 146", "140 + 30 = 170", "140 + 6 = 146"]
    assert comparison["X"].tolist()[:3] == ["(5, 1, 1)", "(1, 5, 1)", "(1, 5, 1)"]
    assert comparison["y"].tolist()[:3] == ["(5, 1)", "(1, 5)", "(1, 5, 1)"]
    counts = result["parameter_counts"].load()
    assert (counts["parameters"] == counts["keras_counts"]).all()

    files = {str(path.relative_to(project / "data")) for path in (project / "data").rglob("*") if path.is_file()}
    for name in NAMES:
        assert {
            f"06_models/all_framings/{name}.keras",
            f"07_model_output/all_framings/{name}/predictions.parquet",
        } <= files
        assert {f"08_reporting/all_framings/{name}/{file}" for file in FILES} <= files
    assert {
        f"08_reporting/all_framings/{file}" for file in ("comparison.csv", "parameter_counts.csv", "loss_curves.png")
    } <= files


def test_runs_line_up_in_mlflow(finished: FinishedRun) -> None:
    store = finished.store
    runs = by_framing(store)
    parent = runs.pop("all")
    for part in ("params", "metrics"):
        (names,) = {frozenset(getattr(run.data, part)) for run in runs.values()}
        assert names, "the same names in every framing"
    (tags,) = {frozenset(run.data.tags) for run in runs.values()}
    assert {"data.fingerprint", "version.tensorflow", "version.python", "data", "task", "pipeline"} <= tags
    one = runs["many_to_one"]
    assert one.data.params["training.epochs"] == "20"
    assert one.data.params["X_shape"] == "(1, 5, 1)"
    assert (one.data.metrics["parameters/body_1"], one.data.metrics["parameters/head"]) == (140, 30)
    assert one.data.metrics["parameters/total"] == 170
    assert one.data.metrics["train/loss"] == losses(store, one)[-1]
    assert len({run.data.tags["data.fingerprint"] for run in runs.values()}) == 1
    artifacts = {file.path for file in store.list_artifacts(one.info.run_id)}
    assert artifacts == {*FILES, "predictions.parquet"}
    assert one.data.tags["causality"] == "causal"
    assert runs["one_to_one"].data.tags["causality"] == "partial"
    assert {"train/mae", "test/mae"} <= set(one.data.metrics)
    parent_artifacts = {file.path for file in store.list_artifacts(parent.info.run_id)}
    assert parent_artifacts == {
        "comparison.csv",
        "parameter_counts.csv",
        "loss_curves.png",
        "report.html",
        "settings.yml",
    }
    assert len(one.outputs.model_outputs) == 1


def test_one_framing_is_one_run_without_a_parent(run_pipeline, store) -> None:
    run_pipeline("many_to_one", training=SHORT)
    (run,) = all_runs(store)
    assert run.info.run_name == "many_to_one"
    assert "mlflow.parentRunId" not in run.data.tags
    assert "comparison.csv" in {file.path for file in store.list_artifacts(run.info.run_id)}


def test_the_same_numbers_whichever_runner_and_order(finished: FinishedRun, run_pipeline, store) -> None:
    run_pipeline(training=SHORT, runner=ThreadRunner())
    run_pipeline("many_to_many", training=SHORT)
    for name in NAMES:
        runs = {
            run.info.run_id: (each, run)
            for each in (finished.store, store)
            for run in all_runs(each)
            if run.data.tags["framing"] == name
        }
        assert len(runs) == (3 if name == "many_to_many" else 2)
        assert len({tuple(losses(each, run)) for each, run in runs.values()}) == 1
        assert len({run.data.metrics["train/mse"] for _, run in runs.values()}) == 1


def test_another_seed_gives_other_numbers(run_pipeline, store) -> None:
    for seed in (1, 2):
        run_pipeline("many_to_one", training={**SHORT, "seed": seed})
    assert len({tuple(losses(store, run)) for run in all_runs(store)}) == 2


def test_a_node_that_raises_leaves_failed_runs(run_pipeline, store, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(network, "predict", fail)
    with pytest.raises(RuntimeError, match="the disk is full"):
        run_pipeline(training=SHORT)
    runs = by_framing(store)
    assert {run.info.status for run in runs.values()} == {"FAILED"}
    assert len(losses(store, runs["many_to_many"])) == 20, "losses of finished training stay"


def test_a_table_of_the_user(run_pipeline, store) -> None:
    task = {"kind": "echo", "lookback": 11, "instance_norm": "none"}
    result = run_pipeline(env="sunspots", training={"epochs": 3}, task=task)
    comparison = result["comparison"].load()
    assert comparison["X"].tolist()[:3] == ["(3289, 1, 1)", "(299, 11, 1)", "(299, 11, 1)"]
    sunspots = pd.read_csv(ROOT / "data" / "01_raw" / "sunspots.csv")["SUNACTIVITY"]
    run = by_framing(store)["many_to_one"]
    assert run.data.params["training.epochs"] == "3"
    assert run.data.tags["data"] == "sunspots.csv"
    naive = comparison.set_index("framing").loc["baseline (mean)"]
    assert naive["max_error"] == pytest.approx((sunspots - sunspots.mean()).abs().max()), "in physical units"


def test_several_features(run_pipeline, tmp_path: Path) -> None:
    table = tmp_path / "two.csv"
    pd.DataFrame({"a": [0.1, 0.2, 0.3, 0.4], "b": [0.4, 0.3, 0.2, 0.1]}).to_csv(table, index=False)
    task, model = {"kind": "echo", "instance_norm": "none"}, {"units": 5}
    result = run_pipeline(data={"path": str(table)}, task=task, model=model, training=SHORT)
    comparison = result["comparison"].load()
    assert comparison["X"].tolist()[:3] == ["(4, 1, 2)", "(1, 4, 2)", "(1, 4, 2)"]
    assert comparison["y"].tolist()[:3] == ["(4, 2)", "(1, 8)", "(1, 4, 2)"]
    counts = result["parameter_counts"].load().set_index(["framing", "layer"])["parameters"]
    assert counts["many_to_one", "body_1"] == 4 * ((2 + 1) * 5 + 25)
    assert counts["many_to_one", "head"] == 5 * 8 + 8


def test_the_seed_study_counts_seeds_that_fit_all_training_values(run_pipeline, store, project: Path) -> None:
    settings = {"n_seeds": 3, "learning_rate": 0.05, "epochs": {"many_to_one": 100, "default": 2}}
    result = run_pipeline("seed_study", training=settings)
    study = result["seed_study"].load().set_index("framing")
    assert study["seeds"].tolist() == [3, 3, 3]
    assert study["n_fit"].to_dict() == {"one_to_one": 0, "many_to_one": 3, "many_to_many": 0}
    seeds = result["seed_table"].load()
    assert len(seeds) == 9
    assert study.loc["many_to_many", "median_loss"] == pytest.approx(
        seeds[seeds["framing"] == "many_to_many"]["final_loss"].median()
    )
    runs = by_framing(store)
    assert {run.info.status for run in runs.values()} == {"FINISHED"}
    assert runs["many_to_one"].data.metrics["seeds/n_fit"] == 3
    assert runs["all"].info.run_name == "seed_study"
    assert (project / "data" / "08_reporting" / "seed_study" / "seed_study.png").exists()


@pytest.mark.slow
def test_the_seed_study_of_a_table_trains_on_the_windows_of_its_forecasts(run_pipeline, store) -> None:
    settings = {"n_seeds": 1, "epochs": 2}
    study = run_pipeline("seed_study", env="sunspots", training=settings)["seed_study"].load()
    assert study["framing"].tolist() == ["one_to_one", "many_to_one", "many_to_many"]
    windows, lookback, targets = literal_eval(by_framing(store)["many_to_many"].data.params["y_shape"])
    assert (windows + lookback, targets) == (309, 1), "the next row of every row, in all windows of the 309 rows"


@pytest.mark.slow
def test_a_seed_of_the_study_is_the_same_as_a_run_with_that_seed(run_pipeline, store) -> None:
    result = run_pipeline("seed_study", training={**SHORT, "n_seeds": 3})
    run_pipeline("many_to_many", training={**SHORT, "seed": 2})
    seeds = result["seed_table"].load().set_index(["framing", "seed"])["final_loss"]
    assert seeds["many_to_many", 2] == all_runs(store)[0].data.metrics["train/loss"]


@pytest.mark.slow
def test_compare_runs_supported_framings_and_lists_skipped_ones(run_pipeline, store, capsys) -> None:
    result = run_pipeline("compare", training={"epochs": 2}, task={"kind": "forecast", "lookback": 3, "horizon": 2})
    supported = ["many_to_one", "one_step_vector", "encoder_decoder", "pyramid", "dense"]
    assert result["comparison"].load()["framing"].tolist() == [*supported, "baseline (persistence)"]
    skipped = result["skipped"].load().set_index("framing")["reason"]
    assert sorted([*supported, *skipped.index]) == sorted(framing.name for framing in FRAMINGS)
    assert skipped["many_to_many"].endswith("must be equal. Received: lookback=3, horizon=2.")
    runs = by_framing(store)
    assert set(runs) == {*supported, "all"}
    assert {run.info.status for run in runs.values()} == {"FINISHED"}
    assert "skipped.csv" in {file.path for file in store.list_artifacts(runs["all"].info.run_id)}
    out = capsys.readouterr().out
    assert "Skipped: one_to_many makes a sequence from one row, so `task.lookback` must be 1. Received: 3." in out


def test_framings_with_tasks_of_their_own(run_pipeline, store) -> None:
    run_pipeline("one_to_many", training=SHORT, task={"kind": "forecast", "lookback": 1, "horizon": 3})
    run_pipeline("stateful", training=SHORT)
    runs = by_framing(store)
    assert runs["one_to_many"].data.params["X_shape"] == "(2, 1, 1)"
    assert runs["stateful"].data.params["training.batch_size"] == "1"
    assert {run.info.status for run in runs.values()} == {"FINISHED"}


def test_a_network_with_data_leakage_is_refused_before_training(run_pipeline, store) -> None:
    settings = {"training": SHORT, "task": {"kind": "next_step"}, "model": {"bidirectional": True}}
    with pytest.raises(
        UserError, match="Data leakage in many_to_many: output 1 depends on inputs 2-4, output 2 depends on inputs 3-4"
    ):
        run_pipeline("many_to_many", **settings)
    (run,) = all_runs(store)
    assert run.info.status == "FAILED"
    assert not losses(store, run)
    run_pipeline("many_to_many", **{**settings, "task": {"kind": "next_step", "allow_leakage": True}})
    assert all_runs(store)[0].data.tags["causality"] == "leaking"


def test_the_seed_study_refuses_data_leakage(run_pipeline, store) -> None:
    settings = {"task": {"kind": "next_step"}, "model": {"bidirectional": True}, "training": {**SHORT, "n_seeds": 1}}
    with pytest.raises(UserError, match="Data leakage in many_to_many"):
        run_pipeline("seed_study", **settings)
    assert not any("seeds/n_fit" in run.data.metrics for run in all_runs(store))


def test_ignored_inputs_are_reported(run_pipeline, store, capsys) -> None:
    run_pipeline("many_to_many", training=SHORT, task={"kind": "next_window"})
    message = "many_to_many: output 1 does not depend on available input 2."
    assert message in capsys.readouterr().out
    assert all_runs(store)[0].data.tags["causality.detail"] == message


def test_the_index_map_of_every_supported_framing(run_pipeline, store, project: Path, capsys) -> None:
    result = run_pipeline("inspect", task={"kind": "next_step"})
    assert {name for name in result if name.endswith("index_map")} == {
        f"{name}.index_map" for name in ("one_to_one", "many_to_many", "stateful")
    }
    assert not all_runs(store), "nothing is trained"
    assert (project / "data" / "08_reporting" / "inspect" / "many_to_many" / "index_map.csv").exists()
    out = capsys.readouterr().out
    assert "many_to_many   X (1, 4, 1)   y (1, 4, 1)\n  X[0] = [0] [1] [2] [3]   y[0] = [1] [2] [3] [4]" in out
    assert "Skipped: dense predicts after it has read the whole window" in out
