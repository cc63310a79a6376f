"""Frame, build, train, evaluate and report one framing. TensorFlow is imported by the nodes that need it, inside."""

from functools import partial
from typing import Any

import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray

from seqframe import evaluation, frame_table
from seqframe.checkpoints import CheckpointFile
from seqframe.config import Model, Training
from seqframe.evaluation import Scores
from seqframe.framings import Framing
from seqframe.plan import Network
from seqframe.posing import Posed
from seqframe.progress import History, Remark, announce
from seqframe.report import figures, tables
from seqframe.report.page.parts import Sheet

Array = NDArray[Any]


def frame(posed: Posed, framing: Framing) -> tuple[Array, Array]:
    """Rows -> X (samples, timesteps, features) and y as the framing poses them: those trained on, scaled, float32."""
    posed = posed.for_training(framing)
    return posed.frame(framing, posed.windows)


def tabulate_frame(posed: Posed, framing: Framing) -> pd.DataFrame:
    """Which row went to which cell of X and y."""
    return frame_table.tabulate_frame(posed.for_training(framing), framing)


def describe(
    untrained: Network, layers: pd.DataFrame, judgement: Any, posed: Posed, framing: Framing
) -> tuple[Sheet, pd.DataFrame]:
    """What there is to say of the network, and which row went to which cell of X and y."""
    posed = posed.for_training(framing)
    frame = frame_table.tabulate_frame(posed, framing)
    return Sheet(framing, untrained.plan, posed.shapes(), layers, frame, judgement), frame


def build(
    X: Array, y: Array, posed: Posed, model: Model, training: Training, framing: Framing
) -> tuple[Network, pd.DataFrame]:
    """The untrained network, and its layers with the arithmetic of their parameters beside Keras' own count."""
    from seqframe.network import build_network

    network, counts = build_network(framing.plan(X, y, model, len(posed.windows)), training.seed)
    return network, tables.layer_table(network.plan, counts)


def check_flow(built: Network, posed: Posed, framing: Framing) -> tuple[Network, Any, pd.DataFrame]:
    """The network again, if it sees no row that it should not; what it sees, judged, and as a table.

    What it misses is announced.
    """
    from seqframe.flow import judge, measure_flow, refuse_future

    posed = posed.for_training(framing)
    flow = measure_flow(built.plan, framing, *posed.shapes())
    judgement = judge(flow, posed.windows, posed.task)
    refuse_future(judgement, posed.task)
    if judgement.verdict != "right":
        announce(Remark(judgement.sentence()))
    return built, judgement, flow.table()


def train(
    untrained: Network, X: Array, y: Array, training: Training, checkpoint: CheckpointFile
) -> tuple[Network, History]:
    """The trained network, and the loss of every epoch. Training that was cut off goes on from its checkpoint."""
    from seqframe.training import train

    return train(untrained, X, y, training, checkpoint=checkpoint)


def evaluate(trained: Network, posed: Posed, framing: Framing) -> tuple[pd.DataFrame, Scores]:
    """Every predicted value beside its truth, and the scores on the rows trained on and on unseen ones."""
    from seqframe.network import predict

    return evaluation.evaluate(partial(predict, trained), framing, posed)


def export(network: Network, X: Array) -> Any:
    """The trained network as a Keras model of stock layers, which plain Keras loads."""
    from seqframe.network import to_keras

    return to_keras(network)


def report(
    layers: pd.DataFrame, history: History, predictions: pd.DataFrame, flow: pd.DataFrame, framing: Framing
) -> tuple[pd.DataFrame, pd.DataFrame, Figure, Figure, Figure]:
    """What people look at: the layer table, the prediction table, the loss curve, the predictions and the flow."""
    return (
        layers,
        predictions,
        figures.draw_losses([history]),
        figures.draw_predictions(predictions, framing.name),
        figures.draw_flow(flow, framing.name),
    )


def summarise(
    X: Array,
    y: Array,
    layers: pd.DataFrame,
    history: History,
    predictions: pd.DataFrame,
    scores: Scores,
    framing: Framing,
) -> dict[str, Any]:
    """One line of the comparison."""
    return tables.summary(framing.name, X, y, layers, history, predictions, scores)
