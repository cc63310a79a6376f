"""Nodes of one framing. TensorFlow is imported inside the nodes that need it."""

from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from seqframe.api.networks import check_network, init_spec, make_card
from seqframe.config import DataSettings, ModelSettings, Settings, TaskSettings, TrainingSettings
from seqframe.data.dataset import TRAIN, SequenceDataset
from seqframe.data.windows import Array
from seqframe.evaluation.evaluate import Scores, evaluate
from seqframe.evaluation.network_conclusions import summarize_seed_study
from seqframe.framings import Framing, index_map
from seqframe.framings.dataset import frame_arrays, training_view
from seqframe.networks.spec import NetworkState
from seqframe.pipelines import pick
from seqframe.reporting import figures, tables
from seqframe.reporting.html.components import NetworkCard
from seqframe.training.checkpoint import CheckpointStore
from seqframe.training.events import TrainingHistory
from seqframe.training.runs import Executor, fit_runs


def frame(dataset: SequenceDataset, framing: Framing) -> tuple[Array, Array]:
    """X (samples, timesteps, features) and y of the training windows, scaled, float32; shapes depend on the framing."""
    dataset = training_view(dataset, framing)
    return frame_arrays(dataset, framing, dataset.train)


def make_index_map(dataset: SequenceDataset, framing: Framing) -> pd.DataFrame:
    """Index map: the source row of every cell of X and y."""
    return index_map.make_index_map(training_view(dataset, framing), framing)


def make_network_card(
    network: NetworkState, layers: pd.DataFrame, causality: Any, dataset: SequenceDataset, framing: Framing
) -> tuple[NetworkCard, pd.DataFrame]:
    """Network card (layers, shapes, parameters, causality) and index map, for the report."""
    card = make_card(network, layers, causality, dataset, framing)
    return card, card.index_map


def init_network(
    X: Array, y: Array, dataset: SequenceDataset, model: ModelSettings, training: TrainingSettings, framing: Framing
) -> tuple[NetworkState, pd.DataFrame]:
    """Initial network, and the table of its layers with parameter counts computed here and by Keras."""
    return init_spec(framing.make_spec(X, y, model, len(dataset.train)), training.seed)


def check_causality(
    network: NetworkState, dataset: SequenceDataset, framing: Framing
) -> tuple[NetworkState, Any, pd.DataFrame]:
    """The same network after its causality check, the outcome of the check, and the input-output dependency as a table.

    A message is emitted if outputs ignore available inputs.

    Raises:
        UserError: An output depends on inputs that are not available at prediction time (data leakage).
    """
    check = check_network(network, dataset, framing)
    return network, check, check.dependency.table()


def train_model(
    network: NetworkState,
    dataset: SequenceDataset,
    training: TrainingSettings,
    checkpoints: CheckpointStore,
    executor: Executor,
    framing: Framing,
) -> tuple[NetworkState, TrainingHistory]:
    """Trained network and loss of every epoch. Interrupted training resumes from its checkpoint."""
    seeds = [training.seed]
    (run,) = fit_runs(network.spec, framing, [dataset], training, seeds, checkpoints, executor, label=None)
    return run.network, run.history


def evaluate_model(network: NetworkState, dataset: SequenceDataset, framing: Framing) -> tuple[pd.DataFrame, Scores]:
    """Predictions with actual values, and scores by split, in physical units."""
    from seqframe.networks.build import predict

    return evaluate(partial(predict, network), framing, dataset)


def export_model(network: NetworkState, X: Array) -> Any:
    """The trained network as a Keras model of built-in layers, which plain Keras loads."""
    from seqframe.networks.build import export_keras

    return export_keras(network)


def report_model(
    layers: pd.DataFrame,
    history: TrainingHistory,
    predictions: pd.DataFrame,
    dependency: pd.DataFrame,
    framing: Framing,
) -> tuple[pd.DataFrame, Figure, Figure, Figure]:
    """Layer table, and figures of the losses, the predictions and the input-output dependency."""
    return (
        layers,
        figures.plot_losses([history]),
        figures.plot_predictions(predictions, framing.name),
        figures.plot_dependency(dependency, framing.name),
    )


def summarize_model(
    X: Array,
    y: Array,
    layers: pd.DataFrame,
    history: TrainingHistory,
    predictions: pd.DataFrame,
    scores: Scores,
    framing: Framing,
) -> dict[str, Any]:
    """The framing's row of the comparison."""
    return tables.summarize_run(framing.name, X, y, layers, history, predictions, scores)


def study_seeds(
    network: NetworkState,
    dataset: SequenceDataset,
    training: TrainingSettings,
    checkpoints: CheckpointStore,
    executor: Executor,
    framing: Framing,
) -> tuple[pd.DataFrame, tuple[TrainingHistory, ...]]:
    """Train with the seeds 0 ... `training.n_seeds` - 1. One row per seed with final loss and scores; all histories."""
    from seqframe.networks.build import predict

    view, results, histories = training_view(dataset, framing), [], []
    seeds = range(training.n_seeds)
    for run in fit_runs(network.spec, framing, [dataset], training, seeds, checkpoints, executor):
        _, scores = evaluate(partial(predict, run.network), framing, view)
        final_loss = run.history.losses[-1]
        results.append({"framing": framing.name, "seed": run.seed, "final_loss": final_loss, **scores[TRAIN]})
        histories.append(run.history)
    return pd.DataFrame(results), tuple(histories)


def write_seed_report(
    data_settings: DataSettings, task: TaskSettings, model: ModelSettings, training: TrainingSettings, *results: Any
) -> tuple[pd.DataFrame, str, str]:
    """Summary of the seed study with one row per framing, its conclusion, and the HTML report.

    `results` has the results of each framing.
    """
    from seqframe.reporting.html import pages, render

    cards, seeds, histories = pick(results, "network_card", "seeds", "histories")
    study = tables.seed_summary(seeds)
    sentences = summarize_seed_study(study)
    settings = Settings(data=data_settings, task=task, model=model, training=training)
    page = pages.compose_seed_study(settings, sentences, study, cards, seeds, histories)
    return study, "\n".join(sentences), render.render_page(page)


def plot_seeds(*results: Any) -> Figure:
    """Final loss of every seed, one row of points per framing."""
    return figures.plot_seeds(*pick(results, "seeds"))


def collect_seeds(*results: Any) -> pd.DataFrame:
    """Results of all seeds of all framings in one table."""
    (studies,) = pick(results, "seeds")
    return pd.concat(studies, ignore_index=True).astype({"seed": np.int64})
