"""Hyperparameter search: Optuna proposes settings, and the validation error of a framing selects among them.

Trials are proposed in batches of a fixed size, and their results are given to Optuna in the order of their numbers, so
that the search does not depend on how many networks are trained at once. The study is a file: a search that was killed
goes on with the fold in which it was, and has the trials of an undisturbed search. Test rows are not used.
"""

import warnings
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain
from math import isfinite, nan
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd

from seqframe.config import SearchRange, Settings, SweepSettings, TaskSettings, parse_settings, setting_names
from seqframe.config.params import merge_settings
from seqframe.errors import UserError, count_noun, shorten, suggest_names
from seqframe.evaluation.comparisons import fold_errors
from seqframe.evaluation.design import BacktestConfig
from seqframe.evaluation.folds import Folds, make_folds
from seqframe.evaluation.hyperband import Hyperband
from seqframe.evaluation.study_file import StudyFile
from seqframe.forecasting.predict import forecast_tails
from seqframe.framings import FRAMINGS, Framing, check_framing_names, check_supported, find_framing
from seqframe.framings.dataset import make_network_spec, training_view
from seqframe.networks.spec import NetworkSpec
from seqframe.training.checkpoint import CheckpointStore
from seqframe.training.events import Message, emit
from seqframe.training.runs import Executor, FitJob, list_jobs, run_serially

FRAMING = "framing"  # a dimension of the space that is no setting
TUNABLE = ("model.", "training.", "task.lookback", "task.instance_norm", "task.recursive_norm", "task.channels")
FIXED = ("training.seed", "training.n_seeds", "training.resume", "training.checkpoint_every_s")
ABOUT_A_TRIAL = ("trial", "state", "val_mase", "seconds")  # columns of the trials that are no setting
STUDY = "sweep"  # name of the study in its file
MIN_IMPORTANCE = 8  # complete trials from which importances are estimated
MAX_TASKS = 8  # whose folds are kept: a space with few values of `task.lookback` makes them once
STATES = {"COMPLETE": "complete", "PRUNED": "pruned", "FAIL": "failed"}
EXTRA = 'pip install "seqframe[sweep]"'


@dataclass(frozen=True)
class SweepResult:
    """Result of a search.

    Attributes:
        trials: One row per trial: its number, state (`complete`, `pruned` or `failed`), validation error, the values of
            the space, and seconds.
        number: Number of the complete trial with the smallest validation error.
        best: Its values.
        importances: Share of the variance of the validation error that each dimension explains; empty with few trials.
    """

    trials: pd.DataFrame
    number: int
    best: Mapping[str, Any]
    importances: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Objective:
    """Validation errors of the settings of a trial, fold by fold.

    Attributes:
        rows: The table.
        config: The backtest of the settings without a trial, whose splits all trials share.
        settings: These settings.
        checkpoints: Where networks of an interrupted search are kept.
        executor: Trains the networks.
    """

    rows: pd.DataFrame
    config: BacktestConfig
    settings: Settings
    checkpoints: CheckpointStore | None = None
    executor: Executor = run_serially
    _folds: dict[str, Folds] = field(default_factory=dict, init=False, repr=False, compare=False)

    def prepare(self, values: Mapping[str, Any]) -> "Trial":
        """Folds and network of a trial.

        Raises:
            UserError: The settings are invalid together, or do not fit the table.
        """
        settings = with_values(self.settings, self.config, values)
        framing = find_framing(str(values.get(FRAMING, self.settings.sweep.framing)))
        check_supported(framing, settings, FRAMINGS)
        folds = self.folds(settings.task).of(framing)
        dataset, quantiles = training_view(folds.newest, framing), settings.training.forecast_quantiles
        spec = make_network_spec(dataset, framing, settings.model, quantiles)
        return Trial(settings, framing, folds, spec)

    def folds(self, task: TaskSettings) -> Folds:
        """Folds of a task. Trials share them, and so do the workers that train their networks."""
        key = task.model_dump_json()
        if key not in self._folds:
            made = make_folds(self.rows, replace(self.config, task=task), self.settings.data)
            if len(self._folds) == MAX_TASKS:
                del self._folds[next(iter(self._folds))]
            self._folds[key] = made
        return self._folds[key]

    def fold_errors(self, trials: Mapping[int, "Trial"], number: int) -> dict[int, float]:
        """Validation error of every trial in one fold, by number of the trial. Their networks are trained together."""
        jobs = {key: list(trial.jobs(number, f"trial {key}", self.checkpoints)) for key, trial in trials.items()}
        runs = iter(self.executor(chain.from_iterable(jobs.values())))
        return {key: trials[key].error(number, [next(runs).network for _ in jobs[key]]) for key in trials}


