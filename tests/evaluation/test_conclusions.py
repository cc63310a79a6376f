"""Sentences and ranks of a backtest follow from the same tests."""

import re
from dataclasses import replace
from functools import cache
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.backtests import a_design, a_problem, a_task, a_walk, model_forecasts, number, series_of, walking_folds
from seqframe.errors import UserError
from seqframe.evaluation.backtest import ModelForecasts, forecast_baselines
from seqframe.evaluation.conclusions import Conclusion, conclude
from seqframe.evaluation.folds import Folds, make_folds
from seqframe.evaluation.leaderboard import BacktestResult, score_models
from seqframe.evaluation.significance import Pair

FRAMING_NAMES = ("dense", "pyramid", "many_to_one", "encoder_decoder")
BASELINE_NAMES = ("persistence", "drift", "ridge")
TITLES = {"ridge": "ridge regression"}
NUMBER = r"-?[\d.,e+-]+"
P_VALUE = r"p [=<] [\d.e-]+(, Holm-corrected p = [\d.]+)?"
DETAIL = rf"\(difference {NUMBER}, 95% interval {NUMBER} to {NUMBER}, {P_VALUE}\)"


@pytest.fixture(scope="module")
def folds() -> Folds:
    return walking_folds(400, n_folds=3, test_size=45, val_size=60)


@pytest.fixture(scope="module")
def baselines(folds: Folds) -> tuple[ModelForecasts, ...]:
    return two_baselines(folds)


def two_baselines(folds: Folds) -> tuple[ModelForecasts, ...]:
    return tuple(model for model in forecast_baselines(folds) if model.name in ("persistence", "ridge"))


def compare(baselines: tuple[ModelForecasts, ...], folds: Folds, **sizes: float) -> tuple[BacktestResult, Conclusion]:
    models = [model_forecasts(folds, name, size, name, seed=seed) for seed, (name, size) in enumerate(sizes.items())]
    result = score_models([*baselines, *models], folds)
    return result, conclude(result)


def with_validation(model: ModelForecasts, folds: Folds, size: float) -> ModelForecasts:
    """The model with other errors on validation rows."""
    return replace(model, validation=model_forecasts(folds, "", size).validation)


def test_a_framing_that_wins_is_recommended_with_all_numbers(
    folds: Folds, baselines: tuple[ModelForecasts, ...]
) -> None:
    result, conclusion = compare(baselines, folds, dense=0.2, pyramid=0.4, stateful=20.0)
    assert (conclusion.framing, conclusion.selected, conclusion.recommended) == ("dense",) * 3
    assert conclusion.beats_baseline
    first, ridge, framings, recursive = conclusion.sentences
    assert re.fullmatch(rf"Use dense: 82% lower MASE than persistence {DETAIL}\.", first)
    assert re.fullmatch(rf"dense is significantly better than ridge regression: 85% lower MASE {DETAIL}\.", ridge)
    assert re.fullmatch(
        rf"Significantly worse than dense: pyramid, \d+% higher MASE {DETAIL}; "
        rf"stateful, more than 1000% higher MASE {DETAIL}\.",
        framings,
    )
    assert recursive == "stateful forecasts recursively: each prediction is the next input."
    pair = result.ranking.pair("dense", "persistence")
    assert pair is not None
    assert f"difference {pair.difference:.2g}, 95% interval {pair.low:.2g} to {pair.high:.2g}, p < 0.001" in first


def test_a_baseline_with_the_smallest_validation_error_is_recommended(
    folds: Folds, baselines: tuple[ModelForecasts, ...]
) -> None:
    _, conclusion = compare(baselines, folds, dense=9.0)
    assert (conclusion.framing, conclusion.model) == ("dense", "dense")
    assert conclusion.selected == conclusion.recommended == "persistence"
    assert not conclusion.beats_baseline
    assert re.fullmatch(
        r"Use persistence: it has the smallest validation error \(MASE [\d.]+\)\.", conclusion.sentences[0]
    )
    assert conclusion.sentences[1].startswith("dense is significantly worse than persistence: 7")
    assert conclusion.sentences[2].startswith("dense is significantly worse than ridge regression: 5")


