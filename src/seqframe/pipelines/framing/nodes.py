"""Frame, build, train, evaluate and report one framing. TensorFlow is imported by the nodes that need it, inside."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray

from seqframe import evaluation, metrics, problems
from seqframe.checkpoints import CheckpointFile
from seqframe.config import Model, Problem, Training
from seqframe.framings import Framing
from seqframe.plan import Network
from seqframe.progress import History
from seqframe.report import figures, tables
from seqframe.scaling import Scaler
from seqframe.windows import Windows

Array = NDArray[Any]


def frame(
    rows: pd.DataFrame, scaler: Scaler, windows: Windows, problem: Problem, framing: Framing
) -> tuple[Array, Array]:
    """Rows -> X (samples, timesteps, features) and y as the framing poses it, scaled, float32."""
    available = list(rows.columns)
    scaled = scaler.scale(rows)
    features = scaled[problems.feature_columns(problem, available)].to_numpy(np.float32)
    targets = scaled[problems.target_columns(problem, available)].to_numpy(np.float32)
    return framing.frame_inputs(features[windows.inputs]), framing.frame_targets(targets[windows.targets])


def build(X: Array, y: Array, model: Model, training: Training, framing: Framing) -> tuple[Network, pd.DataFrame]:
    """The untrained network, and its layers with the arithmetic of their parameters beside Keras' own count."""
    from seqframe.network import build_network

    network, counts = build_network(framing.plan(X, y, model), training.seed)
    return network, tables.layer_table(network.plan, counts)


def train(
    untrained: Network, X: Array, y: Array, training: Training, checkpoint: CheckpointFile
) -> tuple[Network, History]:
    """The trained network, and the loss of every epoch. Training that was cut off goes on from its checkpoint."""
    from seqframe.training import train

    return train(untrained, X, y, training, checkpoint=checkpoint)


def evaluate(
    network: Network, X: Array, rows: pd.DataFrame, scaler: Scaler, windows: Windows, problem: Problem, framing: Framing
) -> tuple[pd.DataFrame, dict[str, float]]:
    """Every predicted value beside its truth, and the scores, in physical units."""
    from seqframe.network import predict

    columns = problems.target_columns(problem, list(rows.columns))
    truth = evaluation.true_values(rows, columns, windows)
    prediction = evaluation.predicted_values(predict(network, X), framing, scaler, columns, windows)
    table = evaluation.tabulate_predictions(truth, prediction, rows, columns, windows)
    return table, metrics.score(truth, prediction)


def export(network: Network, X: Array) -> Any:
    """The trained network as a Keras model of stock layers, which plain Keras loads."""
    from seqframe.network import to_keras

    return to_keras(network)


def report(
    layers: pd.DataFrame, history: History, predictions: pd.DataFrame, framing: Framing
) -> tuple[pd.DataFrame, pd.DataFrame, Figure, Figure]:
    """What people look at: the layer table, the prediction table, the loss curve and the prediction plot."""
    return (
        layers,
        predictions,
        figures.draw_losses([history]),
        figures.draw_predictions(predictions, framing.name),
    )


def summarise(
    X: Array,
    y: Array,
    layers: pd.DataFrame,
    history: History,
    predictions: pd.DataFrame,
    scores: dict[str, float],
    framing: Framing,
) -> dict[str, Any]:
    """One line of the comparison."""
    return tables.summary(framing.name, X, y, layers, history, predictions, scores)
