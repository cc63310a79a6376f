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
from seqframe.forecasting.fitted import FitError, Fitted
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


@dataclass(frozen=True)
class FittedBaseline:
    """A baseline that is fitted in every fold, and forecasts again when it is scored: naive forecasts take little time.

    Attributes:
        baseline: The baseline.
        folds: The folds.
        fitted: What is fitted in each fold.
        learned: The forecasts of a baseline with fitted parameters, whose forecasts may take long; None otherwise.
    """

    baseline: Baseline
    folds: Folds
    fitted: tuple[Fitted, ...]
    learned: ModelForecasts | None

    @property
    def name(self) -> str:
        """Name on the leaderboard."""
        return self.baseline.name

    def forecasts(self) -> ModelForecasts:
        """Its forecasts in every fold."""
        if self.learned is not None:
            return self.learned
        return _forecast_baseline(self.baseline, self.fitted, self.folds)


def forecast_baselines(folds: Folds, names: Sequence[str] | None = None) -> tuple[ModelForecasts, ...]:
    """Forecasts of the baselines that `fit_baselines` fits."""
    return tuple(each.forecasts() for each in fit_baselines(folds, names))


def fit_baselines(folds: Folds, names: Sequence[str] | None = None) -> tuple[FittedBaseline, ...]:
    """Fit the baselines that apply to the task: all naive ones, and the fitted ones that are named.

    None names those that take part by default. A baseline that cannot be fitted is skipped, and the reason is emitted.
    """
    baselines = select_baselines(names, folds.design.task, folds.design.seasons or (1,))
    return tuple(_fit_each(baselines, folds))


def _fit_each(baselines: Sequence[Baseline], folds: Folds) -> Iterator[FittedBaseline]:
    for baseline in baselines:
        try:
            yield _fit_baseline(baseline, folds)
        except FitError as error:
            emit(Message(f"Skipped {baseline.title}: {error}"))


def _fit_baseline(baseline: Baseline, folds: Folds) -> FittedBaseline:
    """Fit a baseline; it forecasts too, since models of single series are fitted when they forecast."""
    started = perf_counter()
    fitted = tuple(baseline.fit(dataset, folds.design.seasons or (1,)) for dataset in folds.datasets)
    forecasts = _forecast_baseline(baseline, fitted, folds)
    seconds = (perf_counter() - started) / len(fitted)
    if not baseline.learned:
        return FittedBaseline(baseline, folds, fitted, None)
    parameters = sum(int(np.count_nonzero(array)) for array in fitted[-1].values() if array.dtype.kind == "f")
    costs = {"training_s": seconds} | ({"parameters": float(parameters)} if parameters else {})
    return FittedBaseline(baseline, folds, fitted, replace(forecasts, costs=costs))


def _forecast_baseline(baseline: Baseline, fitted: Sequence[Fitted], folds: Folds) -> ModelForecasts:
    test, validation = [], []
    for dataset, each in zip(folds.datasets, fitted, strict=True):
        test.append(baseline.forecast(each, dataset, dataset.test))
        validation.append(baseline.forecast(each, dataset, dataset.validation)[None])
    return ModelForecasts(baseline.name, (np.concatenate(test) if len(test) > 1 else test[0])[None], tuple(validation))


@dataclass(frozen=True)
class BacktestRun:
    """One network of a backtest.

    Attributes:
        fold: Number of the fold, from 1.
        seed: Seed of the initial weights.
        history: Losses of the training.
        forecast_ms: Milliseconds per forecast, where all forecasts of the test split are made together.
        peak_memory_mb: Peak memory of the process that trained it, in megabytes; None where it is unknown.
    """

    fold: int
    seed: int
    history: TrainingHistory
    forecast_ms: float
    peak_memory_mb: float | None


