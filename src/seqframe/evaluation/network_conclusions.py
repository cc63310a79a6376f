"""Conclusions about single networks: a comparison of framings on sequences, and a seed study."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from seqframe.errors import count_noun, join_words
from seqframe.evaluation.phrases import choose_verb

CLOSE = 1.1  # errors up to this multiple of the best are named
MIN_SEEDS = 5  # fewer seeds allow no conclusion
ONE_SEED = "One seed per framing. To measure seed variance: `kedro run --pipeline=seed_study`."


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
        return f"Use {best['framing']}: lowest error of {count_noun(len(ranked), 'framing')}, {errors}."
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
        verb = choose_verb(close, "is", "are")
        yield f"{join_words(close['framing'], 'and')} {verb} within 10%; one seed cannot separate them."


def _diverged_framings(diverged: pd.DataFrame) -> tuple[str, ...]:
    if diverged.empty:
        return ()
    return (
        f"Diverged (loss or error not finite): {join_words(diverged['framing'], 'and')}. Lower training.learning_rate.",
    )


def _overfitting(ranked: pd.DataFrame, baseline: pd.Series) -> Iterator[str]:
    """Framings that beat the baseline on the training sequences only."""
    if "test_mae" not in ranked:
        return
    overfit = ranked[(ranked["mae"] < baseline["mae"]) & (ranked["test_mae"] >= baseline["test_mae"])]
    if len(overfit):
        verb = choose_verb(overfit, "overfits", "overfit")
        yield (
            f"{join_words(overfit['framing'], 'and')} {verb}: on test sequences no better than the baseline "
            f"(MAE {baseline['test_mae']:.2g}). Raise data.n_train."
        )


def _all_within(ranked: pd.DataFrame, count: int) -> Iterator[str]:
    within = ranked[ranked["all_within_0.05"] == 1]
    if count > 1:
        names = f": {join_words(within['framing'], 'and')}" if 0 < len(within) < count else ""
        yield f"{len(within)} of {count} framings fit all training values to within 0.05{names}."


def summarize_seed_study(study: pd.DataFrame) -> tuple[str, ...]:
    """Conclusion of a seed study: which framing fits the training values most reliably.

    The study has one row per framing, with the share of seeds that fit all training values and its interval.
    """
    ranked = study.sort_values(["share", "median_loss"], ascending=[False, True], kind="stable")
    best, others = ranked.iloc[0], ranked.iloc[1:]
    fit = "fit all training values to within 0.05"
    seeds = count_noun(int(best["seeds"]), "seed")
    if best["n_fit"] == 0:
        return (f"No framing {fit.replace('fit', 'fits', 1)} with any of {seeds}.",)
    if best["seeds"] < MIN_SEEDS:
        return (f"Too few seeds for a conclusion: {best['n_fit']} of {seeds} of {best['framing']} {fit}.",)
    interval = f"95% interval {best['share_low']:.0%} to {best['share_high']:.0%}"
    sentences = [f"Use {best['framing']}, the most reliable framing: {best['n_fit']} of {seeds} {fit} ({interval})."]
    overlap = others["share_high"] >= best["share_low"]
    if overlap.any():
        sentences.append(
            f"Not separable by {seeds} (intervals overlap): {join_words(others['framing'][overlap], 'and')}."
        )
    if not overlap.all():
        shares = [f"{row.framing} ({row.n_fit} of {row.seeds})" for row in others[~overlap].itertuples()]
        sentences.append(f"Less reliable (intervals do not overlap): {join_words(shares, 'and')}.")
    return tuple(sentences)
