"""The comparisons that a backtest tests: chosen by validation errors and by kind of model, before any test is made."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf, isfinite, isnan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqframe.data.windows import Floats
from seqframe.evaluation.backtest import ModelForecasts
from seqframe.evaluation.bootstrap import Bootstrap, SampleSize
from seqframe.evaluation.candidate_errors import CandidateErrors, mean_of_blocks, simplest
from seqframe.evaluation.folds import Folds
from seqframe.evaluation.metrics import MASE, MetricInputs, errors_of_origins, mean_per_time
from seqframe.evaluation.significance import Pair, compare_pairs, mean_loss, rank_models
from seqframe.forecasting.baselines import RIDGE, baseline_names


@dataclass(frozen=True)
class ModelScores:
    """Scores of a model, without its forecasts.

    Attributes:
        name: Name on the leaderboard.
        framing: Name of the framing; empty for baselines.
        linear_skip: Whether the networks have a linear skip connection.
        recurrent: Whether the networks have a recurrent layer.
        costs: Costs by column of the leaderboard.
        validation_mase: MASE on the validation splits.
        validation_errors: The same, and the MASE of blocks of neighboring forecast times.
        metrics: Metrics on the test splits, by name.
        by_horizon: MASE at every forecast step: one row per step.
        losses: Mean scaled error of each forecast, (times, series); None if the model diverged.
    """

    name: str
    framing: str
    linear_skip: bool
    recurrent: bool
    costs: Mapping[str, float]
    validation_mase: float
    validation_errors: CandidateErrors
    metrics: Mapping[str, float]
    by_horizon: Sequence[Mapping[str, Any]]
    losses: Floats | None


@dataclass(frozen=True)
class Selection:
    """Models of a backtest by their kind, and the choice among them on validation rows.

    Attributes:
        framings: The model of each framing: its ensemble, or its only network.
        naive: Baselines without fitted parameters.
        learned: Baselines with fitted parameters, such as ridge regression.
        validation: Validation MASE of each model, by name.
        eligible: The framings that may be selected; None for all. With few validation forecasts, these are the ones
            with a linear skip connection: they differ little from the linear model, so a wrong choice costs little.
        simplest: The simplest eligible framing whose validation error is close to the smallest; None to select the
            smallest one.
    """

    framings: tuple[str, ...]
    naive: tuple[str, ...]
    learned: tuple[str, ...]
    validation: Mapping[str, float]
    eligible: tuple[str, ...] | None = None
    simplest: str | None = None

    @property
    def candidates(self) -> tuple[str, ...]:
        """The models that are compared: baselines, and framings without their single networks."""
        return (*self.naive, *self.learned, *self.framings)

    @property
    def selectable(self) -> tuple[str, ...]:
        """The candidates among which one is selected."""
        framings = self.framings if self.eligible is None else self.eligible
        return (*self.naive, *self.learned, *framings)

    @property
    def model(self) -> str:
        """A baseline that has the smallest validation error, or else the selected framing; empty without candidates."""
        smallest = self._smallest(self.selectable)
        return self.framing if smallest in self.framings else smallest

    @property
    def framing(self) -> str:
        """The model of the selected framing; empty without framings."""
        return self.simplest or self._smallest(name for name in self.selectable if name in self.framings)

    @property
    def reason(self) -> str:
        """Why `model` is selected, as a predicate."""
        if self.model == self._smallest(self.selectable):
            return "has the smallest validation error"
        return "is the simplest framing close to the smallest validation error"

    def _smallest(self, names: Iterable[str]) -> str:
        errors = {name: self.validation[name] for name in names}
        return min(errors, key=lambda name: inf if isnan(errors[name]) else errors[name], default="")


def select_models(models: Sequence[ModelScores], folds: Folds) -> Selection:
    """Validation errors of all models, and the choice by them. Test rows are not used."""
    framings = {model.framing: model.name for model in models if model.framing}  # the last one: the ensemble
    networks = [model for model in models if model.name in framings.values()]
    linear = [model for model in networks if model.linear_skip]
    restricted = bool(linear) and not has_enough_validation(folds)
    learned = set(baseline_names(learned=True))
    baselines = [model.name for model in models if not model.framing]
    return Selection(
        framings=tuple(framings.values()),
        naive=tuple(name for name in baselines if name in baseline_names(learned=False)),
        learned=tuple(name for name in baselines if name in learned),
        validation={model.name: model.validation_mase for model in models},
        eligible=tuple(model.name for model in linear) if restricted else None,
        simplest=_simplest_framing(linear if restricted else networks),
    )


def _simplest_framing(models: Sequence[ModelScores]) -> str | None:
    """The simplest model whose validation error is close to the smallest; None without models.

    A network without a recurrent layer is simpler than one with it, then one with fewer parameters.
    """
    if not models:
        return None
    complexity = [(model.recurrent, model.costs.get("parameters", 0.0)) for model in models]
    return models[simplest([model.validation_errors for model in models], complexity)].name


def validation_errors(model: ModelForecasts, folds: Folds, mase: float) -> CandidateErrors:
    """`mase`, the result of `validation_mase`, and the MASE of blocks of neighboring forecast times of each fold."""
    if not isfinite(mase):
        return CandidateErrors()
    overlap, blocks = folds.count_overlap(folds.validation_origins), []
    for number, forecasts in enumerate(model.validation):
        y_true, scale, times = _validation_split(folds, number)
        errors = mean_per_time(errors_of_origins(y_true, forecasts, scale), times)
        blocks.append(mean_of_blocks(errors, overlap))
    return CandidateErrors(mase, np.concatenate(blocks), overlap)


def has_enough_validation(folds: Folds) -> bool:
    """Whether the validation splits have enough forecasts that do not overlap, or enough series."""
    origins = folds.validation_origins
    times = origins["time"].nunique() // folds.count_overlap(origins)
    return SampleSize(times, origins["sequence"].nunique()).sufficient


def validation_mase(model: ModelForecasts, folds: Folds) -> float:
    """MASE on the validation splits of all folds, averaged over the runs of a model.

    The scales are the same as on the test splits: in-sample errors of seasonal naive in the training split of a fold.
    """
    errors = [fold_errors(forecasts, folds, number) for number, forecasts in enumerate(model.validation)]
    return float(np.nanmean(errors)) if not np.isnan(errors).all() else float("nan")


def fold_errors(forecasts: Floats, folds: Folds, number: int) -> list[float]:
    """MASE of each run on the validation split of a fold, counted from 0.

    `forecasts` is (runs, origins, horizon, targets).
    """
    y_true, scale, times = _validation_split(folds, number)
    return [MASE.of_backtest(MetricInputs(y_true, run, scale, None, times)) for run in forecasts]


def _validation_split(folds: Folds, number: int) -> tuple[Floats, Floats, NDArray[Any]]:
    """Actual values, scales and times of the validation origins of a fold, counted from 0."""
    of_fold = (folds.validation_origins["fold"] == number + 1).to_numpy()
    dataset, times = folds.datasets[number], folds.validation_origins["time"].to_numpy()[of_fold]
    return dataset.actuals(dataset.validation), folds.validation_scale[of_fold], times


@dataclass(frozen=True)
class Ranking:
    """Result of the tests.

    Attributes:
        loss: Mean loss of each model, by name, the best first.
        best_naive: The baseline without fitted parameters that has the smallest mean loss; empty without one.
        pairs: The comparisons.
        ranks: Rank of each compared model, by name; empty with too few forecasts.
    """

    loss: Mapping[str, float]
    best_naive: str
    pairs: tuple[Pair, ...]
    ranks: Mapping[str, int]

    def pair(self, one: str, other: str) -> Pair | None:
        """The comparison of two models, by their names in any order; None if they were not compared."""
        return next((pair for pair in self.pairs if {pair.better, pair.worse} == {one, other}), None)

    def better_than(self, name: str) -> tuple[str, ...]:
        """Models that are significantly better than a model."""
        return tuple(pair.better for pair in self.pairs if pair.significant and pair.worse == name)

    def recommend(self, selected: str) -> str:
        """The selected model; or, where models are significantly better, the best one to which none is."""
        while better := self.better_than(selected):
            selected = min(better, key=lambda name: self.loss[name])
        return selected


def rank_by_comparisons(
    losses: Mapping[str, Floats], selection: Selection, bootstrap: Bootstrap, reference: str = RIDGE.name
) -> Ranking:
    """Compare and rank models by their losses (times, series), which are NaN at the same places.

    Models without losses, which diverged, are not compared. `reference` is the linear baseline of the comparisons.
    """
    means = {name: mean_loss(each) for name, each in losses.items()}
    loss = dict(sorted(means.items(), key=lambda item: item[1]))
    naive = min((name for name in selection.naive if name in loss), key=lambda name: loss[name], default="")
    pairs, n_primary = choose_pairs(
        selection, naive, [name for name in selection.candidates if name in loss], reference
    )
    tests = compare_pairs(losses, pairs, bootstrap, n_primary)
    compared = {name for pair in pairs for name in pair}
    of_compared = {name: each for name, each in loss.items() if name in compared}
    ranks = rank_models(of_compared, tests) if bootstrap.size.sufficient else {}
    return Ranking(loss, naive, tests, ranks)


def choose_pairs(
    selection: Selection, naive: str, compared: Sequence[str], reference: str = RIDGE.name
) -> tuple[list[tuple[str, str]], int]:
    """The pairs of models to test, without repetitions, and the number of primary ones, which are first.

    Primary: the selected framing, with the best naive baseline and with the linear baseline `reference`, ridge
    regression for forecasts.
    Others: every other framing with the same two baselines; and the selected framing with every other framing, with
    every other learned baseline, and with the selected model. Single networks, and baselines among each other, are not
    compared.
    """
    chosen = selection.framing
    if chosen not in compared:
        return [], 0
    others = [name for name in selection.framings if name in compared and name != chosen]
    baselines = [name for name in (naive, reference) if name in compared]
    primary = [(chosen, baseline) for baseline in baselines]
    with_baselines = [(name, baseline) for name in others for baseline in baselines]
    controlled = [*others, *selection.learned, selection.model]
    with_chosen = [(chosen, name) for name in controlled if name in compared and name != chosen]
    return list(dict.fromkeys([*primary, *with_baselines, *with_chosen])), len(primary)
