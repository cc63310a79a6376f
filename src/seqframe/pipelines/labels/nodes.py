"""Nodes of a comparison on sequences with labels. TensorFlow is imported inside the nodes that need it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from seqframe.api.networks import check_sequence_network, init_sequence_network, make_sequence_card
from seqframe.config import BacktestSettings, DataSettings, ModelSettings, Settings, TaskSettings, TrainingSettings
from seqframe.data import label_dataset
from seqframe.data.files import find_table, read_raw_table
from seqframe.data.label_dataset import LabelDataset
from seqframe.data.label_generators import generate_labeled, generated_roles
from seqframe.data.sequence_tables import read_sequences
from seqframe.data.sequences import Sequences
from seqframe.evaluation import label_folds, label_leaderboard
from seqframe.evaluation.conclusions import Conclusion, refit_message
from seqframe.evaluation.label_conclusions import conclude_labels
from seqframe.evaluation.label_folds import LabelFolds
from seqframe.evaluation.label_leaderboard import LabelResult
from seqframe.evaluation.label_memory import check_label_memory
from seqframe.evaluation.label_metrics import confusion_matrix, metrics_by_class
from seqframe.evaluation.label_runs import ModelLabels, list_label_models
from seqframe.evaluation.label_runs import predict_baselines as _predict_baselines
from seqframe.framings import Framing
from seqframe.framings.index_map import map_sequences
from seqframe.networks.spec import NetworkState, Shape
from seqframe.pipelines import pick
from seqframe.reporting import figures, label_figures, label_tables
from seqframe.reporting.html.components import NetworkCard
from seqframe.training.checkpoint import CheckpointStore
from seqframe.training.events import Message, emit
from seqframe.training.runs import Executor


def load_sequences(data_settings: DataSettings, task: TaskSettings, table: Path) -> tuple[Sequences, DataSettings, str]:
    """Read sequences with labels from the user's table; the settings with the roles of the columns; what was found."""
    loaded = read_sequences(data_settings.model_copy(update={"path": str(table)}), task.kind == "label")
    for note in loaded.notes:
        emit(Message(note))
    return loaded.sequences, loaded.settings, "\n".join(loaded.notes)


def generate_sequences(data_settings: DataSettings, task: TaskSettings) -> tuple[Sequences, DataSettings, str]:
    """Generate sequences with labels; the settings with their inputs and their label; and no notes."""
    sequences = generate_labeled(data_settings, task.kind)
    return sequences, generated_roles(sequences, data_settings), ""


def make_label_dataset(
    sequences: Sequences, data_settings: DataSettings, task: TaskSettings, sizes: BacktestSettings
) -> LabelDataset:
    """The dataset that all framings share: split by sequence and scaled."""
    dataset = label_dataset.make_label_dataset(sequences, data_settings, task, sizes)
    for note in dataset.notes:
        emit(Message(note))
    return dataset


def make_label_folds(
    dataset: LabelDataset, model: ModelSettings, training: TrainingSettings, framings: Sequence[Framing]
) -> LabelFolds:
    """The training and validation sequences of every seed.

    Raises:
        UserError: A comparison of these framings does not fit into memory.
    """
    folds = label_folds.make_label_folds(dataset, training.n_seeds)
    check_label_memory(folds, len(framings), model, training)
    return folds


def predict_baselines(folds: LabelFolds, training: TrainingSettings) -> tuple[ModelLabels, ...]:
    """Predictions of the baselines of the task."""
    return _predict_baselines(folds, training)


def init_label_network(
    folds: LabelFolds, model: ModelSettings, training: TrainingSettings, framing: Framing
) -> tuple[NetworkState, pd.DataFrame, tuple[Shape, Shape]]:
    """Initial network, the table of its layers with parameter counts, and the shapes of X and y."""
    return init_sequence_network(folds.first, framing, model, training)


def check_label_causality(
    network: NetworkState, folds: LabelFolds, framing: Framing
) -> tuple[NetworkState, Any, pd.DataFrame]:
    """The same network after its causality check, the outcome of the check, and the input-output dependency as a table.

    A message is emitted if labels ignore available inputs, or depend on later ones.

    Raises:
        UserError: A label depends on inputs that are not available at prediction time (data leakage).
    """
    check = check_sequence_network(network, folds.first, framing)
    return network, check, check.dependency.table()


