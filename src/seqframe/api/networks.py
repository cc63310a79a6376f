"""Networks before training: initial weights, layer tables, causality checks and cards for the report."""

from typing import Any

import pandas as pd

from seqframe.config import ModelSettings, TrainingSettings
from seqframe.data.dataset import SequenceDataset
from seqframe.data.label_dataset import LabelDataset
from seqframe.framings import Framing
from seqframe.framings.causality import check_framing, check_label_framing, example_shapes, example_spec
from seqframe.framings.dataset import frame_samples, make_network_spec, training_view
from seqframe.framings.index_map import make_index_map, map_sequences
from seqframe.framings.sequences import FramedSequences, make_label_spec
from seqframe.networks.causality import raise_on_leakage
from seqframe.networks.spec import NetworkSpec, NetworkState, Shape
from seqframe.reporting.html.components import NetworkCard
from seqframe.reporting.tables import layer_table
from seqframe.training.events import Message, emit

InitialNetwork = tuple[NetworkState, pd.DataFrame, tuple[Shape, Shape]]


def init_forecast_network(
    dataset: SequenceDataset, framing: Framing, model: ModelSettings, training: TrainingSettings
) -> InitialNetwork:
    """Initial network, the table of its layers with parameter counts, and the shapes of X and y."""
    dataset = training_view(dataset, framing)
    samples = frame_samples(dataset, framing, dataset.train)
    spec = make_network_spec(dataset, framing, model, training.forecast_quantiles)
    return (*init_spec(spec, training.seed), (samples.X_shape, samples.y_shape))


def init_sequence_network(
    dataset: LabelDataset, framing: Framing, model: ModelSettings, training: TrainingSettings
) -> InitialNetwork:
    """The same for sequences with labels."""
    samples = FramedSequences(dataset, framing, dataset.splits["train"])
    network, layers = init_spec(make_label_spec(dataset, framing, model), training.seed)
    return network, layers, (samples.X_shape, samples.y_shape)


def init_spec(spec: NetworkSpec, seed: int) -> tuple[NetworkState, pd.DataFrame]:
    """The network of a specification, and the table of its layers with parameter counts, also by Keras."""
    from seqframe.networks.build import build_network

    network, counts = build_network(spec, seed)
    return network, layer_table(network.spec, counts)


def check_network(network: NetworkState, dataset: SequenceDataset, framing: Framing) -> Any:
    """The outcome of the causality check. A message is emitted if outputs ignore available inputs.

    Raises:
        UserError: An output depends on inputs that are not available at prediction time (data leakage).
    """
    dataset = training_view(dataset, framing)
    check = check_framing(network.spec, framing, dataset)
    raise_on_leakage(check, dataset.task)
    if check.outcome != "causal":
        emit(Message(check.summary()))
    return check


def check_sequence_network(network: NetworkState, dataset: LabelDataset, framing: Framing) -> Any:
    """The same for sequences with labels. A message is emitted for labels of steps.

    Raises:
        UserError: A label depends on inputs that are not available at prediction time (data leakage).
    """
    check = check_label_framing(network.spec, framing, dataset)
    raise_on_leakage(check, dataset.task)
    if dataset.task.kind == "label":
        emit(Message(check.summary()))
    return check


def make_card(
    network: NetworkState, layers: pd.DataFrame, check: Any, dataset: SequenceDataset, framing: Framing
) -> NetworkCard:
    """Network card (layers, shapes, parameters, causality, index map), for the report."""
    dataset = training_view(dataset, framing)
    rows = make_index_map(dataset, framing)
    return NetworkCard(framing, network.spec, dataset.shapes(), layers, rows, check)


def make_sequence_card(
    network: NetworkState, layers: pd.DataFrame, check: Any, dataset: LabelDataset, framing: Framing
) -> NetworkCard:
    """The same for an example sequence with labels."""
    spec, shapes = example_spec(network.spec, framing, dataset), example_shapes(framing, dataset)
    return NetworkCard(framing, spec, shapes, layers, map_sequences(dataset, framing), check)
