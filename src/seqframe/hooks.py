"""Hooks around Kedro runs: they check the settings, choose the executor, log to MLflow and print to the terminal."""

from collections import Counter
from collections.abc import Callable
from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import Any

import pandas as pd
from kedro.framework.context import KedroContext
from kedro.framework.hooks import hook_impl
from kedro.framework.project import pipelines
from kedro.io import CatalogProtocol, MemoryDataset
from kedro.pipeline import Pipeline
from kedro.pipeline.node import Node

from seqframe import __version__
from seqframe.api.checks import check_setting_names
from seqframe.config import PROJECT_ROOT, RUNTIME_ONLY, Settings, parse_settings
from seqframe.config.paths import check_writable
from seqframe.console.console import RunConsole, command_options
from seqframe.data.memory import release_free_memory
from seqframe.datasets.own_folder import OutputFolder
from seqframe.errors import UserError
from seqframe.evaluation.design import MAX_FOLDS
from seqframe.evaluation.sweeps import check_sweep
from seqframe.execution.executors import ClosableExecutor, count_at_once, make_executor
from seqframe.experiments import EXPERIMENTS
from seqframe.forecasting.baselines import backtest_baselines
from seqframe.forecasting.label_baselines import label_baselines
from seqframe.framings import candidate_framings, check_supported
from seqframe.pipeline_registry import pipelines_for
from seqframe.tracking.artifacts import check_kinds
from seqframe.tracking.descriptions import check_notes
from seqframe.tracking.outputs import Output, declared_outputs
from seqframe.tracking.records import RunContext, RunLogger
from seqframe.tracking.runs import MlflowRunLogger
from seqframe.tracking.tracker import Tracker
from seqframe.training.checkpoint import CheckpointStore
from seqframe.training.events import Message, emit

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


def node_step(node: Node) -> str:
    """The name of a node, without its framing."""
    return str(node.name.rpartition(".")[2])


def pipeline_title(run_params: dict[str, Any]) -> str:
    """Name of a run: its pipelines, or `all framings` for the plain `kedro run`."""
    return " + ".join(run_params["pipeline_names"] or ["all framings"])


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


def output_files(pipeline: Pipeline, catalog: CatalogProtocol) -> list[Path]:
    """The local files that the nodes of a pipeline write."""
    datasets = [catalog.get(name) for node in pipeline.nodes for name in node.outputs]
    paths = [getattr(dataset, "_filepath", None) or getattr(dataset, "_path", None) for dataset in datasets]
    return [Path(path) for path in paths if path is not None]


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


class SettingsHooks:
    """Check the settings before anything runs, and choose the framings that support them."""

    settings: Settings | None = None

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """Parse the settings; pipelines of all framings are then reduced to the supported ones."""
        settings = parse_settings(context.config_loader["parameters"])
        check_setting_names(settings)
        SettingsHooks.settings = settings
        pipelines.update(pipelines_for(settings))

    @hook_impl(tryfirst=True)
    def before_pipeline_run(self, run_params: dict[str, Any], pipeline: Pipeline, catalog: CatalogProtocol) -> None:
        """Refuse a framing that does not support the settings, and nodes whose inputs are not available."""
        if self.settings is None:
            return
        if any(node.name == SEARCH for node in pipeline.nodes):
            check_sweep(self.settings)
        names = set(framings_in(pipeline))
        if any(node.name in ("refit", "score_best") for node in pipeline.nodes):
            names.add(str(self.settings.backtest.refit))
        for framing in candidate_framings():
            if framing.name in names:
                check_supported(framing, self.settings, candidate_framings(self.settings))
        check_inputs(pipeline, catalog, run_params)
        check_writable(output_files(pipeline, catalog))


class OutputHooks:
    """Give a command a folder of its own while another one writes to the project's `data`."""

    def __init__(self) -> None:
        self.folder = OutputFolder()
        self._project = PROJECT_ROOT

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """Note the folder of the project."""
        self._project = context.project_path

    @hook_impl
    def before_pipeline_run(self, run_params: dict[str, Any], pipeline: Pipeline, catalog: CatalogProtocol) -> None:
        """Choose the folder."""
        datasets = [catalog.get(name) for node in pipeline.nodes for name in node.outputs]
        self.folder.choose(self._project, run_params["run_id"], datasets)

    @hook_impl(trylast=True)
    def after_pipeline_run(self) -> None:
        """Release the folder."""
        self.folder.release()

    @hook_impl
    def on_pipeline_error(self) -> None:
        """Release the folder."""
        self.folder.release()