def train_networks(
    network: NetworkState,
    folds: LabelFolds,
    training: TrainingSettings,
    checkpoints: CheckpointStore,
    executor: Executor,
    framing: Framing,
) -> Any:
    """Train one network per seed, and predict its validation sequences and the test sequences."""
    from seqframe.evaluation.label_runs import train_networks

    return train_networks(network.spec, framing, folds, training, checkpoints, executor)


def make_label_network_card(
    network: NetworkState, layers: pd.DataFrame, causality: Any, folds: LabelFolds, framing: Framing
) -> tuple[NetworkCard, pd.DataFrame]:
    """Network card (layers, shapes, parameters, causality) and index map of an example sequence, for the report."""
    card = make_sequence_card(network, layers, causality, folds.first, framing)
    return card, card.index_map


def list_index_map(folds: LabelFolds, framing: Framing) -> pd.DataFrame:
    """Index map: the source row of every cell of X and y, for two sequences."""
    return map_sequences(folds.first, framing)


def tabulate_labels(runs: Any, folds: LabelFolds) -> pd.DataFrame:
    """Labels and probabilities of all test sequences or steps, of the ensemble over seeds or of the only network."""
    return label_tables.tabulate_labels(runs.predictions()[-1], folds)


def report_networks(
    layers: pd.DataFrame, runs: Any, dependency: pd.DataFrame, folds: LabelFolds, framing: Framing
) -> tuple[pd.DataFrame, Figure, Figure, Figure]:
    """Layer table, and figures of the losses, the confusion matrix and the dependency."""
    return (
        layers,
        figures.plot_backtest_losses(runs, framing.title),
        label_figures.plot_confusion(_confusion(runs.predictions()[-1], folds), folds.whole.classes, framing.title),
        figures.plot_dependency(dependency, framing.title),
    )


def summarize_networks(runs: Any, folds: LabelFolds) -> dict[str, dict[str, float]]:
    """Scores averaged over single networks and scores of the ensemble, with training and prediction cost."""
    return label_tables.summarize_networks(runs, folds)


def score_labels(
    folds: LabelFolds, baselines: tuple[ModelLabels, ...], *results: Any
) -> tuple[LabelResult, Conclusion]:
    """Leaderboard and comparisons; and the conclusion."""
    (runs,) = pick(results, "label_runs")
    result = label_leaderboard.score_labels(list_label_models(baselines, runs), folds)
    return result, conclude_labels(result)


def refit_labels(
    folds: LabelFolds,
    conclusion: Conclusion,
    model: ModelSettings,
    training: TrainingSettings,
    settings: BacktestSettings,
    checkpoints: CheckpointStore,
    executor: Executor,
    table: Path | None = None,
) -> Any:
    """Refit the best model, or the framing or baseline `backtest.refit`, on all sequences, also the test sequences."""
    from seqframe.evaluation import label_refit

    name = settings.refit or conclusion.refit
    emit(Message(refit_message(name, conclusion)))
    classifier = label_refit.refit_named_labels(name, folds, model, training, checkpoints, executor)
    raw = None if table is None else read_raw_table(find_table(str(table)), folds.first.data_settings.csv).columns
    return label_refit.RefittedClassifier(classifier, label_refit.example_rows(folds, raw))


def write_report(
    result: LabelResult,
    conclusion: Conclusion,
    folds: LabelFolds,
    baselines: tuple[ModelLabels, ...],
    table_notes: str,
    data_settings: DataSettings,
    task: TaskSettings,
    model: ModelSettings,
    training: TrainingSettings,
    *results: Any,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, str, Figure, str]:
    """Leaderboard, pairwise tests, scores by class, conclusion, figure of the confusion matrix, and the HTML report.

    `results` has the results of each framing.
    """
    from seqframe.reporting.html import label_pages, render

    cards, runs = pick(results, "network_card", "label_runs")
    models = {each.name: each for each in list_label_models(baselines, runs)}
    recommended = models[conclusion.recommended]
    by_class = metrics_by_class(label_tables.metric_inputs(recommended, folds), folds.whole.classes)
    figure = label_figures.plot_confusion(_confusion(recommended, folds), folds.whole.classes, recommended.name)
    settings = Settings(data=data_settings, task=task, model=model, training=training)
    notes = table_notes.splitlines()
    page = label_pages.compose_labels(settings, result, conclusion, folds, cards, runs, recommended, by_class, notes)
    text = "\n".join(conclusion.sentences)
    return result.leaderboard, result.pairs, by_class, text, figure, render.render_page(page)


def _confusion(model: ModelLabels, folds: LabelFolds) -> Any:
    return confusion_matrix(label_tables.metric_inputs(model, folds))
