"""Hooks around Kedro runs: they check the settings, log to MLflow and print to the terminal."""

from collections.abc import Callable
from typing import Any

from kedro.framework.context import KedroContext
from kedro.framework.hooks import hook_impl
from kedro.framework.project import pipelines
from kedro.io import CatalogProtocol
from kedro.pipeline import Pipeline
from kedro.pipeline.node import Node

from seqframe.config import Settings, parse_settings
from seqframe.console.console import RunConsole, command_options
from seqframe.data.generators import check_generator_name
from seqframe.errors import UserError
from seqframe.experiments import EXPERIMENTS
from seqframe.framings import FRAMINGS, check_framing_names, check_supported
from seqframe.pipeline_registry import pipelines_for
from seqframe.tracking.records import RunContext, RunLogger
from seqframe.tracking.runs import MlflowRunLogger
from seqframe.tracking.tracker import Tracker
from seqframe.training.checkpoint import CheckpointFile

# Questions about a pipeline.


def framings_in(pipeline: Pipeline) -> tuple[str, ...]:
    """The framings that a pipeline runs, in their order."""
    namespaces = {node.namespace for node in pipeline.nodes}
    return tuple(framing.name for framing in FRAMINGS if framing.name in namespaces)


def is_tracked(pipeline: Pipeline) -> bool:
    """Whether a pipeline trains networks; other pipelines open no MLflow run."""
    training = ("train_model", "run_backtest", "study_seeds", "collect_findings")
    return any(node_step(node) in training for node in pipeline.nodes)


def count_networks(pipeline: Pipeline, seeds: int, folds: int = 1) -> int:
    """Number of networks that a pipeline trains, or of experiments that it runs."""
    each = {"train_model": 1, "study_seeds": seeds, "run_backtest": folds * seeds, "refit": seeds}
    pieces = each | {question.name: 1 for question in EXPERIMENTS}
    return sum(pieces.get(node_step(node), 0) for node in pipeline.nodes)


def node_step(node: Node) -> str:
    """The name of a node, without its framing."""
    return str(node.name.rpartition(".")[2])


def pipeline_title(run_params: dict[str, Any]) -> str:
    """Name of a run: its pipelines, or `all framings` for the plain `kedro run`."""
    return " + ".join(run_params["pipeline_names"] or ["all framings"])


class SettingsHooks:
    """Check the settings before anything runs, and choose the framings that support them."""

    settings: Settings | None = None

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """Parse the settings; pipelines of all framings are then reduced to the supported ones."""
        settings = parse_settings(context.config_loader["parameters"])
        if not settings.data.is_table:
            check_generator_name(settings.data.source)
        check_framing_names(settings.training.named_framings(), "training.epochs")
        check_framing_names({settings.backtest.refit} if settings.backtest.refit else set(), "backtest.refit")
        SettingsHooks.settings = settings
        pipelines.update(pipelines_for(settings))

    @hook_impl(tryfirst=True)
    def before_pipeline_run(self, pipeline: Pipeline) -> None:
        """Refuse a framing that does not support the settings."""
        if self.settings is None:
            return
        names = set(framings_in(pipeline))
        if any(node.name == "refit" for node in pipeline.nodes):
            names.add(str(self.settings.backtest.refit))
        for framing in FRAMINGS:
            if framing.name in names:
                check_supported(framing, self.settings, FRAMINGS)


class ConsoleHooks:
    """Print progress, and at the end the tables and the commands that show more."""

    def __init__(self) -> None:
        self._console: RunConsole | None = None
        self._pipeline = Pipeline([])

    @hook_impl(trylast=True)
    def before_pipeline_run(self, run_params: dict[str, Any], pipeline: Pipeline) -> None:
        """Print what is run."""
        shown = framings_in(pipeline) or is_tracked(pipeline) or "forecasts" in pipeline.outputs()
        if shown and SettingsHooks.settings is not None:
            self._console, self._pipeline = RunConsole(), pipeline
            self._console.open(pipeline_title(run_params), SettingsHooks.settings)
            self._console.expect(count_networks(pipeline, SettingsHooks.settings.training.n_seeds))

    @hook_impl
    def after_node_run(self, node: Node, outputs: dict[str, Any]) -> None:
        """Show finished framings and experiments, and the number of networks once the folds are known."""
        if self._console is None or SettingsHooks.settings is None:
            return
        if "folds" in outputs:
            folds, seeds = len(outputs["folds"].datasets), SettingsHooks.settings.training.n_seeds
            self._console.expect(count_networks(self._pipeline, seeds, folds))
        if count_networks(Pipeline([node]), seeds=1):
            refitted = outputs["forecaster"].forecaster.config.framing if "forecaster" in outputs else None
            self._console.finish(node.namespace or refitted or node_step(node))

    @hook_impl(trylast=True)
    def after_pipeline_run(self, run_result: dict[str, Any], run_params: dict[str, Any]) -> None:
        """Print the results of the pipeline."""
        if self._console is not None:
            self._console.close()
            tables = {name: dataset.load() for name, dataset in run_result.items() if self._console.shows(name)}
            self._console.show(tables, run_params)
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
        self.logger_factory: Callable[[RunContext, bool], RunLogger] = MlflowRunLogger
        self._tracker: Tracker | None = None
        self._checkpoints: list[CheckpointFile] = []

    @hook_impl
    def before_pipeline_run(self, run_params: dict[str, Any], pipeline: Pipeline, catalog: CatalogProtocol) -> None:
        """Start tracking; runs are opened when the data is framed, so that bad input opens none."""
        framings = framings_in(pipeline)
        if not is_tracked(pipeline) or SettingsHooks.settings is None:
            return
        if "ParallelRunner" in run_params["runner"]:
            raise UserError(
                "Runs are tracked by hooks, and Kedro's ParallelRunner does not call them. "
                "Received: --runner=ParallelRunner. Use SequentialRunner (the default) or ThreadRunner."
            )
        self._checkpoints = [
            catalog[name].load() for node in pipeline.nodes for name in node.inputs if name.endswith(".checkpoint")
        ]
        held = [checkpoint.claim() and checkpoint.exists() for checkpoint in self._checkpoints]
        resumable = SettingsHooks.settings.training.resume and any(held)
        context = RunContext(
            run_params["run_id"],
            pipeline_title(run_params),
            framings,
            SettingsHooks.settings,
            f"kedro run{command_options(run_params)}",
        )
        self._tracker = Tracker(context, self.logger_factory(context, resumable))

    @hook_impl
    def after_node_run(self, node: Node, inputs: dict[str, Any], outputs: dict[str, Any]) -> None:
        """Log the outputs of the node."""
        if self._tracker is not None:
            self._tracker.on_node_run(node.namespace or "", node_step(node), inputs, outputs)

    @hook_impl
    def after_pipeline_run(self) -> None:
        """Close the runs as finished, and delete their checkpoints."""
        self.close("FINISHED")
        list(map(CheckpointFile.discard, self._checkpoints))

    @hook_impl
    def on_pipeline_error(self) -> None:
        """Close the runs as failed."""
        self.close("FAILED")

    def close(self, status: str) -> None:
        """Close the open runs with that status."""
        if self._tracker is not None:
            self._tracker.close(status)
            self._tracker = None


TRACKING = TrackingHooks()
CONSOLE = ConsoleHooks()
HOOKS = (SettingsHooks(), TRACKING, CONSOLE)


def close_all(status: str) -> None:
    """Close the console and the MLflow runs of a run that was stopped from outside."""
    CONSOLE.close()
    TRACKING.close(status)
