"""Conclusion of a backtest: which model to use and why. Every sentence follows from the tests that rank the models."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite, nan

import numpy as np
import pandas as pd

from seqframe.errors import UserError, count_noun, join_words
from seqframe.evaluation.bootstrap import MIN_INDEPENDENT, SampleSize
from seqframe.evaluation.comparisons import Ranking, Selection
from seqframe.evaluation.leaderboard import BacktestResult
from seqframe.evaluation.metrics import MASE
from seqframe.evaluation.phrases import choose_verb, describe_error, describe_test, format_error
from seqframe.evaluation.significance import Pair
from seqframe.forecasting.baselines import all_baselines
from seqframe.framings import FRAMINGS


@dataclass(frozen=True)
class Conclusion:
    """Conclusion of a backtest.

    Attributes:
        framing: Name of the selected framing.
        model: Its model on the leaderboard: the ensemble, or the only network.
        beats_baseline: Whether this model is significantly better than the best naive baseline on the test rows.
        sentences: The conclusion in sentences; the first one is the recommendation.
        selected: Name of the selected model on the leaderboard: the selected framing's, or a baseline.
        recommended: Name of the recommended model: the selected one, or a significantly better one.
        refit: Framing or baseline of the recommended model, which is refitted and saved.
        scores: Test score of the recommended model, by the name of the metric; the score of the best naive baseline, as
            `<metric>_baseline`; and the p-value of the comparison of `model` with that baseline, as `p_value`. Scores
            that do not exist are omitted.
    """

    framing: str
    model: str
    beats_baseline: bool
    sentences: tuple[str, ...]
    selected: str
    recommended: str
    refit: str
    scores: Mapping[str, float] = field(default_factory=dict)


def conclude(result: BacktestResult) -> Conclusion:
    """Recommend the model that is selected on validation rows, unless another one is significantly better on test rows.

    Raises:
        UserError: All framings diverged.
    """
    selection, ranking = result.selection, result.ranking
    if not selection.framings:
        raise UserError(
            f"A comparison needs one framing with finite forecasts. Received: {'; '.join(result.diverged)}, all "
            "diverged. Lower training.learning_rate, or set task.instance_norm to mean."
        )
    recommended = ranking.recommend(selection.model)
    sentences = _sentences(result, recommended)
    return make_conclusion(selection, ranking, result.leaderboard, recommended, sentences, MASE.name)


def refit_message(name: str, conclusion: Conclusion) -> str:
    """What is refitted and why, with a warning if no framing beats the naive baselines."""
    if name != conclusion.refit:
        return f"Refitting {name} (backtest.refit). The recommended model is {conclusion.recommended}."
    reason = f"Refitting {name}, the recommended model."
    if name == conclusion.framing and not conclusion.beats_baseline:
        return f"{reason} Warning: no significant gain over the best naive baseline."
    return reason


def make_conclusion(
    selection: Selection,
    ranking: Ranking,
    leaderboard: pd.DataFrame,
    recommended: str,
    sentences: Iterable[str],
    metric: str,
) -> Conclusion:
    """The conclusion that recommends a model of a leaderboard, in these sentences, with its score by a metric."""
    gain = ranking.pair(selection.framing, ranking.best_naive)
    by_model = leaderboard.set_index("model")
    framings = by_model["framing"]
    scores = {
        metric: by_model[metric].get(recommended, nan),
        f"{metric}_baseline": by_model[metric].get(ranking.best_naive, nan),
        "p_value": nan if gain is None else gain.p,
    }
    return Conclusion(
        framing=str(framings[selection.framing]),
        model=selection.framing,
        beats_baseline=gain is not None and gain.significant and gain.better == selection.framing,
        sentences=tuple(sentences),
        selected=selection.model,
        recommended=recommended,
        refit=str(framings[recommended]) or recommended,
        scores={name: float(score) for name, score in scores.items() if isfinite(score)},
    )


def group_by_outcome(pairs: Sequence[Pair], best: str) -> dict[str, list[Pair]]:
    """Comparisons of `best` with other models, by the outcome for the other one; outcomes without any are omitted."""
    groups = {
        "Significantly better than": [pair for pair in pairs if pair.significant and pair.worse == best],
        "Significantly worse than": [pair for pair in pairs if pair.significant and pair.better == best],
        "Not significantly different from": [pair for pair in pairs if not pair.significant],
    }
    return {outcome: members for outcome, members in groups.items() if members}


def _sentences(result: BacktestResult, recommended: str) -> Iterator[str]:
    if result.constant and not any(result.ranking.loss.values()):
        yield f"Use {_title(recommended)}: the series is constant, and every model forecasts the constant."
        return
    headline, used = _headline(result, recommended)
    yield headline
    yield from _sample(result.size)
    pairs = [pair for pair in result.ranking.pairs if pair not in used]
    yield from _against_baselines(result, pairs)
    yield from _against_framings(result, pairs)
    yield from _gains_of_others(result)
    yield from _caveats(result)


def _headline(result: BacktestResult, recommended: str) -> tuple[str, tuple[Pair, ...]]:
    """The recommendation, and the comparisons that it quotes."""
    selection, ranking = result.selection, result.ranking
    selected, naive = selection.model, ranking.best_naive
    if recommended != selected:
        beaten = [pair for pair in ranking.pairs if pair.significant and pair.better == recommended]
        pair = next((pair for pair in beaten if pair.worse == selected), beaten[0])
        reason = f", which {selection.reason}" if pair.worse == selected else ""
        relative = f"{_relative(result, pair, recommended)} than {_title(pair.worse)}{reason}"
        return f"Use {_title(recommended)}: {relative} ({describe_test(pair)}).", (pair,)
    gain = ranking.pair(selected, naive) if selected != naive else None
    if gain is None:
        return (
            f"Use {_title(selected)}: it {selection.reason} (MASE {format_error(selection.validation[selected])}).",
            (),
        )
    comparison = _compare(result, gain, selected)
    if not result.size.sufficient:
        return f"{_title(selected)} {selection.reason}. On the test rows it has {comparison}.", (gain,)
    if gain.significant:
        return f"Use {_title(selected)}: {comparison}.", (gain,)
    return f"No significant gain over {_title(naive)}: {_describe(result, gain, selected)}.", (gain,)


def _sample(size: SampleSize) -> Iterator[str]:
    """What the tests are based on, where it is not the usual number of forecast times."""
    if not size.sufficient:
        counted = f"{size.times} non-overlapping; {MIN_INDEPENDENT} are needed"
        if size.series > 1:
            counted = (
                f"{count_noun(size.times, 'non-overlapping forecast time')} of {size.series} series; {MIN_INDEPENDENT} "
                f"times or {MIN_INDEPENDENT} series are needed"
            )
        yield f"Not ranked: too few test forecasts ({counted}). Raise backtest.test_size or backtest.n_folds."
    elif not size.over_times:
        yield (
            f"Tested over {size.series} series, which are assumed to be independent: the test splits contain "
            f"{count_noun(size.times, 'non-overlapping forecast time')}, and tests over time need {MIN_INDEPENDENT}."
        )


def _against_baselines(result: BacktestResult, pairs: Sequence[Pair]) -> Iterator[str]:
    """The selected framing, compared with each baseline."""
    best, baselines = result.selection.framing, {*result.selection.naive, *result.selection.learned}
    for pair in pairs:
        if best not in (pair.better, pair.worse) or pair.other(best) not in baselines:
            continue
        other, side = pair.other(best), "better" if pair.better == best else "worse"
        if not result.size.sufficient:
            outcome = ""
        elif pair.significant:
            outcome = f"is significantly {side} than {_title(other)}: "
        elif other == result.ranking.best_naive:
            outcome = f"has no significant gain over {_title(other)}: "
        else:
            outcome = f"is not significantly {side} than {_title(other)}: " if pair.difference else ""
        detail = f"{_relative(result, pair, best)} ({describe_test(pair)})"
        yield f"{best} {outcome}{detail}." if outcome else f"{best} has {_compare(result, pair, best)}."


def _against_framings(result: BacktestResult, pairs: Sequence[Pair]) -> Iterator[str]:
    """All other framings, compared with the selected one."""
    best, framings = result.selection.framing, result.selection.framings
    with_best = [pair for pair in pairs if best in (pair.better, pair.worse) and pair.other(best) in framings]
    for outcome, members in group_by_outcome(with_best, best).items():
        listed = "; ".join(_describe(result, pair, pair.other(best)) for pair in members)
        yield f"{outcome if result.size.sufficient else 'Compared with'} {best}: {listed}."


def _gains_of_others(result: BacktestResult) -> Iterator[str]:
    """Framings that are significantly better than the best naive baseline, where the selected framing is not."""
    best, naive = result.selection.framing, result.ranking.best_naive
    gains = [
        pair
        for pair in result.ranking.pairs
        if pair.significant and pair.worse == naive and pair.better in result.selection.framings
    ]
    if gains and best not in {pair.better for pair in gains}:
        listed = "; ".join(_describe(result, pair, pair.better) for pair in gains)
        yield f"Significantly better than {_title(naive)}: {listed}."


def _caveats(result: BacktestResult) -> Iterator[str]:
    if result.selection.eligible is not None and set(result.selection.eligible) != set(result.selection.framings):
        yield (
            f"The validation splits contain fewer than {MIN_INDEPENDENT} non-overlapping forecasts: a framing is "
            "selected among those with a linear skip connection."
        )
    if result.diverged:
        yield f"Diverged (a forecast is not finite), not ranked: {'; '.join(result.diverged)}."
    if np.isinf(result.leaderboard["interval_width"]).any():
        yield "Some intervals are infinite: forecasts of a validation split are not finite."
    compared = set(result.leaderboard["framing"][~result.leaderboard["model"].isin(result.diverged)])
    names = [framing.name for framing in FRAMINGS if framing.recursive and framing.name in compared]
    if names:
        verb = choose_verb(names, "forecasts", "forecast")
        yield f"{join_words(names, 'and')} {verb} recursively: each prediction is the next input."


def _compare(result: BacktestResult, pair: Pair, subject: str) -> str:
    """Such as `31% lower MASE than seasonal naive (difference 0.31, 95% interval 0.12 to 0.49, p = 0.004)`."""
    other = pair.other(subject)
    than = "than" if pair.difference else "as"
    return f"{_relative(result, pair, subject)} {than} {_title(other)} ({describe_test(pair)})"


def _describe(result: BacktestResult, pair: Pair, subject: str) -> str:
    """A model and its difference from the other one of a pair."""
    return f"{subject}, {_relative(result, pair, subject)} ({describe_test(pair)})"


def _relative(result: BacktestResult, pair: Pair, subject: str) -> str:
    loss = result.ranking.loss
    return describe_error(loss[subject], loss[pair.other(subject)] if pair.difference else loss[subject])


def _title(model: str) -> str:
    """Name of a model in sentences."""
    return next((baseline.title for baseline in all_baselines() if baseline.name == model), model)
