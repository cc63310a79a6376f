"""What a comparison of framings means, in sentences that its numbers decide: which to use, and why."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from seqframe.errors import UserError
from seqframe.evaluation.backtest import NAIVE, RIDGE
from seqframe.evaluation.leaderboard import LEVEL, BacktestResult
from seqframe.framings import FRAMINGS

SLOWER = "Lower training.learning_rate."
CLOSE = 1.1  # times the error of the best
FEW_SEEDS = 5  # fewer say too little to advise by
ONE_SEED = (
    "This is one network each, from one seed: `kedro run --pipeline=seed_study`, with the same settings, counts how "
    "often each of them learns."
)


def summarize_comparison(comparison: pd.DataFrame) -> tuple[str, ...]:
    """Which framing to use, from a line each and a last one for the naive answer; the first sentence is the advice.

    They are judged on unseen sequences where there are any, since a network may know by heart what it was trained on.
    Those whose errors are not finite have diverged, and are judged by nothing.
    """
    naive, framings = comparison.iloc[-1], comparison.iloc[:-1]
    judged, where = ("test_mae", "on unseen sequences") if "test_mae" in comparison else ("mae", "on these rows")
    finite = np.isfinite(framings[["final_loss", "mae", judged]].astype(float)).all(axis=1)
    ranked = framings[finite].sort_values([judged, "final_loss"], kind="stable")
    diverged = _diverged(framings[~finite])
    if ranked.empty:
        return (*diverged, ONE_SEED)
    first = _of_one(ranked, naive) if len(framings) == 1 else _of_many(ranked, naive, judged, where)
    said = (first, *_close(ranked, judged), *diverged, *_by_heart(ranked, naive), *_right(ranked, len(framings)))
    return (*said, ONE_SEED)


def _of_many(ranked: pd.DataFrame, naive: pd.Series, judged: str, where: str) -> str:
    best = ranked.iloc[0]
    errors = f"{best[judged]:.2g} {where}, where {_name(naive)} is off by {naive[judged]:.2g}"
    if best[judged] < naive[judged]:
        return f"Use {best['framing']}: its mean error is the smallest of {len(ranked)} framings, {errors}."
    return f"No framing is better than the naive answer: the best, {best['framing']}, is off by {errors}."


def _close(ranked: pd.DataFrame, judged: str) -> Iterator[str]:
    """Those that one seed does not tell from the best."""
    close = ranked[1:][ranked[judged][1:] <= CLOSE * ranked[judged].iloc[0]]
    if len(close):
        verb = "is" if len(close) == 1 else "are"
        yield f"{_list(close['framing'])} {verb} within a tenth of that, which one seed does not tell apart."


def _diverged(gone: pd.DataFrame) -> tuple[str, ...]:
    if gone.empty:
        return ()
    return (f"Diverged, since a loss or an error is not finite: {_list(gone['framing'])}. {SLOWER}",)


def _of_one(ranked: pd.DataFrame, naive: pd.Series) -> str:
    only = ranked.iloc[0]
    if only["all_within_0.05"] == 1:
        learnt = "has learnt every value to one decimal"
    elif only["mae"] < naive["mae"]:
        learnt = "is better than the naive answer, but has not learnt every value to one decimal"
    else:
        learnt = "has learnt nothing"
    errors = f"{only['mae']:.2g} on what it was trained on, where {_name(naive)} is off by {naive['mae']:.2g}"
    return f"{only['framing']} {learnt}: its mean error is {errors}."


def _name(naive: pd.Series) -> str:
    """`naive: mean` -> `the naive answer (mean)`."""
    return f"the naive {str(naive['framing']).replace('baseline', 'answer')}"


def _by_heart(ranked: pd.DataFrame, naive: pd.Series) -> Iterator[str]:
    """Those that are better than the naive answer on what they were trained on, and there alone."""
    if "test_mae" not in ranked:
        return
    by_heart = ranked[(ranked["mae"] < naive["mae"]) & (ranked["test_mae"] >= naive["test_mae"])]
    if len(by_heart):
        verb = "knows" if len(by_heart) == 1 else "know"
        yield (
            f"{_list(by_heart['framing'])} {verb} the training sequences by heart: on unseen ones no better than the "
            f"naive answer, which is off by {naive['test_mae']:.2g}. More sequences help: data.n_train."
        )


def _right(ranked: pd.DataFrame, count: int) -> Iterator[str]:
    right = ranked[ranked["all_within_0.05"] == 1]
    if count > 1:
        yield (
            f"{len(right)} of {count} get every value that they were trained on right to one decimal"
            + (f": {_list(right['framing'])}." if 0 < len(right) < count else ".")
        )


def summarize_seed_study(study: pd.DataFrame) -> tuple[str, ...]:
    """Which framing learns most reliably, from a line each with the share of seeds that learnt and its interval."""
    ranked = study.sort_values(["share", "median_loss"], ascending=[False, True], kind="stable")
    best, others = ranked.iloc[0], ranked.iloc[1:]
    count = (
        f"{best['learnt']} of {best['seeds']} seeds (95 % interval {best['share_low']:.0%} to {best['share_high']:.0%})"
    )
    if best["learnt"] == 0:
        return (f"No framing learns every value to one decimal, from any of {best['seeds']} seeds.",)
    if best["seeds"] < FEW_SEEDS:
        return (f"So few seeds tell little: {best['framing']} learns every value to one decimal from {count}.",)
    sentences = [f"Use {best['framing']}: it learns most reliably, every value to one decimal from {count}."]
    close, worse = (
        others[mask] for mask in (others["share_high"] >= best["share_low"], others["share_high"] < best["share_low"])
    )
    if len(close):
        sentences.append(f"{_list(close['framing'])} may be as reliable: so few seeds do not tell them apart.")
    if len(worse):
        shares = _list([f"{row.framing} ({row.learnt} of {row.seeds})" for row in worse.itertuples()])
        sentences.append(f"Less reliable beyond chance: {shares}.")
    return tuple(sentences)


def _list(names: "pd.Series[str] | list[str]") -> str:
    *most, last = list(names)
    return f"{', '.join(most)} and {last}" if most else str(last)


# What a leaderboard means, in sentences that its numbers decide.

ENOUGH_APART = next(apart for apart in range(1, 99) if 0.5 ** (apart - 1) < LEVEL)  # forecasts that do not overlap
LARGE = 10.0  # shares above are of no use to anybody


@dataclass(frozen=True)
class Conclusion:
    """The best framing, the entry of the leaderboard that it is best with, whether it has skill, and all in words."""

    framing: str
    model: str
    beats_baseline: bool
    sentences: tuple[str, ...]


def conclude(scored: BacktestResult) -> Conclusion:
    """Hold the best framing against the naive forecasts and the linear one.

    Raises:
        UserError: All framings diverged.
    """
    board = scored.leaderboard[~scored.leaderboard["model"].isin(scored.diverged)]
    framings = board[board["framing"] != ""]
    if framings.empty:
        raise UserError(
            f"A comparison needs one framing with finite forecasts. Received: {'; '.join(scored.diverged)}, all "
            "diverged. Lower training.learning_rate, or leave task.instance_norm at mean."
        )
    best = framings.iloc[0]
    naive = board[board["model"].isin(NAIVE)].iloc[0]
    within_noise = _within_noise(scored, best["model"], naive["model"])
    beats_baseline = bool(best["mase"] < naive["mase"] and not within_noise)
    sentences = (
        _against_naive(best, naive, beats_baseline, within_noise),
        _against_linear(best, board[board["model"] == RIDGE].iloc[0], scored),
        *_ties(scored),
        *_doubts(scored, board),
        *_feeding_back(board),
    )
    return Conclusion(str(best["framing"]), str(best["model"]), beats_baseline, sentences)


def _against_naive(best: pd.Series, naive: pd.Series, beats_baseline: bool, within_noise: bool) -> str:
    if beats_baseline:
        return (
            f"Use {best['model']}: its error is {_compare(best, naive)} that of the best naive forecast, "
            f"{naive['model']}."
        )
    noise = "within noise" if within_noise else "beyond noise"
    return (
        f"No framing beats the naive forecast: the best of them, {best['model']}, has no skill over {naive['model']} "
        f"(its error is {_compare(best, naive)}, {noise})."
    )


def _against_linear(best: pd.Series, linear: pd.Series, scored: BacktestResult) -> str:
    compared = f"the error of {best['model']} is {_compare(best, linear)} its own."
    if _within_noise(scored, best["model"], RIDGE):
        return f"A linear forecaster does as well within noise: {compared}"
    if best["mase"] < linear["mase"]:
        return f"A linear forecaster does worse: {compared}"
    return f"A linear forecaster does better: {compared} Use that one."


def _compare(one: pd.Series, other: pd.Series) -> str:
    """By what share the error of one lies below or above that of the other."""
    side = "below" if one["mase"] < other["mase"] else "above"
    if one["mase"] > (1 + LARGE) * other["mase"]:  # the other may be without any error
        return f"more than {LARGE:.0%} above"
    share = abs(1 - one["mase"] / other["mase"]) if other["mase"] else 0.0
    return f"{share:.0%} {side}"


def _ties(scored: BacktestResult) -> Iterator[str]:
    first = [entry.name for entry in scored.ranking.models if entry.rank == 1]
    if len(first) > 1:
        yield f"{len(first)} share the first rank, and their order may be luck: {'; '.join(first)}."


def _doubts(scored: BacktestResult, board: pd.DataFrame) -> Iterator[str]:
    """What is to be known about the comparison itself."""
    if scored.diverged:
        yield f"Diverged, and therefore last, since a forecast was not finite: {'; '.join(scored.diverged)}."
    if scored.independent_forecasts < ENOUGH_APART:
        yield (
            f"The test parts hold {scored.independent_forecasts} forecasts that do not overlap, and it takes {ENOUGH_APART} to tell "
            "forecasters apart: give backtest.test_size more rows, or backtest.n_folds more folds."
        )
    if np.isinf(board["interval_width"]).any():
        yield "Some intervals are infinite, for want of forecasts to calibrate by: give backtest.val_size more rows."


def _feeding_back(board: pd.DataFrame) -> Iterator[str]:
    names = [framing.name for framing in FRAMINGS if framing.recursive and framing.name in set(board["framing"])]
    if names:
        verb = "forecasts" if len(names) == 1 else "forecast"
        yield f"{' and '.join(names)} {verb} row by row: each answer is read as the next row."


def _within_noise(scored: BacktestResult, one: str, other: str) -> bool:
    return next(not pair.significant for pair in scored.ranking.pairs if {pair.better, pair.worse} == {one, other})
