"""Networks of the experiments on sequences with labels, trained from several seeds and scored on test sequences."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from seqframe.config import ModelSettings
from seqframe.data.label_dataset import LabelDataset
from seqframe.evaluation.label_metrics import LabelMetricInputs, label_metrics
from seqframe.experiments.base import ExperimentContext
from seqframe.experiments.runner import training_settings
from seqframe.framings import Framing
from seqframe.framings.sequences import make_label_spec, predict_labels
from seqframe.networks.spec import NetworkState
from seqframe.training.events import TrainingHistory
from seqframe.training.runs import fit_pairs


@dataclass(frozen=True)
class Tagger:
    """A trained network of an experiment on sequences with labels.

    Attributes:
        dataset: Its data.
        network: The trained network.
        history: Its training history.
        test: Labels and probabilities of the test sequences.
    """

    dataset: LabelDataset
    network: NetworkState
    history: TrainingHistory
    test: LabelMetricInputs

    @property
    def scores(self) -> dict[str, float]:
        """All metrics of the test sequences."""
        return label_metrics(self.test.labels, self.test.probabilities, self.dataset.sequences)


def train_taggers(
    experiment: str,
    context: ExperimentContext,
    framing: Framing,
    dataset: LabelDataset,
    model: ModelSettings,
    epochs: int,
    **training: object,
) -> Iterator[Tagger]:
    """Train and score one network for each of the seeds 0, 1, 2, ..."""
    from seqframe.networks.build import predict

    spec, settings = make_label_spec(dataset, framing, model), training_settings(epochs, **training)
    datasets, numbers, sequences = [dataset] * context.n_seeds, dataset.splits["test"], dataset.sequences
    labels = sequences.labels[sequences.rows(numbers) if sequences.per_step else numbers]
    for fit in fit_pairs(spec, framing, datasets, settings, context.checkpoints, label=experiment):
        probabilities = predict_labels(partial(predict, fit.network), framing, dataset, numbers)
        test = LabelMetricInputs(labels, probabilities, sequences.multi_label)
        yield Tagger(dataset, fit.network, fit.history, test)