@dataclass(frozen=True)
class TrainedRuns:
    """All networks of a framing, without their forecasts.

    Attributes:
        framing: The framing.
        spec: Its network.
        each: The networks, fold after fold, and within a fold seed after seed.
    """

    framing: Framing
    spec: NetworkSpec
    each: tuple[BacktestRun, ...]


@dataclass(frozen=True)
class BacktestRuns(TrainedRuns):
    """All networks of a framing, with their forecasts.

    Attributes:
        single: The forecasts of the networks, with one run per seed.
    """

    single: ModelForecasts

    def without_forecasts(self) -> TrainedRuns:
        """The networks alone, which take little memory."""
        return TrainedRuns(self.framing, self.spec, self.each)

    def forecasts(self) -> tuple[ModelForecasts, ...]:
        """Models of the leaderboard: the single network, averaged over seeds, and the ensemble of several seeds.

        With one seed there is only the single network. The last model is the one that represents the framing.
        """
        single, seeds = self.single, len(self.single.test)
        if seeds == 1:
            return (single,)
        return single, single.mean(self.model_names[-1], ensemble_costs(single.costs, seeds))

    @property
    def model_names(self) -> tuple[str, ...]:
        """Names of these models."""
        name, seeds = self.framing.name, len(self.single.test)
        return (name,) if seeds == 1 else (name, ensemble_name(name, seeds))


def _mean_over_runs(forecasts: Floats) -> Floats:
    """Mean over runs, as one run: (runs, ...) -> (1, ...)."""
    mean: Floats = forecasts.mean(axis=0, keepdims=True)
    return mean


def list_models(baselines: Sequence[FittedBaseline], runs: Sequence[BacktestRuns]) -> Iterator[ModelForecasts]:
    """All models of a backtest: the baselines, and for each framing the single network and the ensemble.

    Forecasts of naive baselines and of ensembles are made when the model is next, so that few are in memory at once.
    """
    for baseline in baselines:
        yield baseline.forecasts()
    for each in runs:
        yield from each.forecasts()


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

    seeds, runs = range(training.n_seeds), list[BacktestRun]()
    single = _empty_forecasts(spec, framing, folds, len(seeds))
    for fit in fit_runs(spec, framing, folds.datasets, training, seeds, checkpoints, executor):
        fold, dataset, rows = fit.fold - 1, folds.datasets[fit.fold - 1], folds.fold_slices[fit.fold - 1]
        forecast = partial(forecast_tails, partial(predict, fit.network), framing, dataset, quantiles=spec.quantiles)
        single.validation[fold][fit.seed], val_tails = forecast(windows=dataset.validation)
        started = perf_counter()
        single.test[fit.seed, rows], tails = forecast(windows=dataset.test)
        ms = (perf_counter() - started) / len(dataset.test) * 1000
        if single.test_tails is not None:
            single.validation_tails[fold][fit.seed], single.test_tails[fit.seed][:, rows] = val_tails, tails
        runs.append(BacktestRun(fit.fold, fit.seed, fit.history, ms, fit.peak_memory_mb))
    return BacktestRuns(framing, spec, tuple(runs), replace(single, costs=network_costs(spec, runs)))


def _empty_forecasts(spec: NetworkSpec, framing: Framing, folds: Folds, seeds: int) -> ModelForecasts:
    """Uninitialized forecasts of the networks of a framing, so that there is no second copy of them."""
    size = folds.newest.test.steps, len(folds.newest.targets)
    test = np.empty((seeds, sum(len(dataset.test) for dataset in folds.datasets), *size))
    validation = tuple(np.empty((seeds, len(dataset.validation), *size)) for dataset in folds.datasets)
    forecasts = ModelForecasts(framing.name, test, validation, {}, framing.name, bool(spec.skip), spec.recurrent)
    if not spec.quantiles:
        return forecasts
    test_tails, *val_tails = (np.empty((seeds, 2, *each.shape[1:])) for each in (test, *validation))
    return replace(forecasts, test_tails=test_tails, validation_tails=tuple(val_tails))