class ConsoleHooks:
    """Print progress, and at the end the tables and the commands that show more."""

    def __init__(self) -> None:
        self._console: RunConsole | None = None
        self._pipeline = Pipeline([])
        self._declared: dict[str, Output] = {}
        self._results: dict[str, Any] = {}
        self._folds = 1

    @hook_impl(trylast=True)
    def before_pipeline_run(self, run_params: dict[str, Any], pipeline: Pipeline, catalog: CatalogProtocol) -> None:
        """Print what is run."""
        if SettingsHooks.settings is None:
            return
        self._console, self._pipeline, self._folds, self._results = RunConsole(), pipeline, 1, {}
        self._declared = declared_outputs({name: catalog.get(name) for name in pipeline.outputs()})
        self._console.open(pipeline_title(run_params), SettingsHooks.settings, OUTPUT.folder.name)
        self._expect(SettingsHooks.settings, SettingsHooks.settings.backtest.refit)

    @hook_impl
    def after_node_run(self, node: Node, outputs: dict[str, Any]) -> None:
        """Show finished framings and experiments, and the number of networks once the folds are known."""
        if self._console is None or SettingsHooks.settings is None:
            return
        self._results |= {name: outputs[name] for name in self._declared.keys() & outputs.keys()}
        refit = SettingsHooks.settings.backtest.refit
        if "backtest_config" in outputs:
            self._folds = outputs["backtest_config"].n_folds
            self._expect(SettingsHooks.settings, refit)
        if "conclusion" in outputs:
            self._expect(SettingsHooks.settings, refit or outputs["conclusion"].refit)
        if count_networks(Pipeline([node]), seeds=1):
            refitted = _refitted_name(outputs)
            self._console.finish(node.namespace or refitted or node_step(node))

    def _expect(self, settings: Settings, refit: str | None) -> None:
        """Set the number of networks; `refit` is the framing or baseline that is refitted, None where it is unknown."""
        if self._console is not None:
            baselines = {*backtest_baselines(), *(each.name for each in label_baselines(settings.task))}
            seeds, networks = settings.training.n_seeds, refit not in baselines
            trials = settings.sweep.n_trials
            self._console.expect(count_networks(self._pipeline, seeds, self._folds, networks, trials))

    @hook_impl(trylast=True)
    def after_pipeline_run(self, run_params: dict[str, Any]) -> None:
        """Print the outputs that the catalog declares, and the commands that show more.

        They are not read from files, which another run may have replaced.
        """
        if self._console is None:
            return
        title = pipeline_title(run_params)
        printed = [name for name, output in self._declared.items() if output.is_printed_in(title)]
        results = {name: _as_stored(self._results[name]) for name in printed if name in self._results}
        if not results and not is_tracked(self._pipeline):
            nodes = ", ".join(node.name for node in self._pipeline.nodes)
            emit(Message(f"Finished: {nodes}. There are no results to print."))
        self._console.close()
        if results or is_tracked(self._pipeline):
            self._console.show(results, run_params)
        self._console = None

    @hook_impl
    def on_pipeline_error(self) -> None:
        """Remove the progress bars."""
        self.close()

    def close(self) -> None:
        """Stop printing, and show the terminal's cursor again."""
        if self._console is not None:
            self._console.close()
            self._console = None


class TrackingHooks:
    """Log to MLflow, with the run logger that `logger_factory` makes."""

    def __init__(self) -> None:
        self.logger_factory: Callable[[RunContext, str], RunLogger] = MlflowRunLogger
        self._tracker: Tracker | None = None

    @hook_impl
    def before_pipeline_run(self, run_params: dict[str, Any], pipeline: Pipeline, catalog: CatalogProtocol) -> None:
        """Start tracking; runs are opened when the data is framed, so that bad input opens none."""
        declared = declared_outputs({name: catalog.get(name) for node in pipeline.nodes for name in node.outputs})
        check_kinds(declared)
        check_notes(declared)
        if not is_tracked(pipeline) or SettingsHooks.settings is None:
            return
        if "ParallelRunner" in run_params["runner"]:
            raise UserError(
                "Runs are tracked by hooks, and Kedro's ParallelRunner does not call them. "
                "Received: --runner=ParallelRunner. Use SequentialRunner (the default) or ThreadRunner."
            )
        context = RunContext(
            run_params["run_id"],
            pipeline_title(run_params),
            framings_in(pipeline),
            SettingsHooks.settings,
            f"kedro run{command_options(run_params)}{selection_options(run_params)}",
        )
        logger = self.logger_factory(context, CHECKPOINTS.token)
        self._tracker = Tracker(context, logger, declared, Counter(node.namespace or "" for node in pipeline.nodes))

    @hook_impl
    def after_node_run(self, node: Node, inputs: dict[str, Any], outputs: dict[str, Any]) -> None:
        """Log the outputs of the node."""
        if self._tracker is not None:
            self._tracker.on_node_run(node.namespace or "", inputs, outputs)

    @hook_impl
    def after_pipeline_run(self) -> None:
        """Close the runs as finished."""
        self.close("FINISHED")

    @hook_impl
    def on_pipeline_error(self) -> None:
        """Close the runs as failed."""
        self.close("FAILED")

    def close(self, status: str) -> None:
        """Close the open runs with that status."""
        if self._tracker is not None:
            self._tracker.close(status)
            self._tracker = None


