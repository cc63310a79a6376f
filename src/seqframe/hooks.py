"""What happens around Kedro's runs: settings are checked first, MLflow and the terminal are told."""

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
from seqframe.errors import UserError
from seqframe.experiments import EXPERIMENTS
from seqframe.framings import FRAMINGS, check_framing_names, check_supported
from seqframe.pipeline_registry import pipelines_for
from seqframe.tracking.records import RunContext, RunLogger
from seqframe.tracking.runs import MlflowRunLogger
from seqframe.tracking.tracker import Tracker
from seqframe.training.checkpoint import CheckpointFile

# What a pipeline is asked about itself.


def framings_in(pipeline: Pipeline) -> tuple[str, ...]:
    """The framings that a pipeline runs, in their order."""
    namespaces = {node.namespace for node in pipeline.nodes}
    return tuple(framing.name for framing in FRAMINGS if framing.name in namespaces)


def is_tracked(pipeline: Pipeline) -> bool:
    """Whether a pipeline trains anything, so that there is something for MLflow to keep."""
    training = ("train", "run_backtest", "study_seeds", "collect_findings")
    return any(node_step(node) in training for node in pipeline.nodes)


def count_networks(pipeline: Pipeline, seeds: int, folds: int = 1) -> int:
    """How many networks a pipeline trains, or how many questions it answers."""
    each = {"train": 1, "study_seeds": seeds, "run_backtest": folds * seeds, "refit": seeds}
    pieces = each | {question.name: 1 for question in EXPERIMENTS}
    return sum(pieces.get(node_step(node), 0) for node in pipeline.nodes)


def node_step(node: Node) -> str:
    """The name of a node, without its framing."""
    return str(node.name.rpartition(".")[2])


def pipeline_title(run_params: dict[str, Any]) -> str:
    """What a run is called: by its pipelines, or `all framings` for the plain `kedro run`."""
    return " + ".join(run_params["pipeline_names"] or ["all framings"])


# Settings are checked before anything runs.


class SettingsHooks:
    """Refuse bad settings before anything runs, and choose the framings that can do what the others ask for."""

    settings: Settings | None = None

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """Type the parameters of the run; pipelines of all framings are then of those that can pose it."""
        settings = parse_settings(context.config_loader["parameters"])
        check_framing_names(settings.training.named_framings(), "training.epochs")
        check_framing_names({settings.backtest.refit} if settings.backtest.refit else set(), "backtest.refit")
        SettingsHooks.settings = settings
        pipelines.update(pipelines_for(settings))

    @hook_impl(tryfirst=True)
    def before_pipeline_run(self, pipeline: Pipeline) -> None:
        """Refuse what one of the framings cannot pose."""
        if self.settings is None:
            return
        names = set(framings_in(pipeline))
        if any(node.name == "refit" for node in pipeline.nodes):
            names.add(str(self.settings.backtest.refit))
        for framing in FRAMINGS:
            if framing.name in names:
                check_supported(framing, self.settings, FRAMINGS)


# The terminal is told what happens.


