"""The backtest as a pipeline."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from kedro.runner import SequentialRunner, ThreadRunner

from conftest import all_runs
from helpers.backtests import a_season
from seqframe.errors import UserError
from seqframe.training import trainer
from seqframe.training.events import TrainingHistory

COSTS = ["training_s", "forecast_ms", "memory_mb"]


@pytest.fixture
def small(tmp_path: Path) -> dict[str, dict[str, Any]]:
    """Few rows, epochs, seeds and folds."""
    table = tmp_path / "mine.csv"
    noise = np.random.default_rng(0).normal(0, 0.1, 120)
    pd.DataFrame({"x": a_season(120) + noise}).to_csv(table, index=False)
    return {
        "data": {"path": str(table), "target": "x"},
        "task": {"lookback": 8, "horizon": 8},
        "model": {"units": 3},
        "training": {"epochs": 2, "n_seeds": 2},
        "backtest": {"n_folds": 1},
    }


@pytest.mark.slow
def test_the_same_numbers_with_every_runner(run_pipeline: Any, store: Any, small: Any) -> None:
    boards = []
    for runner in (SequentialRunner(), ThreadRunner()):
        result = run_pipeline("dense", runner=runner, **small)
        boards.append(result["leaderboard"].load().drop(columns=COSTS, errors="ignore"))
    pd.testing.assert_frame_equal(*boards, check_exact=True)
    assert boards[0]["model"].nunique() == 8
    assert {run.info.status for run in all_runs(store)} == {"FINISHED"}


@pytest.mark.slow
def test_a_comparison_is_the_same_with_every_runner(run_pipeline: Any, store: Any, small: Any) -> None:
    boards, pairs = [], []
    for runner in (SequentialRunner(), ThreadRunner()):
        result = run_pipeline("compare", runner=runner, **small)
        boards.append(result["leaderboard"].load().drop(columns=COSTS, errors="ignore"))
        pairs.append(result["pairwise_tests"].load())
    pd.testing.assert_frame_equal(*boards, check_exact=True)
    pd.testing.assert_frame_equal(*pairs, check_exact=True)
    assert {"one_to_one", "many_to_many (ensemble of 2)", "ridge"} <= set(boards[0]["model"])


def test_divergence_of_the_only_framing_is_a_one_line_error(
    run_pipeline: Any, store: Any, small: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def diverge(network: Any, samples: Any, *_: Any, **__: Any) -> Any:
        weights = tuple(np.full_like(part, np.nan) for part in network.weights)
        return type(network)(network.spec, weights), TrainingHistory("dense", (np.nan,), 0.1, (np.nan,))

    monkeypatch.setattr(trainer, "train_samples", diverge)
    with pytest.raises(UserError, match="Received: dense; dense \\(ensemble of 2\\), all diverged"):
        run_pipeline("dense", **small | {"training": small["training"] | {"backend": "tensorflow"}})
    assert "RUNNING" not in {run.info.status for run in all_runs(store)}


@pytest.mark.parametrize(
    ("refit", "message"),
    [
        ("dens", "`backtest.refit` must name a framing or a baseline. Received: dens. Did you mean dense?"),
        ("stateful", "stateful keeps its state from one sample to the next, so `training.batch_size` must be 1"),
    ],
)
def test_a_framing_that_cannot_be_refitted_is_refused_at_once(
    run_pipeline: Any, store: Any, small: Any, refit: str, message: str
) -> None:
    with pytest.raises(UserError) as refused:
        run_pipeline("dense", **small | {"backtest": {"refit": refit}})
    assert message in str(refused.value)
    assert not all_runs(store)


@pytest.mark.parametrize(
    ("framings", "message"),
    [
        (["many_to_on"], "`backtest.framings` must name a framing. Received: many_to_on. Did you mean many_to_one?"),
        (["dense", "stateful"], "stateful keeps its state from one sample to the next, so `training.batch_size` must"),
    ],
)
def test_a_comparison_refuses_a_named_framing_that_is_unknown_or_not_supported(
    run_pipeline: Any, store: Any, small: Any, framings: list[str], message: str
) -> None:
    with pytest.raises(UserError) as refused:
        run_pipeline("compare", **small | {"backtest": {"framings": framings}})
    assert message in str(refused.value)
    assert not all_runs(store)


def test_a_comparison_of_one_named_framing(run_pipeline: Any, project: Path, small: Any) -> None:
    run_pipeline("compare", **small | {"backtest": {"framings": ["dense"], "n_folds": 1}})
    board = pd.read_csv(project / "data" / "08_reporting" / "compare" / "leaderboard.csv")
    assert set(board["framing"].dropna()) == {"dense"}
