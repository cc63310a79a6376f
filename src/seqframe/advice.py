"""What a comparison of framings means, in sentences that its numbers decide: which to use, and why."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

SLOWER = "Lower training.learning_rate."
CLOSE = 1.1  # times the error of the best
FEW_SEEDS = 5  # fewer say too little to advise by
ONE_SEED = (
    "This is one network each, from one seed: `kedro run --pipeline=seed_study`, with the same settings, counts how "
    "often each of them learns."
)


def advise(comparison: pd.DataFrame) -> tuple[str, ...]:
    """Which framing to use, from a line each and a last one for the naive answer; the first sentence is the advice.

    They are judged on unseen sequences where there are any, since a network may know by heart what it was trained on.
    Those whose errors are not finite have diverged, and are judged by nothing.
    """
    naive, framings = comparison.iloc[-1], comparison.iloc[:-1]
    judged, where = ("unseen_mae", "on unseen sequences") if "unseen_mae" in comparison else ("mae", "on these rows")
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
    if only["right_to_one_decimal"] == 1:
        learnt = "has learnt every value to one decimal"
    elif only["mae"] < naive["mae"]:
        learnt = "is better than the naive answer, but has not learnt every value to one decimal"
    else:
        learnt = "has learnt nothing"
    errors = f"{only['mae']:.2g} on what it was trained on, where {_name(naive)} is off by {naive['mae']:.2g}"
    return f"{only['framing']} {learnt}: its mean error is {errors}."


def _name(naive: pd.Series) -> str:
    """`naive: mean` -> `the naive answer (mean)`."""
    return f"the naive answer ({str(naive['framing']).removeprefix('naive: ')})"


def _by_heart(ranked: pd.DataFrame, naive: pd.Series) -> Iterator[str]:
    """Those that are better than the naive answer on what they were trained on, and there alone."""
    if "unseen_mae" not in ranked:
        return
    by_heart = ranked[(ranked["mae"] < naive["mae"]) & (ranked["unseen_mae"] >= naive["unseen_mae"])]
    if len(by_heart):
        verb = "knows" if len(by_heart) == 1 else "know"
        yield (
            f"{_list(by_heart['framing'])} {verb} the training sequences by heart: on unseen ones no better than the "
            f"naive answer, which is off by {naive['unseen_mae']:.2g}. More sequences help: problem.sequences."
        )


def _right(ranked: pd.DataFrame, count: int) -> Iterator[str]:
    right = ranked[ranked["right_to_one_decimal"] == 1]
    if count > 1:
        yield (
            f"{len(right)} of {count} get every value that they were trained on right to one decimal"
            + (f": {_list(right['framing'])}." if 0 < len(right) < count else ".")
        )


def advise_seeds(study: pd.DataFrame) -> tuple[str, ...]:
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
