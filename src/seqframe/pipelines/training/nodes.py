"""Frame, build, train, evaluate and report one framing. TensorFlow is imported by the nodes that need it, inside."""

from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from seqframe.config import DataSettings, ModelSettings, Settings, TaskSettings, TrainingSettings
from seqframe.data.dataset import TRAIN, SequenceDataset
from seqframe.data.windows import Array
from seqframe.evaluation.conclusions import summarize_seed_study
from seqframe.evaluation.evaluate import Scores, evaluate
from seqframe.framings import Framing, index_map
from seqframe.framings.causality import check_framing
from seqframe.framings.dataset import frame_arrays, training_view
from seqframe.networks.causality import raise_on_leakage
from seqframe.networks.spec import NetworkState
from seqframe.pipelines import in_groups
from seqframe.reporting import figures, tables
from seqframe.reporting.html.components import NetworkCard
from seqframe.training.checkpoint import CheckpointFile
from seqframe.training.events import Message, TrainingHistory, emit


def frame(dataset: SequenceDataset, framing: Framing) -> tuple[Array, Array]:
    """Rows -> X (samples, timesteps, features) and y as the framing poses them: those trained on, scaled, float32."""
    dataset = training_view(dataset, framing)
    return frame_arrays(dataset, framing, dataset.train)


def make_index_map(dataset: SequenceDataset, framing: Framing) -> pd.DataFrame:
    """Which row went to which cell of X and y."""
    return index_map.make_index_map(training_view(dataset, framing), framing)


def make_network_card(
    untrained: NetworkState, layers: pd.DataFrame, judgement: Any, dataset: SequenceDataset, framing: Framing
) -> tuple[NetworkCard, pd.DataFrame]:
    """What there is to say of the network, and which row went to which cell of X and y."""
    dataset = training_view(dataset, framing)
    frame = index_map.make_index_map(dataset, framing)
    return NetworkCard(framing, untrained.spec, dataset.shapes(), layers, frame, judgement), frame


def init_network(
    X: Array, y: Array, dataset: SequenceDataset, model: ModelSettings, training: TrainingSettings, framing: Framing
) -> tuple[NetworkState, pd.DataFrame]:
    """The untrained network, and its layers with the arithmetic of their parameters beside Keras' own count."""
    from seqframe.networks.build import build_network

    network, counts = build_network(framing.make_spec(X, y, model, len(dataset.train)), training.seed)
    return network, tables.layer_table(network.spec, counts)


def check_causality(
    built: NetworkState, dataset: SequenceDataset, framing: Framing
) -> tuple[NetworkState, Any, pd.DataFrame]:
    """The network again, if it sees no row that it should not; what it sees, judged, and as a table.

    What it misses is announced.
    """
    dataset = training_view(dataset, framing)
    check = check_framing(built.spec, framing, dataset)
    raise_on_leakage(check, dataset.task)
    if check.outcome != "causal":
        emit(Message(check.summary()))
    return built, check, check.dependency.table()


def train_model(
    untrained: NetworkState, X: Array, y: Array, training: TrainingSettings, checkpoint: CheckpointFile
) -> tuple[NetworkState, TrainingHistory]:
    """The trained network, and the loss of every epoch. Training that was cut off goes on from its checkpoint."""
    from seqframe.training.trainer import train

    return train(untrained, X, y, training, checkpoint=checkpoint)


def evaluate_model(trained: NetworkState, dataset: SequenceDataset, framing: Framing) -> tuple[pd.DataFrame, Scores]:
    """Every predicted value beside its truth, and the scores on the rows trained on and on unseen ones."""
    from seqframe.networks.build import predict

    return evaluate(partial(predict, trained), framing, dataset)


def export_model(network: NetworkState, X: Array) -> Any:
    """The trained network as a Keras model of stock layers, which plain Keras loads."""
    from seqframe.networks.build import export_keras

    return export_keras(network)


def report_model(
    layers: pd.DataFrame, history: TrainingHistory, predictions: pd.DataFrame, flow: pd.DataFrame, framing: Framing
) -> tuple[pd.DataFrame, pd.DataFrame, Figure, Figure, Figure]:
    """What people look at: the layer table, the prediction table, the loss curve, the predictions and the flow."""
    return (
        layers,
        predictions,
        figures.plot_losses([history]),
        figures.plot_predictions(predictions, framing.name),
        figures.plot_dependency(flow, framing.name),
    )


def summarize(
    X: Array,
    y: Array,
    layers: pd.DataFrame,
    history: TrainingHistory,
    predictions: pd.DataFrame,
    scores: Scores,
    framing: Framing,
) -> dict[str, Any]:
    """One line of the comparison."""
    return tables.summarize_run(framing.name, X, y, layers, history, predictions, scores)


# Train one framing from many seeds, and count how often it learns.


def study_seeds(
    untrained: NetworkState, X: Array, y: Array, dataset: SequenceDataset, training: TrainingSettings, framing: Framing
) -> tuple[pd.DataFrame, tuple[TrainingHistory, ...]]:
    """Train from the seeds 0 … `training.n_seeds` - 1: one row a seed, with its final loss and its scores; all losses."""
    from seqframe.networks.build import init_network, predict
    from seqframe.training.trainer import train

    dataset, results, histories = training_view(dataset, framing), [], []
    for seed in range(training.n_seeds):
        part = f"seed {seed + 1} of {training.n_seeds}"
        drawn = init_network(untrained.spec, seed)
        network, history = train(drawn, X, y, training.model_copy(update={"seed": seed}), part=part)
        _, scores = evaluate(partial(predict, network), framing, dataset)
        results.append({"framing": framing.name, "seed": seed, "final_loss": history.losses[-1], **scores[TRAIN]})
        histories.append(history)
    return pd.DataFrame(results), tuple(histories)


def write_report(
    data_settings: DataSettings, task: TaskSettings, model: ModelSettings, training: TrainingSettings, *each: Any
) -> tuple[pd.DataFrame, str, str]:
    """How many seeds learn, one row a framing; what that means; and the page of it all.

    `each` holds the sheets of all framings, then their seeds, then their losses.
    """
    from seqframe.reporting.html import pages, render

    sheets, seeds, histories = in_groups(each, 3)
    study = tables.seed_summary(seeds)
    asked, sentences = (
        Settings(data=data_settings, task=task, model=model, training=training),
        summarize_seed_study(study),
    )
    page = pages.compose_seed_study(asked, sentences, study, sheets, seeds, histories)
    return study, "\n".join(sentences), render.render_page(page)


def plot_seeds(*studies: pd.DataFrame) -> Figure:
    """The final loss of every seed, one row of points a framing."""
    return figures.plot_seeds(studies)


def collect_seeds(*studies: pd.DataFrame) -> pd.DataFrame:
    """All seeds of all framings in one table."""
    return pd.concat(studies, ignore_index=True).astype({"seed": np.int64})
