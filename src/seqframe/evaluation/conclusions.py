"""Conclusions: sentences that say which framing to use and why. Numbers decide every sentence."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from seqframe.errors import UserError
from seqframe.evaluation.leaderboard import SIGNIFICANCE_LEVEL, BacktestResult
from seqframe.evaluation.significance import Pair
from seqframe.forecasting.baselines import baseline_names, find_baseline
from seqframe.framings import FRAMINGS

CLOSE = 1.1  # errors up to this multiple of the best are named
MIN_SEEDS = 5  # fewer seeds allow no conclusion
ONE_SEED = "One seed per framing. To measure seed variance: `kedro run --pipeline=seed_study`."
MAX_RATIO = 10.0  # larger differences are reported as "more than 1000 %"
MIN_INDEPENDENT_FORECASTS = next(count for count in range(1, 99) if 0.5 ** (count - 1) < SIGNIFICANCE_LEVEL)


@dataclass(frozen=True)
class Conclusion:
    """Conclusion of a backtest.

    Attributes:
        framing: Name of the best framing.
        model: Its best model on the leaderboard: the single network or the ensemble.
        beats_baseline: Whether it is significantly better than the best naive baseline.
        sentences: The conclusion in sentences; the first one is the recommendation.
    """

    framing: str
    model: str
    beats_baseline: bool
    sentences: tuple[str, ...]


def summarize_comparison(comparison: pd.DataFrame) -> tuple[str, ...]:
    """Conclusion of a comparison of single networks; the first sentence is the recommendation.

    The comparison has one row per framing and one per baseline, whose `epochs` are missing. Framings are compared by
    their test MAE, or by their training MAE without test sequences. Framings with errors that are not finite diverged;
    they are named and not compared.
    """
    split = "test" if "test_mae" in comparison else "train"
    column = {"test": "test_mae", "train": "mae"}[split]
    trained = comparison["epochs"].notna()
    framings, baseline = comparison[trained], comparison[~trained].sort_values(column, kind="stable").iloc[0]
    finite = np.isfinite(framings[["final_loss", "mae", column]].astype(float)).all(axis=1)
    ranked = framings[finite].sort_values([column, "final_loss"], kind="stable")
    diverged = _diverged_framings(framings[~finite])
    if ranked.empty:
        return (*diverged, ONE_SEED)
    first = _recommend_one(ranked.iloc[0], baseline)
    if len(framings) > 1:
        first = _recommend_best(ranked, baseline, column, split)
    return (
        first,
        *_close_framings(ranked, column),
        *diverged,
        *_overfitting(ranked, baseline),
        *_all_within(ranked, len(framings)),
        ONE_SEED,
    )


def _recommend_best(ranked: pd.DataFrame, baseline: pd.Series, column: str, split: str) -> str:
    best = ranked.iloc[0]
    errors = f"{split} MAE {best[column]:.2g} ({_baseline_error(baseline, column)})"
    if best[column] < baseline[column]:
        return f"Use {best['framing']}: lowest error of {_count(len(ranked), 'framing')}, {errors}."
    return f"No framing beats the baseline. Best: {best['framing']}, {errors}."


def _recommend_one(framing: pd.Series, baseline: pd.Series) -> str:
    errors = f"train MAE {framing['mae']:.2g} ({_baseline_error(baseline, 'mae')})"
    if framing["all_within_0.05"] == 1:
        return f"{framing['framing']} fits all training values to within 0.05: {errors}."
    if framing["mae"] < baseline["mae"]:
        return f"{framing['framing']} beats the baseline, but not all training values are within 0.05: {errors}."
    return f"{framing['framing']} does not beat the baseline: {errors}."


def _baseline_error(baseline: pd.Series, column: str) -> str:
    """Such as `mean baseline 0.24`."""
    name = str(baseline["framing"]).removeprefix("baseline (").removesuffix(")")
    return f"{name} baseline {baseline[column]:.2g}"


def _close_framings(ranked: pd.DataFrame, column: str) -> Iterator[str]:
    close = ranked[1:][ranked[column][1:] <= CLOSE * ranked[column].iloc[0]]
    if len(close):
        yield f"{_join(close['framing'])} {_verb(close, 'is', 'are')} within 10 %; one seed cannot separate them."


def _diverged_framings(diverged: pd.DataFrame) -> tuple[str, ...]:
    if diverged.empty:
        return ()
    return (f"Diverged (loss or error not finite): {_join(diverged['framing'])}. Lower training.learning_rate.",)


def _overfitting(ranked: pd.DataFrame, baseline: pd.Series) -> Iterator[str]:
    """Framings that beat the baseline on the training sequences only."""
    if "test_mae" not in ranked:
        return
    overfit = ranked[(ranked["mae"] < baseline["mae"]) & (ranked["test_mae"] >= baseline["test_mae"])]
    if len(overfit):
        yield (
            f"{_join(overfit['framing'])} {_verb(overfit, 'overfits', 'overfit')}: on test sequences no better than "
            f"the baseline (MAE {baseline['test_mae']:.2g}). Raise data.n_train."
        )


def _all_within(ranked: pd.DataFrame, count: int) -> Iterator[str]:
    within = ranked[ranked["all_within_0.05"] == 1]
    if count > 1:
        names = f": {_join(within['framing'])}" if 0 < len(within) < count else ""
        yield f"{len(within)} of {count} framings fit all training values to within 0.05{names}."


def summarize_seed_study(study: pd.DataFrame) -> tuple[str, ...]:
    """Conclusion of a seed study: which framing fits the training values most reliably.

    The study has one row per framing, with the share of seeds that fit all training values and its interval.
    """
    ranked = study.sort_values(["share", "median_loss"], ascending=[False, True], kind="stable")
    best, others = ranked.iloc[0], ranked.iloc[1:]
    fit = "fit all training values to within 0.05"
    seeds = _count(int(best["seeds"]), "seed")
    if best["n_fit"] == 0:
        return (f"No framing {fit.replace('fit', 'fits', 1)} with any of {seeds}.",)
    if best["seeds"] < MIN_SEEDS:
        return (f"Too few seeds for a conclusion: {best['n_fit']} of {seeds} of {best['framing']} {fit}.",)
    interval = f"95 % interval {_percent(best['share_low'])} to {_percent(best['share_high'])}"
    sentences = [f"Use {best['framing']}, the most reliable framing: {best['n_fit']} of {seeds} {fit} ({interval})."]
    overlap = others["share_high"] >= best["share_low"]
    if overlap.any():
        sentences.append(f"Not separable by {seeds} (intervals overlap): {_join(others['framing'][overlap])}.")
    if not overlap.all():
        shares = [f"{row.framing} ({row.n_fit} of {row.seeds})" for row in others[~overlap].itertuples()]
        sentences.append(f"Less reliable (intervals do not overlap): {_join(shares)}.")
    return tuple(sentences)


def conclude(result: BacktestResult) -> Conclusion:
    """Compare the best framing with the naive baselines and with the learned ones, such as ridge regression.

    Raises:
        UserError: All framings diverged.
    """
    board = result.leaderboard[~result.leaderboard["model"].isin(result.diverged)]
    framings = board[board["framing"] != ""]
    if framings.empty:
        raise UserError(
            f"A comparison needs one framing with finite forecasts. Received: {'; '.join(result.diverged)}, all "
            "diverged. Lower training.learning_rate, or set task.instance_norm to mean."
        )
    best = framings.iloc[0]
    naive = board[board["model"].isin(baseline_names(learned=False))].iloc[0]
    pair = result.ranking.pair(best["model"], naive["model"])
    beats_baseline = bool(best["mase"] < naive["mase"] and pair.significant)
    sentences = (
        _against_naive(best, naive, pair, beats_baseline),
        *_against_learned(best, board, result),
        *_ties(result),
        *_caveats(result, board),
        *_recursive(board),
    )
    return Conclusion(str(best["framing"]), str(best["model"]), beats_baseline, sentences)


def _against_naive(best: pd.Series, naive: pd.Series, pair: Pair, beats_baseline: bool) -> str:
    difference = _difference(best, naive)
    if beats_baseline:
        return f"Use {best['model']}: {difference} than the best naive baseline, {_title(naive)} ({_p(pair)})."
    significance = "significant" if pair.significant else "not significant"
    return (
        f"No framing significantly beats the best naive baseline. Best framing: {best['model']}, {difference} than "
        f"{_title(naive)} ({_p(pair)}, {significance})."
    )


def _against_learned(best: pd.Series, board: pd.DataFrame, result: BacktestResult) -> Iterator[str]:
    for _, baseline in board[board["model"].isin(baseline_names(learned=True))].iterrows():
        pair = result.ranking.pair(best["model"], baseline["model"])
        side = "better" if best["mase"] < baseline["mase"] else "worse"
        detail = f"{_title(baseline)} ({_difference(best, baseline)}, {_p(pair)})"
        if not pair.significant:
            yield f"Not significantly {side} than {detail}."
        elif side == "better":
            yield f"Significantly better than {detail}."
        else:
            yield f"Significantly worse than {detail}: use {_title(baseline)}."


def _title(baseline: pd.Series) -> str:
    return find_baseline(str(baseline["model"])).title


def _difference(one: pd.Series, other: pd.Series) -> str:
    """Relative difference of the errors of two models, such as `8 % lower error`."""
    if one["mase"] > (1 + MAX_RATIO) * other["mase"]:  # the error of the other model may be 0
        return f"more than {_percent(MAX_RATIO)} higher error"
    share = abs(1 - one["mase"] / other["mase"]) if other["mase"] else 0.0
    return f"{_percent(share)} {'lower' if one['mase'] < other['mase'] else 'higher'} error"


def _ties(result: BacktestResult) -> Iterator[str]:
    first = [model.name for model in result.ranking.models if model.rank == 1]
    if len(first) > 1:
        yield f"{len(first)} models tie for rank 1 (differences not significant): {'; '.join(first)}."


def _caveats(result: BacktestResult, board: pd.DataFrame) -> Iterator[str]:
    if result.diverged:
        yield f"Diverged (a forecast is not finite), ranked last: {'; '.join(result.diverged)}."
    if result.independent_forecasts < MIN_INDEPENDENT_FORECASTS:
        yield (
            f"The test splits contain {_count(result.independent_forecasts, 'non-overlapping forecast')}; significant "
            f"differences need {MIN_INDEPENDENT_FORECASTS}. Raise backtest.test_size or backtest.n_folds."
        )
    if np.isinf(board["interval_width"]).any():
        yield "Some intervals are infinite: forecasts of a validation split are not finite."


def _recursive(board: pd.DataFrame) -> Iterator[str]:
    names = [framing.name for framing in FRAMINGS if framing.recursive and framing.name in set(board["framing"])]
    if names:
        yield f"{_join(names)} {_verb(names, 'forecasts', 'forecast')} recursively: each prediction is the next input."


def _join(names: Iterable[str]) -> str:
    """Such as `a, b and c`."""
    *most, last = list(names)
    return f"{', '.join(most)} and {last}" if most else str(last)


def _verb(subjects: "pd.DataFrame | list[str]", singular: str, plural: str) -> str:
    return singular if len(subjects) == 1 else plural


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _percent(share: float) -> str:
    return f"{share:.0%}".replace("%", " %")


def _p(pair: Pair) -> str:
    """The corrected p-value, such as `p=0.03`."""
    return "p<0.001" if pair.p_holm < 0.001 else f"p={pair.p_holm:.2g}"
