"""The pipelines and options of a command, and whether the selected nodes have their inputs."""

from typing import Any

from kedro.io import CatalogProtocol, MemoryDataset
from kedro.pipeline import Pipeline

from seqframe.console.console import command_options
from seqframe.errors import UserError
from seqframe.pipelines.names import pipeline_title

SELECTION = {  # options of `kedro run` that select nodes, by their name in Kedro's run parameters
    "tags": "tags",
    "node_names": "nodes",
    "from_nodes": "from-nodes",
    "to_nodes": "to-nodes",
    "from_inputs": "from-inputs",
    "to_outputs": "to-outputs",
    "namespaces": "namespaces",
}
MOST_LISTED = 3  # datasets or nodes that an error message lists


def folder_name(run_params: dict[str, Any]) -> str:
    """Name of a folder for the files of a run: its title, without spaces."""
    return pipeline_title(run_params["pipeline_names"]).replace(" ", "_")


def command_line(run_params: dict[str, Any]) -> str:
    """The command as it is typed."""
    return f"kedro run{command_options(run_params)}{selection_options(run_params)}"


def selection_options(run_params: dict[str, Any]) -> str:
    """The options that select nodes, as they are typed, with a space before each."""
    given = {option: run_params.get(name) for name, option in SELECTION.items()}
    return "".join(f" --{option}={','.join(names)}" for option, names in given.items() if names)


def check_inputs(pipeline: Pipeline, catalog: CatalogProtocol, run_params: dict[str, Any]) -> None:
    """Check that every input of the selected nodes is computed by another selected node, stored or a setting.

    Raises:
        UserError: An input is kept in memory only. One line names it and the command that computes it.
    """
    missing = [name for name in sorted(pipeline.inputs()) if not _is_available(catalog, name)]
    if not missing:
        return
    command = f"kedro run{command_options(run_params)}{_wider_selection(pipeline, run_params)}"
    raise UserError(
        f"The selected nodes need datasets that are kept in memory only: {_list(missing)}. "
        f"Run the nodes that compute them, too: {command}"
    )


def _wider_selection(pipeline: Pipeline, run_params: dict[str, Any]) -> str:
    """The option that selects the same nodes and all nodes before them; empty if that is nearly the whole pipeline."""
    if run_params.get("namespaces"):
        return f" --tags={','.join(run_params['namespaces'])}"
    consumed = {name for node in pipeline.nodes for name in node.inputs}
    last = [node.name for node in pipeline.nodes if not consumed & set(node.outputs)]
    return f" --to-nodes={','.join(last)}" if len(last) <= MOST_LISTED else ""


def _is_available(catalog: CatalogProtocol, name: str) -> bool:
    dataset = catalog.get(name)
    return dataset is not None and not (isinstance(dataset, MemoryDataset) and not dataset.exists())


def _list(names: list[str]) -> str:
    shown = ", ".join(names[:MOST_LISTED])
    return shown if len(names) <= MOST_LISTED else f"{shown} and {len(names) - MOST_LISTED} more"
