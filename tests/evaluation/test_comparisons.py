"""Which models are selected on validation rows, and which of them are compared."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from helpers.backtests import a_design, a_problem, a_task, model_forecasts, number, walking_folds
from seqframe.evaluation.backtest import ModelForecasts, forecast_baselines
from seqframe.evaluation.bootstrap import make_bootstrap
from seqframe.evaluation.comparisons import (
    Selection,
    choose_pairs,
    rank_by_comparisons,
    select_models,
    validation_mase,
)
from seqframe.evaluation.folds import Folds, make_folds
from seqframe.evaluation.leaderboard import score_model

VALIDATION = {"persistence": 1.0, "drift": 2.0, "ridge": 0.9, "forest": 0.8, "a": 0.7, "b": 0.6, "c": 0.9}
SELECTION = Selection(("a", "b", "c"), ("persistence", "drift"), ("ridge", "forest"), VALIDATION)


@pytest.fixture(scope="module")
def folds() -> Folds:
    return walking_folds(300, n_folds=2, test_size=40, val_size=40)


def test_framings_are_compared_with_two_baselines_and_the_best_of_them_with_all_others() -> None:
    pairs, n_primary = choose_pairs(SELECTION, "drift", SELECTION.candidates)
    assert pairs[:n_primary] == [("b", "drift"), ("b", "ridge")]
    assert pairs[n_primary:] == [
        *(("a", "drift"), ("a", "ridge"), ("c", "drift"), ("c", "ridge")),
        *(("b", "a"), ("b", "c"), ("b", "forest")),
    ]


def test_the_selected_model_is_compared_whatever_it_is() -> None:
    selection = replace(SELECTION, validation=VALIDATION | {"persistence": 0.1})
    assert (selection.model, selection.framing) == ("persistence", "b")
    pairs, _ = choose_pairs(selection, "drift", selection.candidates)
    assert ("b", "persistence") in pairs
    assert len(pairs) == len({frozenset(pair) for pair in pairs})


def test_models_that_diverged_are_not_compared() -> None:
    names = [name for name in SELECTION.candidates if name not in ("a", "ridge")]
    pairs, n_primary = choose_pairs(SELECTION, "drift", names)
    assert pairs == [("b", "drift"), ("c", "drift"), ("b", "c"), ("b", "forest")]
    assert n_primary == 1
    assert choose_pairs(replace(SELECTION, framings=()), "drift", names) == ([], 0)


def test_validation_errors_that_are_not_numbers_are_not_selected() -> None:
    assert replace(SELECTION, validation=VALIDATION | {"b": np.nan, "a": np.inf}).framing == "c"


def select(models: Sequence[ModelForecasts], folds: Folds) -> Selection:
    return select_models([score_model(model, folds) for model in models], folds)


def test_the_selection_uses_validation_rows_only(folds: Folds) -> None:
    """A model with tiny test errors and large validation errors is not selected."""
    good = model_forecasts(folds, "dense", 0.1, "dense")
    overfitted = replace(model_forecasts(folds, "pyramid", 5.0, "pyramid"), test=folds.actuals()[None])
    models = [*forecast_baselines(folds), good, overfitted]
    selection = select(models, folds)
    assert (selection.model, selection.framing) == ("dense", "dense")
    spoiled = [replace(model, test=model.test + 1e9) for model in models]
    assert select(spoiled, folds) == selection


def test_an_ensemble_represents_its_framing(folds: Folds) -> None:
    single = model_forecasts(folds, "dense", [0.1, 0.1], "dense")
    ensemble = model_forecasts(folds, "dense (ensemble of 2)", 0.5, "dense")
    selection = select([*forecast_baselines(folds), single, ensemble], folds)
    assert selection.framings == ("dense (ensemble of 2)",)
    assert selection.model == "dense (ensemble of 2)"
    assert selection.validation["dense"] < selection.validation["dense (ensemble of 2)"]


def test_the_validation_error_by_hand(folds: Folds) -> None:
    model = model_forecasts(folds, "dense", [0.5, 1.0], "dense")
    errors = []
    for dataset, runs in zip(folds.datasets, model.validation, strict=True):
        steps = np.abs(np.diff(folds.newest.df["x"].to_numpy()))[: dataset.split.train[0].stop - 1]
        errors.append(np.abs(runs - dataset.actuals(dataset.validation)).mean() / steps.mean())
    assert validation_mase(model, folds) == pytest.approx(np.mean(errors))
    lost = [runs.copy() for runs in model.validation]
    lost[0][0, 0] = np.nan
    assert validation_mase(replace(model, validation=tuple(lost)), folds) == np.inf


def losses_of(means: dict[str, float]) -> dict[str, np.ndarray]:
    noise = {name: np.random.default_rng(number).normal(size=(40, 1)) for number, name in enumerate(means)}
    return {name: mean + 0.01 * noise[name] for name, mean in means.items()}


def test_a_significantly_better_model_is_recommended_instead_of_the_selected_one() -> None:
    means = {"persistence": 2.0, "drift": 3.0, "ridge": 1.0, "forest": 4.0, "a": 0.5, "b": 1.5, "c": 1.5}
    ranking = rank_by_comparisons(losses_of(means), SELECTION, make_bootstrap(40, 1, 2))
    assert ranking.best_naive == "persistence"
    assert set(ranking.better_than("b")) == {"ridge", "a"}
    assert ranking.recommend("b") == "a"
    assert ranking.recommend("ridge") == "a"
    assert ranking.ranks["a"] == 1 < ranking.ranks["ridge"] < ranking.ranks["b"]
    assert ranking.pair("persistence", "b") == ranking.pair("b", "persistence") is not None
    assert ranking.pair("persistence", "drift") is None


def test_without_a_significant_difference_the_selected_model_is_recommended() -> None:
    means = dict.fromkeys(VALIDATION, 1.0)
    ranking = rank_by_comparisons(losses_of(means), SELECTION, make_bootstrap(40, 1, 2))
    assert set(ranking.ranks.values()) == {1}
    assert ranking.recommend(SELECTION.model) == "b"


def test_a_model_without_losses_has_no_rank() -> None:
    losses = losses_of({name: 1.0 for name in VALIDATION if name != "a"})
    ranking = rank_by_comparisons(losses, SELECTION, make_bootstrap(40, 1, 2))
    assert set(ranking.ranks) == {"b", "c", "ridge", "forest", ranking.best_naive}


def test_models_with_equal_losses_are_ranked_in_the_given_order() -> None:
    losses = {name: np.ones((40, 1)) for name in SELECTION.candidates}
    ranking = rank_by_comparisons(losses, SELECTION, make_bootstrap(40, 1, 2))
    assert list(ranking.ranks) == [name for name in ranking.loss if name in ranking.ranks]
    assert set(ranking.ranks.values()) == {1}


def test_few_validation_forecasts_select_a_framing_with_a_linear_skip_connection() -> None:
    few = replace(SELECTION, eligible=("b",))
    assert (few.framing, SELECTION.framing) == ("b", min("abc", key=VALIDATION.__getitem__))
    assert few.model in (*few.naive, *few.learned, "b")
    assert few.candidates == SELECTION.candidates, "all are compared"


@pytest.mark.parametrize(("rows", "restricted"), [(60, True), (400, False)])
def test_enough_validation_forecasts_make_all_framings_eligible(rows: int, restricted: bool) -> None:
    values = np.sin(np.arange(3.0 * rows)) + np.arange(3.0 * rows) / rows
    design = a_design(a_task(lookback=6, horizon=12), val_size=rows // 2, test_size=rows // 2)
    folds = make_folds(number(x=values), design, a_problem())
    shape = folds.actuals().shape
    validation = (np.zeros((1, *folds.newest.actuals(folds.newest.validation).shape)),)
    linear, other = (
        ModelForecasts(name, np.zeros((1, *shape)), validation, {}, name, linear_skip)
        for name, linear_skip in (("dense", True), ("many_to_many", False))
    )
    selection = select([linear, other], folds)
    assert selection.eligible == (("dense",) if restricted else None)


def of_a_framing(
    folds: Folds, name: str, error: float, parameters: int, recurrent: bool = True, seed: int = 0
) -> ModelForecasts:
    """Random errors that have a validation MASE of `error`."""
    size = error / validation_mase(model_forecasts(folds, name, 1.0, seed=seed), folds)
    model = model_forecasts(folds, name, size, name, seed)
    return replace(model, costs={"parameters": float(parameters)}, recurrent=recurrent)


def test_the_simplest_framing_close_to_the_smallest_error_is_selected(folds: Folds) -> None:
    best, worse = of_a_framing(folds, "pyramid", 1.0, 300), of_a_framing(folds, "one_to_one", 1.5, 100)
    close = of_a_framing(folds, "many_to_one", 1.02, 200, seed=1)
    without_recurrence = of_a_framing(folds, "dense", 1.02, 500, recurrent=False, seed=2)
    assert select([best, close, worse], folds).framing == "many_to_one"
    assert select([best, worse], folds).framing == "pyramid"
    assert select([best, close, worse, without_recurrence], folds).framing == "dense"


def test_a_framing_with_a_significantly_larger_validation_error_is_not_selected(folds: Folds) -> None:
    """Errors that are all 2% larger have a difference of hardly any variance."""
    best, worse = of_a_framing(folds, "pyramid", 1.0, 300), of_a_framing(folds, "many_to_one", 1.02, 200)
    selection = select([best, worse], folds)
    assert selection.framing == "pyramid"
    assert selection.reason == "has the smallest validation error"


@pytest.mark.parametrize(("error", "selected"), [(0.99, "ridge"), (1.01, "many_to_one")])
def test_a_baseline_is_selected_if_it_has_the_smallest_error(folds: Folds, error: float, selected: str) -> None:
    best, close = of_a_framing(folds, "pyramid", 1.0, 300), of_a_framing(folds, "many_to_one", 1.02, 200, seed=1)
    ridge = replace(of_a_framing(folds, "ridge", error, 10), framing="")
    selection = select([best, close, ridge], folds)
    assert (selection.model, selection.framing) == (selected, "many_to_one")
    reasons = {
        "ridge": "has the smallest validation error",
        "many_to_one": "is the simplest framing close to the smallest validation error",
    }
    assert selection.reason == reasons[selected]
