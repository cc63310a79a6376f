"""The hyperparameter search: the same trials however it is interrupted, no look at the test rows, one-line errors."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from helpers.backtests import a_season
from seqframe.config import parse_settings
from seqframe.errors import UserError
from seqframe.evaluation.design import design_backtest
from seqframe.evaluation.sweeps import Objective, SweepResult, Trial, check_sweep, search
from seqframe.training.runs import FitJob, FittedRun, run_serially

pytest.importorskip("optuna")

SPACE = {
    "model.units": [2, 3, 4],
    "training.learning_rate": {"low": 0.001, "high": 0.1, "log": True},
    "framing": ["one_to_one", "many_to_one"],
}


class StoppedError(Exception):
    """Is raised in place of a kill."""


@pytest.fixture
def objective(project: Path) -> Callable[..., Objective]:
    """A small search."""
    import yaml

    def make(space: Any = None, executor: Any = run_serially, changed: float | None = None, **sweep: Any) -> Objective:
        parameters = yaml.safe_load((project / "conf/base/parameters.yml").read_text())
        values = a_season(150) + np.random.default_rng(0).normal(0, 0.1, 150)
        if changed is not None:
            values[-8:] = changed
        parameters["data"] |= {"path": "t.csv", "features": ["x"], "target": "x", "scaler": "standard"}
        parameters["task"] |= {"kind": "forecast", "lookback": 8, "horizon": 8}
        parameters["training"] |= {"epochs": 2, "n_seeds": 1, "batch_size": 16}
        parameters["backtest"] |= {"n_folds": 2, "val_size": 16, "test_size": 8}
        parameters["sweep"] |= {"space": space or SPACE, "n_trials": 6, "batch": 2} | sweep
        settings = parse_settings(parameters)
        rows = pd.DataFrame({"x": values})
        config = design_backtest(rows, settings.data, settings.task, settings.backtest)
        return Objective(rows, config, settings, executor=executor)

    return make


def trials(result: SweepResult) -> pd.DataFrame:
    return result.trials.drop(columns="seconds")


def test_an_interrupted_search_ends_with_the_same_trials(objective: Callable[..., Objective], tmp_path: Path) -> None:
    whole = search(objective(), tmp_path / "whole.log")
    assert whole.trials["trial"].tolist() == list(range(6))
    assert set(whole.trials["state"]) <= {"complete", "pruned"}
    best = whole.trials[whole.trials["state"] == "complete"].set_index("trial")["val_mase"]
    assert whole.number == best.idxmin()
    assert whole.best["model.units"] == whole.trials["model.units"][whole.number]

    def stop_after(limit: int, jobs: Iterable[FitJob]) -> Iterator[FittedRun]:
        for job in jobs:
            if count[0] == limit:
                raise StoppedError
            count[0] += 1
            yield job.run()

    for limit in (3, 4):  # networks until the next kill
        count = [0]
        with pytest.raises(StoppedError):
            search(objective(executor=partial(stop_after, limit)), tmp_path / "killed.log")
    again = search(objective(), tmp_path / "killed.log")
    pd.testing.assert_frame_equal(trials(again), trials(whole), check_exact=True)
    assert again.best == whole.best


class FastObjective(Objective):
    """Errors that are functions of the values and the fold."""

    def fold_errors(self, trials: Mapping[int, Trial], number: int) -> dict[int, float]:
        return {
            key: trial.settings.model.units + abs(float(np.log(trial.settings.training.learning_rate)) + number)
            for key, trial in trials.items()
        }


@pytest.mark.parametrize(
    "sampler", ["tpe", *(pytest.param(name, marks=pytest.mark.slow) for name in ("random", "grid"))]
)
def test_a_kill_at_any_byte_of_the_file_changes_no_trial(
    objective: Callable[..., Objective], tmp_path: Path, sampler: str
) -> None:
    space = (
        {"model.units": [2, 3, 4, 5, 6], "training.learning_rate": [0.001, 0.01, 0.1]} if sampler == "grid" else None
    )
    made = objective(space, sampler=sampler, n_trials=15)
    fast = FastObjective(made.rows, made.config, made.settings)
    whole = search(fast, tmp_path / "whole.log")
    assert sampler == "grid" or "pruned" in set(whole.trials["state"])
    content = (tmp_path / "whole.log").read_bytes()
    ends = [number + 1 for number, byte in enumerate(content) if byte == ord("\n")]
    for end in sorted({*ends, *(each - 2 for each in ends), *np.random.default_rng(0).integers(len(content), size=20)}):
        path = tmp_path / "killed.log"
        path.write_bytes(content[:end])
        again = search(fast, path)
        pd.testing.assert_frame_equal(trials(again), trials(whole), check_exact=True)


def test_test_rows_change_no_trial(objective: Callable[..., Objective], tmp_path: Path) -> None:
    usual = search(objective(n_trials=2), tmp_path / "usual.log")
    made = objective(n_trials=2)
    rows = made.rows.copy()
    rows.iloc[-8:] = 1e9
    other = search(replace(made, rows=rows), tmp_path / "other.log")
    pd.testing.assert_frame_equal(trials(usual), trials(other), check_exact=True)


def test_a_grid_has_every_combination_once(objective: Callable[..., Objective], tmp_path: Path) -> None:
    space = {"model.units": [2, 3], "task.lookback": [4, 8]}
    result = search(objective(space, sampler="grid", n_trials=50), tmp_path / "study.log")
    found = result.trials[["model.units", "task.lookback"]].values.tolist()
    assert sorted(found) == [[2, 4], [2, 8], [3, 4], [3, 8]]


def test_a_trial_that_is_not_possible_fails_alone(objective: Callable[..., Objective], tmp_path: Path) -> None:
    space = {"task.lookback": [8, 140]}
    result = search(objective(space, sampler="grid"), tmp_path / "study.log")
    assert dict(zip(result.trials["task.lookback"], result.trials["state"], strict=True)) == {
        8: "complete",
        140: "failed",
    }
    with pytest.raises(UserError, match="^A sweep needs a trial with a finite error. Received: none. .*rows"):
        search(objective({"task.lookback": [140]}, sampler="grid"), tmp_path / "none.log")


@pytest.mark.parametrize(
    ("space", "message"),
    [
        ({"model.unit": [1]}, "`sweep.space` must name settings of the network. Received: model.unit. .*model.units"),
        ({"data.scaler": ["none"]}, "`sweep.space` must name settings of the network. Received: data.scaler."),
        ({"training.seed": [1]}, "`sweep.space` must name settings of the network. Received: training.seed."),
        ({"framing": ["many"]}, "sweep.space"),
    ],
)
def test_an_invalid_space_is_one_line(objective: Callable[..., Objective], space: Any, message: str) -> None:
    with pytest.raises(UserError, match=message):
        check_sweep(objective(space).settings)


@pytest.mark.parametrize("dimension", [{"low": 3, "high": 2}, {"low": 0, "high": 2, "log": True}, []])
def test_an_invalid_dimension_is_one_line(objective: Callable[..., Objective], dimension: Any) -> None:
    with pytest.raises(UserError, match="`sweep.space`"):
        objective({"model.units": dimension})


def test_quantiles_are_searched_by_their_median(objective: Callable[..., Objective], tmp_path: Path) -> None:
    made = objective({"model.units": [2, 3]}, sampler="grid")
    training = made.settings.training.model_copy(update={"loss": "quantile"})
    result = search(replace(made, settings=made.settings.model_copy(update={"training": training})), tmp_path / "s.log")
    assert result.trials["state"].tolist() == ["complete"] * 2
    assert result.trials["val_mase"].nunique() == 2
