"""What happens around Kedro's runs: settings are checked first, MLflow and the terminal are told."""

from typing import Any

from kedro.framework.context import KedroContext
from kedro.framework.hooks import hook_impl
from kedro.framework.project import pipelines
from kedro.io import CatalogProtocol
from kedro.pipeline import Pipeline
from kedro.pipeline.node import Node

from seqframe.checkpoints import CheckpointFile
from seqframe.config import Settings, read_settings
from seqframe.errors import UserError
from seqframe.framings import FRAMINGS, check_names, check_settings
from seqframe.pipeline_registry import pipelines_for
from seqframe.terminal import Screen
from seqframe.tracking import RunBook, Session


class SettingsHooks:
    """Refuse bad settings before anything runs, and choose the framings that can do what the others ask for."""

    settings: Settings | None = None

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """Type the parameters of the run; pipelines of all framings are then of those that can pose it."""
        settings = read_settings(context.config_loader["parameters"])
        check_names(settings.training.named_framings())
        SettingsHooks.settings = settings
        for name, pipeline in pipelines_for(settings).items():
            pipelines[name] = pipeline

    @hook_impl(tryfirst=True)
    def before_pipeline_run(self, pipeline: Pipeline) -> None:
        """Refuse what one of the framings cannot pose."""
        for framing in FRAMINGS:
            if self.settings and framing.name in framings_of(pipeline):
                check_settings(framing, self.settings, FRAMINGS)


class TrackingHooks:
    """Tell MLflow."""

    def __init__(self) -> None:
        self._book: RunBook | None = None
        self._checkpoints: list[CheckpointFile] = []

    @hook_impl
    def before_pipeline_run(self, run_params: dict[str, Any], pipeline: Pipeline, catalog: CatalogProtocol) -> None:
        """Begin the session; its runs are opened when the data is framed, so that bad input leaves none."""
        framings = framings_of(pipeline)
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
        session = Session(run_params["run_id"], name_of(run_params), framings, SettingsHooks.settings)
        self._book = RunBook(session, resumable)
        if not framings:
            self._book.open_alone()

    @hook_impl
    def after_node_run(self, node: Node, inputs: dict[str, Any], outputs: dict[str, Any]) -> None:
        """Log what the node gave."""
        if self._book is None:
            return
        framing = node.namespace or ""
        step = node.name.rpartition(".")[2]
        if step == "frame":
            self._book.open(framing, inputs["posed"].rows, outputs[f"{framing}.X"], outputs[f"{framing}.y"])
        else:
            self._book.record(framing, inputs, outputs)
        if step in ("summarise", "study_seeds"):
            self._book.finish(framing)

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
        if self._book is not None:
            self._book.close(status)
            self._book = None


class TerminalHooks:
    """Draw progress, and at the end the tables and the commands that look closer."""

    def __init__(self) -> None:
        self._screen: Screen | None = None

    @hook_impl(trylast=True)
    def before_pipeline_run(self, run_params: dict[str, Any], pipeline: Pipeline) -> None:
        """Say what is about to be run."""
        if (framings_of(pipeline) or is_tracked(pipeline)) and SettingsHooks.settings is not None:
            self._screen = Screen()
            self._screen.open(name_of(run_params), SettingsHooks.settings)

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


def framings_of(pipeline: Pipeline) -> tuple[str, ...]:
    """The framings that a pipeline runs, in their order."""
    namespaces = {node.namespace for node in pipeline.nodes}
    return tuple(framing.name for framing in FRAMINGS if framing.name in namespaces)


def is_tracked(pipeline: Pipeline) -> bool:
    """Whether a pipeline trains anything, so that there is something for MLflow to keep."""
    return any(node.name.endswith((".train", ".study_seeds", "collect_answers")) for node in pipeline.nodes)


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