def test_a_gain_that_is_not_significant_is_stated_with_its_p_value(
    folds: Folds, baselines: tuple[ModelForecasts, ...]
) -> None:
    result, conclusion = compare(baselines, folds, dense=1.05)
    assert conclusion.recommended == conclusion.selected == "dense"
    assert not conclusion.beats_baseline
    assert re.fullmatch(
        rf"No significant gain over persistence: dense, 5% lower MASE {DETAIL}\.", conclusion.sentences[0]
    )
    assert result.leaderboard.set_index("model")["rank"][["dense", "persistence"]].tolist() == [1, 1]
    assert not re.search("skill|noise", " ".join(conclusion.sentences))


def test_a_significantly_better_baseline_is_recommended_instead_of_the_selected_framing(
    folds: Folds, baselines: tuple[ModelForecasts, ...]
) -> None:
    overfitted = with_validation(model_forecasts(folds, "dense", 3.0, "dense"), folds, 0.01)
    conclusion = conclude(score_models([*baselines, overfitted], folds))
    assert (conclusion.selected, conclusion.recommended) == ("dense", "persistence")
    assert re.fullmatch(
        rf"Use persistence: \d+% lower MASE than dense, which has the smallest validation error {DETAIL}\.",
        conclusion.sentences[0],
    )
    assert not any("Use " in sentence for sentence in conclusion.sentences[1:])


def test_a_baseline_with_a_smaller_error_that_is_not_significant(
    folds: Folds, baselines: tuple[ModelForecasts, ...]
) -> None:
    close = with_validation(model_forecasts(folds, "dense", 1.15, "dense"), folds, 0.01)
    conclusion = conclude(score_models([*baselines, close], folds))
    assert conclusion.recommended == "dense"
    assert re.fullmatch(
        rf"No significant gain over persistence: dense, \d% higher MASE {DETAIL}\.", conclusion.sentences[0]
    )


def test_a_significant_gain_of_another_framing_is_named(folds: Folds, baselines: tuple[ModelForecasts, ...]) -> None:
    chosen = with_validation(model_forecasts(folds, "dense", 1.0, "dense"), folds, 0.01)
    other = model_forecasts(folds, "pyramid", 0.75, "pyramid", seed=4)
    result = score_models([*baselines, chosen, other], folds)
    conclusion = conclude(result)
    assert result.ranking.better_than("persistence") == ("pyramid",)
    assert re.search(
        rf"Significantly better than persistence: pyramid, \d+% lower MASE {DETAIL}\.", conclusion_text(conclusion)
    )


def conclusion_text(conclusion: Conclusion) -> str:
    return " ".join(conclusion.sentences)


def test_with_few_forecasts_differences_are_stated_and_nothing_is_ranked() -> None:
    few = walking_folds(100, task=a_task(horizon=5), test_size=23)
    _, conclusion = compare(two_baselines(few), few, dense=0.001, pyramid=9.0)
    first, not_ranked, *others = conclusion.sentences
    assert re.fullmatch(
        r"dense has the smallest validation error\. On the test rows it has 100% lower MASE than \w+ "
        r"\(difference [\d.]+\)\.",
        first,
    )
    assert not_ranked == (
        "Not ranked: too few test forecasts (3 non-overlapping; 6 are needed). Raise backtest.test_size or "
        "backtest.n_folds."
    )
    assert not re.search(r"ignifican|p =|interval ", " ".join(others[:-1]))
    assert conclusion.sentences[-1].startswith("Some intervals are infinite") or len(others) == 2


def test_the_assumption_of_a_test_over_series_is_stated() -> None:
    for n_series, sentence in (
        (
            7,
            "Tested over 7 series, which are assumed to be independent: the test splits contain 1 non-overlapping "
            "forecast time, and tests over time need 6.",
        ),
        (
            3,
            "Not ranked: too few test forecasts (1 non-overlapping forecast time of 3 series; 6 times or 6 series are "
            "needed). Raise backtest.test_size or backtest.n_folds.",
        ),
    ):
        rows = series_of([60] * n_series, [60] * n_series)
        data_settings = a_problem(id_column="id", time_column="day", scale_per_series=True)
        panel = make_folds(rows, a_design(a_task(), val_size=20, test_size=2), data_settings)
        _, conclusion = compare(two_baselines(panel), panel, dense=0.001)
        assert conclusion.sentences[1] == sentence