class TerminalHooks:
    """Draw progress, and at the end the tables and the commands that look closer."""

    def __init__(self) -> None:
        self._screen: RunConsole | None = None
        self._pipeline = Pipeline([])

    @hook_impl(trylast=True)
    def before_pipeline_run(self, run_params: dict[str, Any], pipeline: Pipeline) -> None:
        """Say what is about to be run."""
        shown = framings_in(pipeline) or is_tracked(pipeline) or "forecasts" in pipeline.outputs()
        if shown and SettingsHooks.settings is not None:
            self._screen, self._pipeline = RunConsole(), pipeline
            self._screen.open(pipeline_title(run_params), SettingsHooks.settings)
            self._screen.expect(count_networks(pipeline, SettingsHooks.settings.training.n_seeds))

    @hook_impl
    def after_node_run(self, node: Node, outputs: dict[str, Any]) -> None:
        """Say what is done: the networks of a framing, or a question; and when it is known, how much there is."""
        if self._screen is None or SettingsHooks.settings is None:
            return
        if "folds" in outputs:
            folds, seeds = len(outputs["folds"].dataset), SettingsHooks.settings.training.n_seeds
            self._screen.expect(count_networks(self._pipeline, seeds, folds))
        if count_networks(Pipeline([node]), seeds=1):
            kept = outputs["forecaster"].forecaster.config.framing if "forecaster" in outputs else None
            self._screen.finish(node.namespace or kept or node_step(node))

    @hook_impl(trylast=True)
    def after_pipeline_run(self, run_result: dict[str, Any], run_params: dict[str, Any]) -> None:
        """Show the tables that the pipeline ends in."""
        if self._screen is not None:
            self._screen.close()
            tables = {name: dataset.load() for name, dataset in run_result.items() if self._screen.shows(name)}
            self._screen.show(tables, run_params)
            self._screen = None

    @hook_impl
    def on_pipeline_error(self) -> None:
        """Clear the progress bars away."""
        self.close()

    def close(self) -> None:
        """Stop drawing, and give the terminal its cursor back."""
        if self._screen is not None:
            self._screen.close()
            self._screen = None


# MLflow is told what happens.


class TrackingHooks:
    """Tell MLflow, through a book that is kept in this process unless `keep_book` is told otherwise."""

    def __init__(self) -> None:
        self.keep_book: Callable[[RunContext, bool], RunLogger] = MlflowRunLogger
        self._tracker: Tracker | None = None
        self._checkpoints: list[CheckpointFile] = []

    @hook_impl
    def before_pipeline_run(self, run_params: dict[str, Any], pipeline: Pipeline, catalog: CatalogProtocol) -> None:
        """Begin the session; its runs are opened when the data is framed, so that bad input leaves none."""
        framings = framings_in(pipeline)
        if not is_tracked(pipeline) or SettingsHooks.settings is None:
            return
        if "ParallelRunner" in run_params["runner"]:
            raise UserError(
                "Runs are tracked by hooks, and Kedro's ParallelRunner does not call them. "
                "Received: --runner=ParallelRunner. Use SequentialRunner, which is the default, or ThreadRunner."
            )
        self._checkpoints = [
            catalog[name].load() for node in pipeline.nodes for name in node.inputs if name.endswith(".checkpoint")
        ]
        held = [checkpoint.claim() and checkpoint.exists() for checkpoint in self._checkpoints]
        resumable = SettingsHooks.settings.training.resume and any(held)
        session = RunContext(
            run_params["run_id"],
            pipeline_title(run_params),
            framings,
            SettingsHooks.settings,
            f"kedro run{command_options(run_params)}",
        )
        self._tracker = Tracker(session, self.keep_book(session, resumable))

    @hook_impl
    def after_node_run(self, node: Node, inputs: dict[str, Any], outputs: dict[str, Any]) -> None:
        """Log what the node gave."""
        if self._tracker is not None:
            self._tracker.tell(node.namespace or "", node_step(node), inputs, outputs)

    @hook_impl
    def after_pipeline_run(self) -> None:
        """Close the session's runs as finished; their checkpoints have done their work."""
        self.close("FINISHED")
        list(map(CheckpointFile.discard, self._checkpoints))

    @hook_impl
    def on_pipeline_error(self) -> None:
        """Close the session's runs as failed."""
        self.close("FAILED")

    def close(self, status: str) -> None:
        """Close the session's open runs with a status."""
        if self._tracker is not None:
            self._tracker.close(status)
            self._tracker = None


TRACKING = TrackingHooks()
TERMINAL = TerminalHooks()
HOOKS = (SettingsHooks(), TRACKING, TERMINAL)


def close_all(status: str) -> None:
    """Leave nothing open behind a run that was stopped from outside."""
    TERMINAL.close()
    TRACKING.close(status)
