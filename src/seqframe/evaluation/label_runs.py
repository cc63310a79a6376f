"""Training of all networks of a framing on sequences with labels, and the predictions of networks and baselines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from time import perf_counter

import numpy as np

from seqframe.config import TrainingSettings
from seqframe.data.label_dataset import LabelDataset
from seqframe.data.windows import Floats, RowNumbers
from seqframe.evaluation.backtest import ensemble_name
from seqframe.evaluation.costs import ensemble_costs, network_costs
from seqframe.evaluation.label_folds import LabelFolds
from seqframe.forecasting.fitted import Fitted
from seqframe.forecasting.label_baselines import LabelBaseline, label_baselines
from seqframe.framings import Framing
from seqframe.framings.sequences import predict_labels
from seqframe.networks.spec import NetworkSpec
from seqframe.training.checkpoint import CheckpointStore
from seqframe.training.events import TrainingHistory
from seqframe.training.runs import Executor, fit_pairs, run_serially

ScoredSequences = tuple[RowNumbers, Floats]  # numbers of sequences, and the probabilities of their classes


@dataclass(frozen=True)
class ModelLabels:
    """Predictions of one model. Its rows are sequences, or all steps of the sequences where every step has a label.

    Attributes:
        name: Name on the leaderboard.
        test: Probabilities of the test sequences by each run: (runs, rows, classes).
        validation: Probabilities of sequences that the model was not trained on, by each of its networks or fits.
        costs: Parameters, seconds, milliseconds and megabytes, by column of the leaderboard.
        framing: Name of the framing; empty for baselines.
    """

    name: str
    test: Floats
    validation: tuple[ScoredSequences, ...]
    costs: Mapping[str, float] = field(default_factory=dict)
    framing: str = ""

    @property
    def diverged(self) -> bool:
        """Whether a probability is not finite."""
        return not np.isfinite(self.test).all()


@dataclass(frozen=True)
class LabelRun:
    """One network.

    Attributes:
        fold: Number of its validation part, from 1.
        seed: Seed of the initial weights.
        history: Losses of the training.
        validation: Probabilities of its validation sequences.
        test: Probabilities of the test sequences: (rows, classes).
        forecast_ms: Milliseconds per sequence, where all test sequences are predicted together.
        peak_memory_mb: Peak memory of the process that trained it, in megabytes; None where it is unknown.
    """

    fold: int
    seed: int
    history: TrainingHistory
    validation: ScoredSequences
    test: Floats
    forecast_ms: float
    peak_memory_mb: float | None


@dataclass(frozen=True)
class LabelRuns:
    """All networks of a framing: its network spec, and one network for each seed, in their order."""

    framing: Framing
    spec: NetworkSpec
    each: tuple[LabelRun, ...]

    def predictions(self) -> tuple[ModelLabels, ...]:
        """Models of the leaderboard: the single network, averaged over seeds, and the ensemble of several seeds.

        With one seed there is only the single network. The last model is the one that represents the framing.
        """
        test = np.stack([run.test for run in self.each])
        costs = network_costs(self.spec, self.each)
        validation = tuple(run.validation for run in self.each)
        name, seeds = self.framing.name, len(self.each)
        single = ModelLabels(self.framing.title, test, validation, costs, name)
        if seeds == 1:
            return (single,)
        with np.errstate(invalid="ignore"):  # a diverged network
            mean = test.mean(axis=0, keepdims=True)
        ensemble = ensemble_name(self.framing.title, seeds)
        return single, ModelLabels(ensemble, mean, validation, ensemble_costs(costs, seeds), name)


def list_label_models(baselines: Sequence[ModelLabels], runs: Sequence[LabelRuns]) -> list[ModelLabels]:
    """All models: the baselines, and for each framing the single network and the ensemble."""
    return [*baselines, *(model for each in runs for model in each.predictions())]


def train_networks(
    spec: NetworkSpec,
    framing: Framing,
    folds: LabelFolds,
    training: TrainingSettings,
    checkpoints: CheckpointStore | None = None,
    executor: Executor = run_serially,
) -> LabelRuns:
    """Train one network for each seed, and predict its validation sequences and the test sequences."""
    from seqframe.networks.build import predict

    runs = []
    for fit in fit_pairs(spec, framing, folds.datasets, training, checkpoints, executor):
        dataset = folds.datasets[fit.seed]
        model = partial(predict, fit.network)
        numbers = dataset.splits["validation"]
        validation = (numbers, predict_labels(model, framing, dataset, numbers))
        started = perf_counter()
        test = predict_labels(model, framing, dataset, folds.test)
        milliseconds = (perf_counter() - started) / max(1, len(folds.test)) * 1000
        fold = fit.seed % folds.n_parts + 1
        runs.append(LabelRun(fold, fit.seed, fit.history, validation, test, milliseconds, fit.peak_memory_mb))
    return LabelRuns(framing, spec, tuple(runs))


def predict_baselines(folds: LabelFolds, training: TrainingSettings) -> tuple[ModelLabels, ...]:
    """Predictions of the baselines of the task.

    Validation sequences are predicted by a baseline that is fitted on the training sequences of their fold, test
    sequences by one that is fitted on all sequences that are not test sequences.
    """
    return tuple(_predict_baseline(baseline, folds, training) for baseline in label_baselines(folds.whole.task))


def _predict_baseline(baseline: LabelBaseline, folds: LabelFolds, training: TrainingSettings) -> ModelLabels:
    validation = []
    for dataset in folds.distinct:
        numbers = dataset.splits["validation"]
        validation.append((numbers, baseline.predict(fit_baseline(baseline, dataset, training), dataset, numbers)))
    started = perf_counter()
    fitted = fit_baseline(baseline, folds.whole, training)
    seconds = perf_counter() - started
    test = baseline.predict(fitted, folds.whole, folds.test)[None]
    parameters = sum(array.size for array in fitted.values() if array.dtype.kind == "f")
    costs = {"training_s": seconds, "parameters": float(parameters)} if baseline.learned else {}
    return ModelLabels(baseline.name, test, tuple(validation), costs)


def fit_baseline(baseline: LabelBaseline, dataset: LabelDataset, training: TrainingSettings) -> Fitted:
    """Fit a baseline, with the class weights of the settings."""
    return baseline.fit(dataset, dataset.balanced_weights() if training.class_weight == "balanced" else None)