def test_no_model_beats_persistence_on_a_random_walk() -> None:
    """The best forecast is the last value: ridge regression is not significantly better on any of eight walks."""
    for seed in range(8):
        folds = make_folds(number(x=a_walk(330, seed)), a_design(a_task(horizon=3), 3, 40, 46), a_problem())
        baselines = forecast_baselines(folds)
        fitted = replace(next(model for model in baselines if model.name == "ridge"), name="dense", framing="dense")
        conclusion = conclude(score_models([*baselines, fitted], folds))
        assert not conclusion.beats_baseline
        outcome = "(o significant gain over|significantly worse than) (persistence|drift|training mean): (dense, )?"
        assert re.search(rf"{outcome}(less than )?\d+% \w+ MASE {DETAIL}\.", conclusion_text(conclusion))


def test_without_a_converged_framing_there_is_no_conclusion(
    folds: Folds, baselines: tuple[ModelForecasts, ...]
) -> None:
    lost = model_forecasts(folds, "dense", 0.1, "dense")
    lost = replace(lost, test=np.full_like(lost.test, np.nan))
    with pytest.raises(UserError, match=r"one framing with finite forecasts\. Received: dense, all diverged\. Lower"):
        conclude(score_models([lost, *baselines], folds))


@cache
def random_folds(origins: int, n_series: int, missing: bool) -> Folds:
    """A walk or a panel of walks, with or without missing actual values."""
    rows = series_of([90 + origins] * n_series, [90 + origins] * n_series)
    if missing:
        rows.iloc[[-2, -origins // 2]] = np.nan
    data_settings = a_problem(id_column="id", time_column="day", scale_per_series=True, missing="ffill")
    return make_folds(rows, a_design(a_task(), val_size=40, test_size=origins + 5), data_settings)


@st.composite
def backtests(draw: st.DrawFn) -> tuple[tuple[int, int, bool], list[tuple[str, float, float, int]], bool]:
    """Test origins, series, and whether values are missing; names, test and validation errors and seeds of random
    models, where some may be equal; and whether the last one diverged."""
    size = st.sampled_from([0.0, 1e-9, 0.5, 0.9, 1.0, 1.1, 1e6])
    names = [*sorted(draw(st.sets(st.sampled_from(BASELINE_NAMES[1:])))), BASELINE_NAMES[0]]
    for framing in sorted(draw(st.sets(st.sampled_from(FRAMING_NAMES), min_size=1))):
        names += [framing, f"{framing} (ensemble of 2)"] if draw(st.booleans()) else [framing]
    models = [(name, draw(size), draw(size), draw(st.integers(0, 3))) for name in names]
    folds = draw(st.sampled_from([3, 14, 40])), draw(st.sampled_from([1, 2, 8])), draw(st.booleans())
    several_framings = len({name.split(" ")[0] for name in names} & set(FRAMING_NAMES)) > 1
    return folds, models, several_framings and draw(st.integers(0, 4)) == 0


def random_models(
    models: list[tuple[str, float, float, int]], last_diverged: bool, folds: Folds
) -> list[ModelForecasts]:
    made = []
    for name, test_size, val_size, seed in models:
        framing = name.split(" ")[0] if name.split(" ")[0] in FRAMING_NAMES else ""
        model = model_forecasts(folds, name, test_size, framing, seed)
        made.append(with_validation(model, folds, val_size))
    if last_diverged:
        made[-1] = replace(made[-1], test=np.full_like(made[-1].test, np.inf))
    return made


def claims(conclusion: Conclusion, result: BacktestResult) -> set[tuple[str, str]]:
    """All pairs (better, worse) that sentences call significantly different, by the names of the models."""
    names = {TITLES.get(name, name): name for name in result.leaderboard["model"]}
    name = "(" + "|".join(map(re.escape, sorted(names, key=len, reverse=True))) + ")"
    found = set()
    for sentence in conclusion.sentences:
        if match := re.match(rf"Use {name}: [^:]*? lower MASE than {name}", sentence):
            found.add((match[1], match[2]))
        elif match := re.match(rf"{name} is significantly (better|worse) than {name}: ", sentence):
            found.add((match[1], match[3]) if match[2] == "better" else (match[3], match[1]))
        elif match := re.match(rf"Significantly (better|worse) than {name}: ", sentence):
            others = re.findall(rf"(?:: |; ){name}, ", sentence)
            found |= {(other, match[2]) if match[1] == "better" else (match[2], other) for other in others}
    return {(names[better], names[worse]) for better, worse in found}


@settings(max_examples=60, deadline=None)
@given(backtests())
def test_ranks_sentences_and_tests_agree(
    case: tuple[tuple[int, int, bool], list[tuple[str, float, float, int]], bool],
) -> None:
    folds = random_folds(*case[0])
    result = score_models(random_models(*case[1:], folds), folds)
    conclusion = conclude(result)
    ranked = result.leaderboard.dropna(subset="rank")
    ranks = ranked.set_index("model")["rank"].to_dict()
    pairs = {(pair.better, pair.worse): pair for pair in result.ranking.pairs}

    # ranks rise with the errors, and a significantly worse model has a larger rank
    for one, other in pairwise(ranked.itertuples()):
        assert one.rank <= other.rank
        assert one.mase <= other.mase * (1 + 1e-12)
    for (better, worse), pair in pairs.items():
        assert not pair.significant or ranks[better] < ranks[worse]
    assert bool(ranks) == (result.size.sufficient and bool(pairs))

    # sentences claim what the tests found
    for better, worse in claims(conclusion, result):
        assert pairs[better, worse].significant
        assert ranks[better] < ranks[worse]
    best = result.selection.framing
    stated = {frozenset(claim) for claim in claims(conclusion, result)}
    for pair in pairs.values():
        assert not pair.significant or best not in (pair.better, pair.worse) or {pair.better, pair.worse} in stated

    # one recommendation, to which no model is significantly better
    assert sum("Use " in sentence for sentence in conclusion.sentences) <= 1
    assert not result.ranking.better_than(conclusion.recommended)
    title = TITLES.get(conclusion.recommended, conclusion.recommended)
    assert (
        f"Use {title}: " in conclusion.sentences[0]
        or f"{title}, " in conclusion.sentences[0]
        or (conclusion.sentences[0].startswith(f"{title} has the smallest"))
    )
    if conclusion.recommended != conclusion.selected:
        assert any(pair.significant and pair.better == conclusion.recommended for pair in pairs.values())
    assert conclusion.beats_baseline == (
        (best, result.ranking.best_naive) in claims(conclusion, result)
        or is_gain(pairs.get((best, result.ranking.best_naive)))
    )

    # numbers
    text = " ".join(conclusion.sentences)
    assert not re.search(r"nan|inf\b|\d{5,}%|\b1 (forecasts|times|models)\b|-\d+%", text)
    selected = [name for name in result.selection.candidates if name == conclusion.selected]
    errors = {name: result.selection.validation[name] for name in result.selection.candidates}
    assert errors[selected[0]] == min(errors.values())


def is_gain(pair: Pair | None) -> bool:
    return pair is not None and pair.significant


def test_the_leaderboard_marks_the_selected_model(folds: Folds, baselines: tuple[ModelForecasts, ...]) -> None:
    result, conclusion = compare(baselines, folds, dense=0.2, pyramid=0.4)
    board = result.leaderboard.set_index("model")
    assert isinstance(result.leaderboard, pd.DataFrame)
    assert board.index[board["selected"]].tolist() == [conclusion.selected]
    assert board["val_mase"].idxmin() == conclusion.selected


def test_a_constant_series_needs_no_comparison() -> None:
    folds = make_folds(number(x=np.full(200, 0.1)), a_design(a_task(), 3), a_problem())
    models = [*forecast_baselines(folds), model_forecasts(folds, "dense", 0.0, "dense")]
    result = score_models(models, folds)
    assert result.constant
    assert set(result.leaderboard["mase"]) == {0.0}, "every baseline forecasts the constant exactly"
    conclusion = conclude(result)
    assert conclusion.sentences == ("Use persistence: the series is constant, and every model forecasts the constant.",)
    assert not conclusion.beats_baseline


def test_rounding_does_not_rank_the_models_of_a_season_without_noise() -> None:
    folds = make_folds(number(x=np.tile([3.0, 1, 4, 1, 5, 9, 2], 40)), a_design(a_task(), 3, season=7), a_problem())
    models = [*forecast_baselines(folds), model_forecasts(folds, "dense", 1e-7, "dense")]
    result = score_models(models, folds)
    assert not result.constant
    assert result.ranking.loss["dense"] == result.ranking.loss["seasonal naive"] == 0
    text = " ".join(conclude(result).sentences)
    assert "nan" not in text
    assert "significantly worse than seasonal naive" not in text
