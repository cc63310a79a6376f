"""Conclusion of a comparison on sequences with labels. Every sentence follows from the tests that rank the models."""

from collections.abc import Iterator, Sequence
from math import isnan

import pandas as pd

from seqframe.errors import UserError, count_noun
from seqframe.evaluation.bootstrap import MIN_INDEPENDENT
from seqframe.evaluation.conclusions import Conclusion, group_by_outcome, make_conclusion
from seqframe.evaluation.label_leaderboard import LabelResult
from seqframe.evaluation.phrases import format_p
from seqframe.evaluation.significance import SIGNIFICANCE_LEVEL, Pair


def conclude_labels(result: LabelResult) -> Conclusion:
    """Recommend the model with the smallest validation log loss, unless another one is significantly better.

    Raises:
        UserError: All framings diverged.
    """
    selection, ranking = result.selection, result.ranking
    if not selection.framings:
        raise UserError(
            f"A comparison needs one framing with finite probabilities. Received: {'; '.join(result.diverged)}, all "
            "diverged. Lower training.learning_rate."
        )
    recommended = ranking.recommend(selection.model)
    sentences = _sentences(result, recommended)
    return make_conclusion(selection, ranking, result.leaderboard, recommended, sentences, "accuracy")


def _sentences(result: LabelResult, recommended: str) -> Iterator[str]:
    headline, used = _headline(result, recommended)
    yield headline
    if not result.size.sufficient:
        yield (
            f"Not ranked: too few test sequences ({result.size.series}; {MIN_INDEPENDENT} are needed). "
            "Raise backtest.test_size."
        )
    yield from _against_baselines(result, used)
    yield from _against_framings(result, used)
    yield _selected(result)
    if result.diverged:
        yield f"Diverged (a probability is not finite), not ranked: {'; '.join(result.diverged)}."


def _headline(result: LabelResult, recommended: str) -> tuple[str, tuple[Pair, ...]]:
    """The recommendation with its accuracy, and the comparison that it quotes: with the best baseline."""
    ranking, selection = result.ranking, result.selection
    accuracy = f"{recommended}, {_accuracy(result, recommended)}"
    selected = selection.model
    if recommended != selected:
        pair = ranking.pair(recommended, selected)
        if pair is not None and pair.significant:
            return f"Use {accuracy}: {_outcome(pair, recommended)}, which has the smallest validation loss.", (pair,)
        return f"Use {accuracy}.", ()
    baselines = [*selection.learned, *selection.naive]
    pairs = [pair for pair in ranking.pairs if recommended in (pair.better, pair.worse)]
    pairs = [pair for pair in pairs if pair.other(recommended) in baselines]
    if recommended in baselines or not pairs:
        return f"Use {accuracy}: it has the smallest validation loss.", ()
    best = min(pairs, key=lambda pair: ranking.loss[pair.other(recommended)])
    if best.significant or not result.size.sufficient:
        return f"Use {accuracy}: it {_outcome(best, recommended)}.", (best,)
    other = best.other(recommended)
    gain = f", {_side(best, recommended)} by {_test(best)}" if best.difference else ", which is as accurate"
    return f"No significant gain over {other}: {accuracy}{gain}.", (best,)


def _against_baselines(result: LabelResult, used: Sequence[Pair]) -> Iterator[str]:
    """The framing with the smallest validation loss, compared with each baseline."""
    best, baselines = result.selection.framing, {*result.selection.naive, *result.selection.learned}
    for pair in result.ranking.pairs:
        if pair not in used and best in (pair.better, pair.worse) and pair.other(best) in baselines:
            yield f"{best}, {_accuracy(result, best)}, {_outcome(pair, best)}."


def _against_framings(result: LabelResult, used: Sequence[Pair]) -> Iterator[str]:
    """All other framings, compared with the one with the smallest validation loss."""
    best, framings = result.selection.framing, result.selection.framings
    pairs = [pair for pair in result.ranking.pairs if best in (pair.better, pair.worse) and pair not in used]
    pairs = [pair for pair in pairs if pair.other(best) in framings]
    for outcome, members in group_by_outcome(pairs, best).items():
        listed = "; ".join(
            f"{pair.other(best)}, {_accuracy(result, pair.other(best))} ({_test(pair)})" for pair in members
        )
        yield f"{outcome if result.size.sufficient else 'Compared with'} {best}: {listed}."


def _selected(result: LabelResult) -> str:
    """How the model was selected."""
    validated = (
        f"by cross-validation on the {result.cross_validated} sequences that are not for testing"
        if result.cross_validated
        else "on validation sequences"
    )
    name, count = result.selection.model, count_noun(len(result.selection.selectable), "model")
    return f"Selected {validated}: {name} has the smallest log loss of {count}."


def _accuracy(result: LabelResult, model: str) -> str:
    """Accuracy on the test sequences with its interval, such as `97.8% [96.1, 99.0]`."""
    row: pd.Series = result.leaderboard.set_index("model").loc[model]
    if isnan(row["accuracy_low"]):
        return f"{100 * row['accuracy']:.1f}%"
    return f"{100 * row['accuracy']:.1f}% [{100 * row['accuracy_low']:.1f}, {100 * row['accuracy_high']:.1f}]"


def _outcome(pair: Pair, subject: str) -> str:
    """Such as `beats logistic regression by 3.2 points [1.4, 5.1], p < 0.001`."""
    other = pair.other(subject)
    if not pair.difference:
        return f"is as accurate as {other}"
    if isnan(pair.p):
        return f"is {_side(pair, subject)} {other} by {_test(pair)}"
    if not pair.significant:
        return f"is not significantly different from {other}: {_side(pair, subject)} by {_test(pair)}"
    return f"{'beats' if pair.better == subject else 'is beaten by'} {other} by {_test(pair)}"


def _side(pair: Pair, subject: str) -> str:
    return "above" if pair.better == subject else "below"


def _test(pair: Pair) -> str:
    """Difference in percentage points, its interval and its p-value; the corrected one where it changes the outcome."""
    difference = f"{_points(pair.difference)} points"
    if isnan(pair.p):
        return difference
    changed = not pair.significant and pair.p < SIGNIFICANCE_LEVEL
    corrected = f", Holm-corrected {format_p(pair.p_holm)}" if changed else ""
    return f"{difference} [{_points(pair.low)}, {_points(pair.high)}], {format_p(pair.p)}{corrected}"


def _points(share: float) -> str:
    """A share in percentage points; zero has no sign.

    >>> _points(0.0123), _points(-0.0001)
    ('1.2', '0.0')
    """
    return f"{round(100 * share, 1) + 0.0:.1f}"
