"""What happens around Kedro's runs: settings are checked first, MLflow and the terminal are told."""

from collections.abc import Callable
from typing import Any

from kedro.framework.context import KedroContext
from kedro.framework.hooks import hook_impl
from kedro.io import CatalogProtocol
from kedro.pipeline import Pipeline
from kedro.pipeline.node import Node

from seqframe.checkpoints import CheckpointFile
from seqframe.config import Settings, read_settings
from seqframe.errors import UserError
from seqframe.framings import FRAMINGS, check_names, check_task
from seqframe.terminal import Screen
from seqframe.tracking import Book, RunBook, Session, Tracker


class SettingsHooks:
    """Refuse bad settings before anything runs."""

    settings: Settings | None = None

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """Type the parameters of the run."""
        settings = read_settings(context.config_loader["parameters"])
        check_names(settings.training.named_framings())
        SettingsHooks.settings = settings

    @hook_impl(tryfirst=True)
    def before_pipeline_run(self, pipeline: Pipeline) -> None:
        """Refuse a task that one of the framings cannot pose."""
        for framing in FRAMINGS:
            if self.settings and framing.name in framings_of(pipeline):
                check_task(framing, self.settings.task, FRAMINGS)


class TrackingHooks:
    """Tell MLflow, through a book that is kept in this process unless `keep_book` is told otherwise."""

    def __init__(self) -> None:
        self.keep_book: Callable[[Session, bool], Book] = RunBook
        self._tracker: Tracker | None = None
        self._checkpoints: list[CheckpointFile] = []

    @hook_impl
    def before_pipeline_run(self, run_params: dict[str, Any], pipeline: Pipeline, catalog: CatalogProtocol) -> None:
        """Begin the session; its runs are opened when the data is framed, so that bad input leaves none."""
        framings = framings_of(pipeline)
        if not framings or SettingsHooks.settings is None:
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
        session = Session(run_params["run_id"], name_of(run_params), framings, SettingsHooks.settings)
        self._tracker = Tracker(session, self.keep_book(session, resumable))

    @hook_impl
    def after_node_run(self, node: Node, inputs: dict[str, Any], outputs: dict[str, Any]) -> None:
        """Log what the node gave."""
        if self._tracker is not None:
            self._tracker.tell(node.namespace or "", node.name.rpartition(".")[2], inputs, outputs)

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


class TerminalHooks:
    """Draw progress, and at the end the tables and the commands that look closer."""

    def __init__(self) -> None:
        self._screen: Screen | None = None

    @hook_impl(trylast=True)
    def before_pipeline_run(self, run_params: dict[str, Any], pipeline: Pipeline) -> None:
        """Say what is about to be run."""
        if framings_of(pipeline) and SettingsHooks.settings is not None:
            self._screen = Screen()
            self._screen.open(name_of(run_params), SettingsHooks.settings)

    @hook_impl(trylast=True)
    def after_pipeline_run(self, run_result: dict[str, Any], run_params: dict[str, Any]) -> None:
        """Show the tables that the pipeline ends in."""
        if self._screen is not None:
            self._screen.close()
            tables = {name: dataset.load() for name, dataset in run_result.items() if name in self._screen.SHOWN}
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


def framings_of(pipeline: Pipeline) -> tuple[str, ...]:
    """The framings that a pipeline runs, in their order."""
    namespaces = {node.namespace for node in pipeline.nodes}
    return tuple(framing.name for framing in FRAMINGS if framing.name in namespaces)


def name_of(run_params: dict[str, Any]) -> str:
    """What a run is called: by its pipelines, or `all framings` for the plain `kedro run`."""
    return " + ".join(run_params["pipeline_names"] or ["all framings"])


TRACKING = TrackingHooks()
TERMINAL = TerminalHooks()
HOOKS = (SettingsHooks(), TRACKING, TERMINAL)


def close_all(status: str) -> None:
    """Leave nothing open behind a run that was stopped from outside."""
    TERMINAL.close()
    TRACKING.close(status)
