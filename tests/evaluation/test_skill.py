"""Trained framings learn a season, and nothing is claimed of them on a random walk."""

import re

import numpy as np
import pytest

from helpers.backtests import a_design, a_problem, a_season, a_task, a_training, a_walk, number, spec_for
from seqframe.config import ModelSettings
from seqframe.evaluation.backtest import forecast_baselines, run_backtest
from seqframe.evaluation.conclusions import conclude
from seqframe.evaluation.folds import Folds, make_folds
from seqframe.evaluation.leaderboard import forecast_metrics, score_models
from seqframe.forecasting.baselines import PERSISTENCE
from seqframe.framings import FRAMINGS, Framing
from seqframe.framings.dense import DENSE

SEASONAL = [
    framing for framing in FRAMINGS if framing.name not in ("one_to_one", "one_to_many")
]  # read more than a row
MODEL = ModelSettings(units=16)


def backtest(folds: Folds, framing: Framing, epochs: int, seeds: int = 1, batch_size: int | str = 16) -> tuple:
    settings = {"epochs": epochs, "n_seeds": seeds, "batch_size": batch_size, "learning_rate": 0.01, "patience": 40}
    if framing.stateful:
        settings |= {"batch_size": 1, "epochs": max(3, epochs // 10)}
    return run_backtest(spec_for(framing, folds, MODEL), framing, folds, a_training(**settings)).forecasts()


@pytest.fixture(scope="module")
def season() -> Folds:
    task = a_task(lookback=8, horizon=8, instance_norm="mean")
    return make_folds(number(x=a_season(200)), a_design(task, 1, 30, 30, season=8), a_problem())


def test_dense_learns_a_season(season: Folds) -> None:
    assert_learns(season, DENSE)


@pytest.mark.slow
@pytest.mark.parametrize("framing", SEASONAL, ids=lambda framing: framing.name)
def test_every_framing_that_reads_a_season_learns_it(season: Folds, framing: Framing) -> None:
    assert_learns(season, framing)


def assert_learns(folds: Folds, framing: Framing) -> None:
    (model,) = backtest(folds, framing, epochs=100)
    persistence = forecast_metrics(forecast_baselines(folds)[0], folds)["mase"]
    assert forecast_metrics(model, folds)["mase"] < 0.5 * persistence


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_on_a_random_walk_no_framing_beats_the_baseline(seed: int) -> None:
    task = a_task(lookback=8, horizon=3, instance_norm="mean")
    folds = make_folds(number(x=a_walk(330, seed)), a_design(task, 3, 40, 46), a_problem())
    models = [model for framing in SEASONAL[:2] for model in backtest(folds, framing, epochs=20, batch_size=32)]
    result = score_models([*forecast_baselines(folds), *models], folds)
    conclusion = conclude(result)
    assert not conclusion.beats_baseline
    assert re.search(
        r"(o significant gain over|significantly worse than) [\w ]+: .* p [=<] 0", " ".join(conclusion.sentences)
    )
    naive = result.ranking.best_naive
    assert not any(pair.significant and pair.worse == naive for pair in result.ranking.pairs)


@pytest.mark.slow
def test_intervals_of_networks_have_their_nominal_coverage() -> None:
    values = a_season(1600) + np.random.default_rng(0).normal(0, 0.5, 1600)
    task = a_task(lookback=16, horizon=8, instance_norm="mean")
    folds = make_folds(number(x=values), a_design(task, 1, 400, 600, season=8), a_problem())
    for model in backtest(folds, DENSE, epochs=30, seeds=3, batch_size=32):
        assert 0.85 < forecast_metrics(model, folds)["coverage"] < 0.95
    assert forecast_baselines(folds)[0].name == PERSISTENCE.name