@dataclass(frozen=True)
class Trial:
    """The networks of one trial: its settings, framing, folds and network spec."""

    settings: Settings
    framing: Framing
    folds: Folds
    spec: NetworkSpec

    def jobs(self, number: int, label: str, checkpoints: CheckpointStore | None) -> Iterator[FitJob]:
        """The networks of one fold, one for each seed."""
        training, dataset = self.settings.training, self.folds.datasets[number]
        seeds = range(training.n_seeds)
        return list_jobs(
            self.spec, self.framing, [dataset], training, seeds, checkpoints, f"{label}, fold {number + 1}"
        )

    def error(self, number: int, networks: list[Any]) -> float:
        """MASE of the mean forecast of the networks of one fold on its validation split."""
        from seqframe.networks.build import predict

        dataset, quantiles = self.folds.datasets[number], self.spec.quantiles
        models = [partial(predict, each) for each in networks]
        forecasts = [forecast_tails(each, self.framing, dataset, dataset.validation, quantiles)[0] for each in models]
        return fold_errors(np.mean(forecasts, axis=0)[None], self.folds, number)[0]


def with_values(settings: Settings, config: BacktestConfig, values: Mapping[str, Any]) -> Settings:
    """The settings with the values of a trial, and the task that the backtest resolved where they leave it open.

    Raises:
        UserError: The settings are invalid together.
    """
    given: dict[str, Any] = {}
    for name, value in values.items():
        if name != FRAMING:
            group, _, leaf = name.partition(".")
            given.setdefault(group, {})[leaf] = value
    resolved = settings.model_copy(update={"task": config.task})
    return parse_settings(merge_settings(resolved.model_dump(), given))


def search(objective: Objective, path: Path) -> SweepResult:
    """Run the trials of the settings `sweep`, or go on with those in the file `path`.

    Raises:
        UserError: Optuna is not installed, or no trial is complete.
        OSError: The file cannot be read or written.
    """
    optuna, sweep, n_folds = import_optuna(), objective.settings.sweep, objective.config.n_folds
    path.parent.mkdir(parents=True, exist_ok=True)
    with _quiet(optuna), closing(StudyFile(path)) as file:
        study = optuna.create_study(
            storage=_storage(optuna, file), study_name=STUDY, direction="minimize", load_if_exists=True
        )
        run = _Search(optuna, study, file, objective, Hyperband(n_folds, STUDY) if sweep.pruner != "none" else None)
        run.finish()
        return _summarize(optuna, study)


def check_sweep(settings: Settings) -> None:
    """Check that a search is possible: a forecast of a table, and a space of settings that may be searched.

    Raises:
        UserError: It is not; one line.
    """
    if not settings.forecasts_a_table:
        raise UserError(
            "A sweep needs a forecast of a table (`task.kind=forecast` and `data.path`). "
            f"Received: task.kind={settings.task.kind}, data.path={settings.data.path}."
        )
    if not settings.sweep.space:
        raise UserError("`sweep.space` must name settings and their values. Received: none.")
    known = [name for name in setting_names() if name.startswith(TUNABLE) and name not in FIXED]
    for name, dimension in settings.sweep.space.items():
        if name == FRAMING and isinstance(dimension, list):
            check_framing_names({str(each) for each in dimension}, "sweep.space")
        elif name not in known:
            hint = suggest_names(name, known, "Settings of a sweep")
            raise UserError(f"`sweep.space` must name settings of the network. Received: {shorten(name)}. {hint}")
    check_framing_names({settings.sweep.framing}, "sweep.framing")
    import_optuna()


