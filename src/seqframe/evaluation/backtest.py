"""Backtest of a framing: networks from several seeds in every fold, each forecasting its validation and test split."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from time import perf_counter

import numpy as np

from seqframe.config import TrainingSettings
from seqframe.data.windows import Floats
from seqframe.evaluation.costs import ensemble_costs, network_costs
from seqframe.evaluation.folds import Folds
from seqframe.forecasting.baselines import Baseline, select_baselines
from seqframe.forecasting.fitted import FitError
from seqframe.forecasting.predict import forecast_tails
from seqframe.framings import Framing
from seqframe.networks.spec import NetworkSpec
from seqframe.training.checkpoint import CheckpointStore
from seqframe.training.events import Message, TrainingHistory, emit
from seqframe.training.runs import Executor, fit_runs, run_serially


@dataclass(frozen=True)
class ModelForecasts:
    """Forecasts of a model in every fold, in physical units.

    Attributes:
        name: Name on the leaderboard.
        test: Forecasts of all test origins, fold after fold: (runs, origins, horizon, targets). There is one run per
            seed, and one for a model without a seed.
        validation: Forecasts of the validation origins of each fold, which calibrate the prediction intervals: (runs,
            origins, horizon, targets).
        costs: Number of parameters, seconds, milliseconds and megabytes, by column of the leaderboard.
        framing: Name of the framing; empty for baselines.
        linear_skip: Whether the networks have a linear skip connection.
        recurrent: Whether the networks have a recurrent layer.
        test_tails: Tails of the forecasts in `test`, (runs, 2, origins, horizon, targets), where networks predict
            quantiles: see `forecast_tails`. None otherwise.
        validation_tails: The same for `validation`; empty otherwise.
    """

    name: str
    test: Floats
    validation: tuple[Floats, ...]
    costs: Mapping[str, float] = field(default_factory=dict)
    framing: str = ""
    linear_skip: bool = False
    recurrent: bool = False
    test_tails: Floats | None = None
    validation_tails: tuple[Floats, ...] = ()

    def mean(self, name: str, costs: Mapping[str, float]) -> "ModelForecasts":
        """The mean over the runs, as one run of a model with another name."""
        with np.errstate(invalid="ignore"):  # a diverged network may forecast both infinities
            return replace(
                self,
                name=name,
                costs=costs,
                test=_mean_over_runs(self.test),
                validation=tuple(map(_mean_over_runs, self.validation)),
                test_tails=None if self.test_tails is None else _mean_over_runs(self.test_tails),
                validation_tails=tuple(map(_mean_over_runs, self.validation_tails)),
            )


def forecast_baselines(folds: Folds, names: Sequence[str] | None = None) -> tuple[ModelForecasts, ...]:
    """Forecasts of the baselines that apply to the task: all naive ones, and the fitted ones that are named.

    None names those that take part by default. A baseline that cannot be fitted is skipped, and the reason is emitted.
    """
    baselines = select_baselines(names, folds.design.task, folds.design.seasons or (1,))
    return tuple(_forecast_each(baselines, folds))


def _forecast_each(baselines: Sequence[Baseline], folds: Folds) -> Iterator[ModelForecasts]:
    for baseline in baselines:
        try:
            yield _forecast_baseline(baseline, folds)
        except FitError as error:
            emit(Message(f"Skipped {baseline.title}: {error}"))


def _forecast_baseline(baseline: Baseline, folds: Folds) -> ModelForecasts:
    test, validation, seconds, parameters = [], [], [], 0
    for dataset in folds.datasets:
        started = perf_counter()
        fitted = baseline.fit(dataset, folds.design.seasons or (1,))
        validation.append(baseline.forecast(fitted, dataset, dataset.validation)[None])
        test.append(baseline.forecast(fitted, dataset, dataset.test))
        seconds.append(perf_counter() - started)  # models of single series are fitted when they forecast
        parameters = sum(int(np.count_nonzero(array)) for array in fitted.values() if array.dtype.kind == "f")
    costs = {"training_s": float(np.mean(seconds))} | ({"parameters": float(parameters)} if parameters else {})
    return ModelForecasts(
        baseline.name, np.concatenate(test)[None], tuple(validation), costs if baseline.learned else {}
    )


@dataclass(frozen=True)
class BacktestRun:
    """One network of a backtest.

    Attributes:
        fold: Number of the fold, from 1.
        seed: Seed of the initial weights.
        history: Losses of the training.
        validation: Forecasts of the validation split: (origins, horizon, targets), physical units.
        test: Forecasts of the test split: (origins, horizon, targets), physical units.
        forecast_ms: Milliseconds per forecast, where all forecasts of the test split are made together.
        peak_memory_mb: Peak memory of the process that trained it, in megabytes; None where it is unknown.
        validation_tails: Tails of the forecasts of the validation split, (2, origins, horizon, targets), where
            networks predict quantiles; None otherwise.
        test_tails: The same for the test split.
    """

    fold: int
    seed: int
    history: TrainingHistory
    validation: Floats
    test: Floats
    forecast_ms: float
    peak_memory_mb: float | None
    validation_tails: Floats | None = None
    test_tails: Floats | None = None


@dataclass(frozen=True)
class BacktestRuns:
    """All networks of a framing.

    Attributes:
        framing: The framing.
        spec: Its network.
        each: The networks, fold after fold, and within a fold seed after seed.
    """

    framing: Framing
    spec: NetworkSpec
    each: tuple[BacktestRun, ...]

    def forecasts(self) -> tuple[ModelForecasts, ...]:
        """Models of the leaderboard: the single network, averaged over seeds, and the ensemble of several seeds.

        With one seed there is only the single network. The last model is the one that represents the framing.
        """
        seeds = sorted({run.seed for run in self.each})
        by_seed = [[run for run in self.each if run.seed == seed] for seed in seeds]
        test = np.stack([np.concatenate([run.test for run in runs]) for runs in by_seed])
        validation = tuple(np.stack([run.validation for run in fold]) for fold in zip(*by_seed, strict=True))
        name, kind = self.framing.name, (bool(self.spec.skip), self.spec.recurrent)
        costs = network_costs(self.spec, self.each)
        single = ModelForecasts(name, test, validation, costs, name, *kind, *_tails(by_seed))
        if len(seeds) == 1:
            return (single,)
        return single, single.mean(ensemble_name(name, len(seeds)), ensemble_costs(costs, len(seeds)))


def _tails(by_seed: Sequence[Sequence[BacktestRun]]) -> tuple[Floats | None, tuple[Floats, ...]]:
    """Tails of the test forecasts, and of the validation forecasts of each fold, of the runs of every seed."""
    test = [[run.test_tails for run in runs if run.test_tails is not None] for runs in by_seed]
    if not test[0]:
        return None, ()
    folds = zip(*by_seed, strict=True)
    validation = [[run.validation_tails for run in fold if run.validation_tails is not None] for fold in folds]
    return np.stack([np.concatenate(all_tails, axis=1) for all_tails in test]), tuple(map(np.stack, validation))


def _mean_over_runs(forecasts: Floats) -> Floats:
    """Mean over runs, as one run: (runs, ...) -> (1, ...)."""
    mean: Floats = forecasts.mean(axis=0, keepdims=True)
    return mean


def list_models(baselines: Sequence[ModelForecasts], runs: Sequence[BacktestRuns]) -> list[ModelForecasts]:
    """All models of a backtest: the baselines, and for each framing the single network and the ensemble."""
    return [*baselines, *(model for each in runs for model in each.forecasts())]


def ensemble_name(framing: str, seeds: int) -> str:
    """Name of the mean forecast of the networks trained from several seeds, such as `dense (ensemble of 3)`."""
    return f"{framing} (ensemble of {seeds})"


def run_backtest(
    spec: NetworkSpec,
    framing: Framing,
    folds: Folds,
    training: TrainingSettings,
    checkpoints: CheckpointStore | None = None,
    executor: Executor = run_serially,
) -> BacktestRuns:
    """Train one network per fold and seed, and forecast the validation part and the test part of its fold."""
    from seqframe.networks.build import predict

    runs = []
    for fit in fit_runs(spec, framing, folds.datasets, training, range(training.n_seeds), checkpoints, executor):
        dataset = folds.datasets[fit.fold - 1]
        model = partial(predict, fit.network)
        validation, val_tails = forecast_tails(model, framing, dataset, dataset.validation, spec.quantiles)
        started = perf_counter()
        test, tails = forecast_tails(model, framing, dataset, dataset.test, spec.quantiles)
        ms = (perf_counter() - started) / len(dataset.test) * 1000
        forecasts = (validation, test, ms, fit.peak_memory_mb, val_tails, tails)
        runs.append(BacktestRun(fit.fold, fit.seed, fit.history, *forecasts))
    return BacktestRuns(framing, spec, tuple(runs))
