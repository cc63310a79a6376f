"""Whole pipelines, and what MLflow has of them afterwards."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from kedro.runner import ThreadRunner

from conftest import ROOT, all_runs
from seqframe import network
from seqframe.framings import FRAMINGS

NAMES = [framing.name for framing in FRAMINGS]
SHORT = {"epochs": 20}


def losses(store: Any, run: Any) -> list[float]:
    return [metric.value for metric in store.get_metric_history(run.info.run_id, "loss")]


def by_framing(store: Any) -> dict[str, Any]:
    return {run.data.tags["framing"]: run for run in all_runs(store)}


def test_a_run_of_all_framings(run_pipeline, store, project: Path) -> None:
    result = run_pipeline(training=SHORT)
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
    assert comparison["framing"].tolist() == [*NAMES, "naive: mean"]
    assert comparison["parameters"].tolist()[:3] == ["140 + 6 = 146", "140 + 30 = 170", "140 + 6 = 146"]
    assert comparison["X"].tolist()[:3] == ["(5, 1, 1)", "(1, 5, 1)", "(1, 5, 1)"]
    assert comparison["y"].tolist()[:3] == ["(5, 1)", "(1, 5)", "(1, 5, 1)"]
    counts = result["parameter_counts"].load()
    assert (counts["parameters"] == counts["keras_counts"]).all()

    kept = {str(path.relative_to(project / "data")) for path in (project / "data").rglob("*") if path.is_file()}
    for name in NAMES:
        assert {f"06_models/{name}.keras", f"07_model_output/{name}/predictions.csv"} <= kept
        assert {f"08_reporting/{name}/{file}" for file in ("layers.csv", "loss_curve.png", "predictions.png")} <= kept
    assert {f"08_reporting/{file}" for file in ("comparison.csv", "parameter_counts.csv", "loss_curves.png")} <= kept


def test_runs_line_up_in_mlflow(run_pipeline, store) -> None:
    run_pipeline(training=SHORT)
    runs = by_framing(store)
    parent = runs.pop("all")
    for part in ("params", "metrics"):
        (names,) = {frozenset(getattr(run.data, part)) for run in runs.values()}
        assert names, "the same names for the same things in every framing"
    (tags,) = {frozenset(run.data.tags) for run in runs.values()}
    assert {"data.fingerprint", "version.tensorflow", "version.python", "problem", "task", "pipeline"} <= tags
    one = runs["many_to_one"]
    assert one.data.params["training.epochs"] == "20"
    assert one.data.params["X_shape"] == "(1, 5, 1)"
    assert (one.data.metrics["parameters/body_1"], one.data.metrics["parameters/head"]) == (140, 30)
    assert one.data.metrics["parameters/total"] == 170
    assert one.data.metrics["final_loss"] == losses(store, one)[-1]
    assert len({run.data.tags["data.fingerprint"] for run in runs.values()}) == 1
    artifacts = {file.path for file in store.list_artifacts(one.info.run_id)}
    assert artifacts == {"layers.csv", "predictions.csv", "loss_curve.png", "predictions.png"}
    of_all = {file.path for file in store.list_artifacts(parent.info.run_id)}
    assert of_all == {"comparison.csv", "parameter_counts.csv", "loss_curves.png"}
    assert len(one.outputs.model_outputs) == 1


def test_one_framing_is_one_run_without_a_parent(run_pipeline, store) -> None:
    run_pipeline("many_to_one", training=SHORT)
    (run,) = all_runs(store)
    assert run.info.run_name == "many_to_one"
    assert "mlflow.parentRunId" not in run.data.tags
    assert "comparison.csv" in {file.path for file in store.list_artifacts(run.info.run_id)}


def test_the_same_numbers_whichever_runner_and_order(run_pipeline, store) -> None:
    run_pipeline(training=SHORT)
    run_pipeline(training=SHORT, runner=ThreadRunner())
    run_pipeline("many_to_many", training=SHORT)
    for name in NAMES:
        runs = [run for run in all_runs(store) if run.data.tags["framing"] == name]
        assert len(runs) == (3 if name == "many_to_many" else 2)
        assert len({tuple(losses(store, run)) for run in runs}) == 1
        assert len({run.data.metrics["score/mse"] for run in runs}) == 1


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
    assert len(losses(store, runs["many_to_many"])) == 20, "what was trained is kept"


def test_a_series_of_the_users_own(run_pipeline, store) -> None:
    result = run_pipeline(env="sunspots", training={"epochs": 3})
    comparison = result["comparison"].load()
    assert comparison["X"].tolist()[:3] == ["(3289, 1, 1)", "(299, 11, 1)", "(299, 11, 1)"]
    sunspots = pd.read_csv(ROOT / "data" / "01_raw" / "sunspots.csv")["SUNACTIVITY"]
    run = by_framing(store)["many_to_one"]
    assert run.data.params["training.epochs"] == "3"
    assert run.data.tags["problem"] == "sunspots.csv"
    naive = comparison.set_index("framing").loc["naive: mean"]
    assert naive["largest_error"] == pytest.approx((sunspots - sunspots.mean()).abs().max()), "in physical units"


def test_several_features(run_pipeline, tmp_path: Path) -> None:
    table = tmp_path / "two.csv"
    pd.DataFrame({"a": [0.1, 0.2, 0.3, 0.4], "b": [0.4, 0.3, 0.2, 0.1]}).to_csv(table, index=False)
    result = run_pipeline(problem={"table": str(table)}, training=SHORT)
    comparison = result["comparison"].load()
    assert comparison["X"].tolist()[:3] == ["(4, 1, 2)", "(1, 4, 2)", "(1, 4, 2)"]
    assert comparison["y"].tolist()[:3] == ["(4, 2)", "(1, 8)", "(1, 4, 2)"]
    counts = result["parameter_counts"].load().set_index(["framing", "layer"])["parameters"]
    assert counts["many_to_one", "body_1"] == 4 * ((2 + 1) * 5 + 25)
    assert counts["many_to_one", "head"] == 5 * 8 + 8


def test_the_seed_study_counts_what_was_learnt(run_pipeline, store, project: Path) -> None:
    settings = {"seeds": 3, "learning_rate": 0.05, "epochs": {"many_to_one": 100, "otherwise": 2}}
    result = run_pipeline("seed_study", training=settings)
    study = result["seed_study"].load().set_index("framing")
    assert study["seeds"].tolist() == [3, 3, 3]
    assert study["learnt"].to_dict() == {"one_to_one": 0, "many_to_one": 3, "many_to_many": 0}
    seeds = result["seed_table"].load()
    assert len(seeds) == 9
    assert study.loc["many_to_many", "median_loss"] == pytest.approx(
        seeds[seeds["framing"] == "many_to_many"]["final_loss"].median()
    )
    runs = by_framing(store)
    assert {run.info.status for run in runs.values()} == {"FINISHED"}
    assert runs["many_to_one"].data.metrics["learnt"] == 3
    assert runs["all"].info.run_name == "seed_study"
    assert (project / "data" / "08_reporting" / "seed_study.png").exists()


def test_a_seed_of_the_study_is_the_same_as_a_run_with_that_seed(run_pipeline, store) -> None:
    result = run_pipeline("seed_study", training={**SHORT, "seeds": 3})
    run_pipeline("many_to_many", training={**SHORT, "seed": 2})
    seeds = result["seed_table"].load().set_index(["framing", "seed"])["final_loss"]
    assert seeds["many_to_many", 2] == all_runs(store)[0].data.metrics["final_loss"]
