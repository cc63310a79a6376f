"""What the nodes of a pipeline do: their framings, the networks they train, the files they write."""

from pathlib import Path

from kedro.io import CatalogProtocol
from kedro.pipeline import Pipeline
from kedro.pipeline.node import Node

from seqframe.config import Settings
from seqframe.evaluation.design import MAX_FOLDS
from seqframe.experiments import EXPERIMENTS
from seqframe.framings import candidate_framings

SEARCH = "run_search"  # name of the node of a search


def framings_in(pipeline: Pipeline) -> tuple[str, ...]:
    """The framings that a pipeline runs, in their order."""
    namespaces = {node.namespace for node in pipeline.nodes}
    return tuple(framing.name for framing in candidate_framings() if framing.name in namespaces)


def is_tracked(pipeline: Pipeline) -> bool:
    """Whether a pipeline trains networks; other pipelines open no MLflow run."""
    return any("training" in node.tags for node in pipeline.nodes)


def count_networks(
    pipeline: Pipeline, seeds: int, folds: int = 1, refits_networks: bool = True, trials: int = 0
) -> int:
    """Number of networks that a pipeline trains, at most, or of experiments that it runs."""
    refits = seeds if refits_networks else 0
    each = {"train_model": 1, "study_seeds": seeds, "run_backtest": folds * seeds, "refit": refits}
    each |= {"train_networks": seeds, "run_search": trials * folds * seeds, "score_best": folds * seeds + refits}
    each |= {experiment.name: 1 for experiment in EXPERIMENTS}
    return sum(each.get(node_step(node), 0) for node in pipeline.nodes)


def count_training(pipeline: Pipeline, settings: Settings) -> tuple[int, int]:
    """The most networks of one node, and the number of epochs of all networks of nodes with several, at most."""
    seeds, folds = settings.training.n_seeds, settings.backtest.n_folds or MAX_FOLDS
    networks = {node: count_networks(Pipeline([node]), seeds, folds) for node in pipeline.nodes}
    epochs = sum(
        count * settings.training.epochs_of(node.namespace or "") for node, count in networks.items() if count > 1
    )
    if any(node.name == SEARCH for node in pipeline.nodes):
        sweep, each = settings.sweep, seeds * settings.training.epochs_of(settings.sweep.framing)
        return sweep.batch * seeds, epochs + sweep.n_trials * folds * each
    return max(networks.values(), default=0), epochs


def node_step(node: Node) -> str:
    """The name of a node, without its framing."""
    return str(node.name.rpartition(".")[2])


def output_files(pipeline: Pipeline, catalog: CatalogProtocol) -> dict[str, Path]:
    """The local files that the nodes of a pipeline write, by the name of their dataset."""
    datasets = {name: catalog.get(name) for node in pipeline.nodes for name in node.outputs}
    paths = {
        name: getattr(dataset, "_filepath", None) or getattr(dataset, "_path", None)
        for name, dataset in datasets.items()
    }
    return {name: Path(path) for name, path in paths.items() if path is not None}