def import_optuna() -> Any:
    """The package `optuna`.

    Raises:
        UserError: It is not installed.
    """
    try:
        import optuna
    except ImportError:
        raise UserError(
            f"A sweep needs the package optuna, which is not installed. Install it with: {EXTRA}."
        ) from None
    return optuna


@contextmanager
def _quiet(optuna: Any) -> Iterator[None]:
    """Without messages of Optuna about trials and experimental options."""
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            yield
    finally:
        optuna.logging.set_verbosity(before)


@dataclass(frozen=True)
class _Search:
    """A search that is running.

    Attributes:
        optuna: The package.
        study: Optuna's study.
        file: The file of the study.
        objective: The errors of a trial.
        hyperband: Ends trials after a fold; None ends none.
    """

    optuna: Any
    study: Any
    file: StudyFile
    objective: Objective
    hyperband: Hyperband | None

    def finish(self) -> None:
        """Run the trials that were interrupted, and then new ones, in batches."""
        known, sweep = self.study.get_trials(deepcopy=False), self.objective.settings.sweep
        if self.hyperband is not None:
            for trial in known:
                for fold, mase in trial.intermediate_values.items():
                    self.hyperband.add(trial.number, fold, mase)
        running = [each for each in known if not each.state.is_finished()]
        if running:
            errors = {each.number: list(each.intermediate_values.values()) for each in running}
            self.run_batch([self.optuna.trial.Trial(self.study, each._trial_id) for each in running], errors)
        total = min(sweep.n_trials, len(sweep.combinations())) if sweep.sampler == "grid" else sweep.n_trials
        for done in range(len(known), total, sweep.batch):
            self.run_batch(self.propose(done, min(sweep.batch, total - done)), {})

    def propose(self, done: int, count: int) -> list[Any]:
        """New trials after `done` others. They are written together, so that all or none of them are proposed."""
        sweep = self.objective.settings.sweep
        space = {name: _distribution(self.optuna, each) for name, each in sweep.space.items()}
        self.study.sampler = sampler = _sampler(self.optuna, sweep, space, done)
        trials = []
        with self.file.together():
            for number in range(done, done + count):
                if sweep.sampler == "grid":
                    values = sweep.combinations()[number]
                    self.study.sampler = self.optuna.samplers.PartialFixedSampler(values, sampler)
                trials.append(self.study.ask(space))
        return trials

    def run_batch(self, waiting: list[Any], known: Mapping[int, list[float]]) -> None:
        """Train the networks of a batch of trials, fold by fold; `known` has errors of interrupted trials."""
        proposed = {trial.number: trial for trial in waiting}
        trials = self.prepare(proposed)
        errors = {number: [*known.get(number, ())] for number in trials}
        started, n_folds = perf_counter(), self.objective.config.n_folds
        for fold in range(n_folds):
            found = self.objective.fold_errors({n: each for n, each in trials.items() if len(errors[n]) == fold}, fold)
            texts = []
            with self.file.together():
                for number, mase in found.items():
                    errors[number].append(mase)
                    proposed[number].report(mase, fold + 1)
                for number in found:
                    if fold + 1 == n_folds or self.is_pruned(number, errors[number]):
                        texts.append(self.end(proposed[number], errors[number], perf_counter() - started))
                        del trials[number]
            for text in texts:
                emit(Message(text))
        self.file.sync()  # the system may crash, too: then one batch is run again

    def prepare(self, proposed: Mapping[int, Any]) -> dict[int, Trial]:
        """The trials of a batch, without those that are not possible, which fail."""
        trials = {}
        for number, trial in proposed.items():
            try:
                trials[number] = self.objective.prepare(trial.params)
            except UserError as error:
                emit(Message(f"Trial {number} is not possible: {error}"))
                with self.file.together():
                    trial.set_user_attr("reason", str(error))
                    self.study.tell(trial, state=self.optuna.trial.TrialState.FAIL)
        return trials

    def is_pruned(self, number: int, errors: list[float]) -> bool:
        """Whether a trial ends with the fold of its last error."""
        return self.hyperband is not None and self.hyperband.add(number, len(errors), errors[-1])

    def end(self, trial: Any, errors: list[float], seconds: float) -> str:
        """Give Optuna the result of a trial, the mean over its folds; return a message."""
        state, error = self.optuna.trial.TrialState, float(np.mean(errors))
        is_complete = len(errors) == self.objective.config.n_folds
        trial.set_user_attr("seconds", seconds)
        if not isfinite(error):
            trial.set_user_attr("reason", "a forecast is not finite")
            self.study.tell(trial, state=state.FAIL)
        elif is_complete:
            self.study.tell(trial, error)
        else:
            self.study.tell(trial, state=state.PRUNED)
        ended = "" if is_complete else f" after {count_noun(len(errors), 'fold')}, pruned"
        return f"Trial {trial.number}: validation MASE {error:.3f}{ended} ({describe_values(trial.params)})."