class CheckpointHooks:
    """Give every command a folder of its own for checkpoints, and delete it after everything else is done.

    A command that is killed at any moment before that is resumed by the same command with the same settings.
    """

    def __init__(self) -> None:
        self.token = ""  # names the command for MLflow; empty if nothing can be resumed
        self._store: CheckpointStore | None = None
        self._message = ""

    @hook_impl
    def before_pipeline_run(self, run_params: dict[str, Any], pipeline: Pipeline, catalog: CatalogProtocol) -> None:
        """Find the checkpoints of an interrupted run of the same command."""
        self.token, self._store, self._message = "", None, ""
        settings = SettingsHooks.settings
        if settings is None or "checkpoints" not in pipeline.inputs():
            return
        name = pipeline_title(run_params).replace(" ", "_")
        catalog["checkpoints"].set_command(f"{name}-{_command_hash(settings, pipeline)}")
        store = catalog["checkpoints"].load()
        if not store.lock():
            return
        self._store = store
        if not settings.training.resume:
            store.clear()
        elif count := store.count():
            self._message = f"Resuming an interrupted run. Networks with a checkpoint: {count}."
        elif any(CheckpointStore(folder).count() for folder in store.folder.parent.glob(f"{name}-*")):
            self._message = "The checkpoints of an interrupted run with other settings are not used."
        self.token = store.token()

    @hook_impl
    def before_node_run(self) -> None:
        """Print whether a run is resumed."""
        if self._message:
            emit(Message(self._message))
            self._message = ""

    @hook_impl(trylast=True)
    def after_pipeline_run(self) -> None:
        """Delete the checkpoints: the results are saved, logged and printed."""
        if self._store is not None:
            self._store.delete()
            self._store = None

    @hook_impl
    def on_pipeline_error(self) -> None:
        """Keep the checkpoints, if there are any, so that the next run resumes."""
        if self._store is not None:
            if self._store.count():
                self._store.release()
            else:
                self._store.delete()
            self._store = None


class MemoryHooks:
    """Give memory that a node has used back to the system, so that the peaks of nodes do not add up."""

    @hook_impl
    def after_node_run(self) -> None:
        """Release memory that is free."""
        release_free_memory()


SEARCH = "run_search"  # name of the node of a search


class ExecutionHooks:
    """Give a command the executor of its settings, and end the worker processes with it."""

    def __init__(self) -> None:
        self._executor: ClosableExecutor | None = None

    @hook_impl
    def before_pipeline_run(self, pipeline: Pipeline, catalog: CatalogProtocol) -> None:
        """Choose the executor. Worker processes start at once, while this process reads the data."""
        self.close()
        settings = SettingsHooks.settings
        if settings is None or "executor" not in pipeline.inputs():
            return
        searches = any(node.name == SEARCH for node in pipeline.nodes)  # whose trials differ in more than their seed
        at_once = 1 if searches else count_at_once(settings)
        self._executor = make_executor(settings.execution, *_count_training(pipeline, settings), at_once)
        catalog["executor"].set_executor(self._executor)

    @hook_impl
    def after_pipeline_run(self) -> None:
        """End the worker processes."""
        self.close()

    @hook_impl
    def on_pipeline_error(self) -> None:
        """End the worker processes."""
        self.close()

    def close(self) -> None:
        """End the worker processes, if there are any."""
        if self._executor is not None:
            self._executor.close()
            self._executor = None


def _count_training(pipeline: Pipeline, settings: Settings) -> tuple[int, int]:
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


def _as_stored(value: Any) -> Any:
    """A table with the types that it has in its CSV file; other values are unchanged."""
    return pd.read_csv(StringIO(value.to_csv(index=False))) if isinstance(value, pd.DataFrame) else value


def _refitted_name(outputs: dict[str, Any]) -> str | None:
    """Name of the framing or the baseline that a node has refitted, if it has."""
    if "classifier" in outputs:
        return str(outputs["classifier"].classifier.config.name)
    return str(outputs["forecaster"].forecaster.config.name) if "forecaster" in outputs else None


def _command_hash(settings: Settings, pipeline: Pipeline) -> str:
    """What tells two commands of the same name apart: settings that change results, and nodes."""
    content = settings.model_dump_json(exclude={"training": RUNTIME_ONLY, "execution": True})
    parts = [__version__, content, *sorted(node.name for node in pipeline.nodes)]
    return sha256("\n".join(parts).encode()).hexdigest()[:8]


TRACKING = TrackingHooks()
OUTPUT = OutputHooks()
CONSOLE = ConsoleHooks()
CHECKPOINTS = CheckpointHooks()
EXECUTION = ExecutionHooks()
# The last ones are called first, except for trylast.
HOOKS = (SettingsHooks(), TRACKING, CONSOLE, CHECKPOINTS, MemoryHooks(), EXECUTION, OUTPUT)


def close_all(status: str) -> None:
    """End the worker processes, and close the console and the MLflow runs of a run that was stopped from outside."""
    EXECUTION.close()
    CONSOLE.close()
    TRACKING.close(status)
    OUTPUT.folder.release()
