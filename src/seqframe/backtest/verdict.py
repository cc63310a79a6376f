"""What a leaderboard means, in sentences that its numbers decide."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from seqframe.backtest.entries import LINEAR, NAIVE
from seqframe.backtest.leaderboard import LEVEL, Scored
from seqframe.errors import UserError
from seqframe.framings import FRAMINGS

ENOUGH_APART = next(apart for apart in range(1, 99) if 0.5 ** (apart - 1) < LEVEL)  # forecasts that do not overlap
LARGE = 10.0  # shares above are of no use to anybody


@dataclass(frozen=True)
class Verdict:
    """The best framing, the entry of the leaderboard that it is best with, whether it has skill, and all in words."""

    framing: str
    entry: str
    has_skill: bool
    sentences: tuple[str, ...]


def judge(scored: Scored) -> Verdict:
    """Hold the best framing against the naive forecasts and the linear one.

    Raises:
        UserError: All framings diverged.
    """
    board = scored.leaderboard[~scored.leaderboard["entry"].isin(scored.diverged)]
    framings = board[board["framing"] != ""]
    if framings.empty:
        raise UserError(
            f"A comparison needs one framing with finite forecasts. Received: {'; '.join(scored.diverged)}, all "
            "diverged. Lower training.learning_rate, or leave task.normalise at mean."
        )
    best = framings.iloc[0]
    naive = board[board["entry"].isin(NAIVE)].iloc[0]
    within_noise = _within_noise(scored, best["entry"], naive["entry"])
    has_skill = bool(best["mase"] < naive["mase"] and not within_noise)
    sentences = (
        _against_naive(best, naive, has_skill, within_noise),
        _against_linear(best, board[board["entry"] == LINEAR].iloc[0], scored),
        *_ties(scored),
        *_doubts(scored, board),
        *_feeding_back(board),
    )
    return Verdict(str(best["framing"]), str(best["entry"]), has_skill, sentences)


def _against_naive(best: pd.Series, naive: pd.Series, has_skill: bool, within_noise: bool) -> str:
    if has_skill:
        return (
            f"Use {best['entry']}: its error is {_compare(best, naive)} that of the best naive forecast, "
            f"{naive['entry']}."
        )
    noise = "within noise" if within_noise else "beyond noise"
    return (
        f"No framing beats the naive forecast: the best of them, {best['entry']}, has no skill over {naive['entry']} "
        f"(its error is {_compare(best, naive)}, {noise})."
    )


def _against_linear(best: pd.Series, linear: pd.Series, scored: Scored) -> str:
    compared = f"the error of {best['entry']} is {_compare(best, linear)} its own."
    if _within_noise(scored, best["entry"], LINEAR):
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


def _ties(scored: Scored) -> Iterator[str]:
    first = [entry.name for entry in scored.ranking.entries if entry.rank == 1]
    if len(first) > 1:
        yield f"{len(first)} share the first rank, and their order may be luck: {'; '.join(first)}."


def _doubts(scored: Scored, board: pd.DataFrame) -> Iterator[str]:
    """What is to be known about the comparison itself."""
    if scored.diverged:
        yield f"Diverged, and therefore last, since a forecast was not finite: {'; '.join(scored.diverged)}."
    if scored.apart < ENOUGH_APART:
        yield (
            f"The test parts hold {scored.apart} forecasts that do not overlap, and it takes {ENOUGH_APART} to tell "
            "forecasters apart: give backtest.test more rows, or backtest.folds more folds."
        )
    if np.isinf(board["interval_width"]).any():
        yield "Some intervals are infinite, for want of forecasts to calibrate by: give backtest.validation more rows."


def _feeding_back(board: pd.DataFrame) -> Iterator[str]:
    names = [framing.name for framing in FRAMINGS if framing.feeds_back and framing.name in set(board["framing"])]
    if names:
        verb = "forecasts" if len(names) == 1 else "forecast"
        yield f"{' and '.join(names)} {verb} row by row: each answer is read as the next row."


def _within_noise(scored: Scored, one: str, other: str) -> bool:
    return next(pair.within_noise for pair in scored.ranking.pairs if {pair.better, pair.worse} == {one, other})