def _storage(optuna: Any, file: StudyFile) -> Any:
    class Storage(optuna.storages.JournalStorage):  # type: ignore[misc]
        """Knows that no trial waits, which Optuna would find by reading all trials for every new one."""

        def get_all_trials(self, study_id: int, deepcopy: bool = True, states: Any = None) -> list[Any]:
            if states == (optuna.trial.TrialState.WAITING,):
                return []
            trials: list[Any] = super().get_all_trials(study_id, deepcopy, states)
            return trials

    return Storage(file)


def _sampler(optuna: Any, sweep: SweepSettings, space: dict[str, Any], done: int) -> Any:
    """The sampler of the batch after `done` trials: its random numbers depend on the seed and on that number."""
    seed = int(np.random.SeedSequence([sweep.seed, done]).generate_state(1)[0])
    if sweep.sampler in ("random", "grid"):
        return optuna.samplers.RandomSampler(seed=seed)
    varied = {name: space[name] for name in sorted(space) if not space[name].single()}

    class Sampler(optuna.samplers.TPESampler):  # type: ignore[misc]
        """Knows the space, which Optuna would find by reading all trials."""

        def infer_relative_search_space(self, study: Any, trial: Any) -> dict[str, Any]:
            return varied

    return Sampler(seed=seed, constant_liar=True, multivariate=True)


def _distribution(optuna: Any, dimension: list[Any] | SearchRange) -> Any:
    kinds = optuna.distributions
    if isinstance(dimension, list):
        return kinds.CategoricalDistribution(dimension)
    if dimension.is_integer:
        low, high, step = (int(number) for number in (dimension.low, dimension.high, dimension.step or 1))
        return kinds.IntDistribution(low, high, log=dimension.log, step=step)
    return kinds.FloatDistribution(dimension.low, dimension.high, log=dimension.log, step=dimension.step)


def describe_values(values: Mapping[str, Any]) -> str:
    """The values of a trial.

    >>> describe_values({"model.units": 32, "training.learning_rate": 0.0040001})
    'model.units=32, training.learning_rate=0.004'
    """
    shown = {name: f"{value:.4g}" if isinstance(value, float) else value for name, value in values.items()}
    return ", ".join(f"{name}={value}" for name, value in shown.items())


def _summarize(optuna: Any, study: Any) -> SweepResult:
    state, rows = optuna.trial.TrialState, []
    for trial in study.get_trials(deepcopy=False):
        error = trial.value if trial.value is not None else next(reversed(trial.intermediate_values.values()), nan)
        about = {"trial": trial.number, "state": STATES[trial.state.name], "val_mase": error}
        rows.append(about | trial.params | {"seconds": trial.user_attrs.get("seconds", nan)})
    complete = study.get_trials(deepcopy=False, states=(state.COMPLETE,))
    if not complete:
        reasons = [
            trial.user_attrs["reason"] for trial in study.get_trials(deepcopy=False) if "reason" in trial.user_attrs
        ]
        raise UserError(f"A sweep needs a trial with a finite error. Received: none. {''.join(reasons[:1])}")
    best = min(complete, key=lambda trial: (trial.value, trial.number))
    varied = len(complete) >= MIN_IMPORTANCE and len({trial.value for trial in complete}) > 1
    evaluator = optuna.importance.PedAnovaImportanceEvaluator()
    importances = optuna.importance.get_param_importances(study, evaluator=evaluator) if varied else {}
    return SweepResult(pd.DataFrame(rows), best.number, dict(best.params), dict(importances))
