"""MLflow is told what happens."""

from collections.abc import Callable
from typing import Any

from kedro.framework.hooks import hook_impl
from kedro.io import CatalogProtocol
from kedro.pipeline import Pipeline
from kedro.pipeline.node import Node

from seqframe.checkpoints import CheckpointFile
from seqframe.errors import UserError
from seqframe.hooks.pipelines import framings_of, is_tracked, name_of, step_of
from seqframe.hooks.settings import SettingsHooks
from seqframe.terminal import options_of
from seqframe.tracking import Book, RunBook, Session, Tracker


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
        session = Session(
            run_params["run_id"],
            name_of(run_params),
            framings,
            SettingsHooks.settings,
            f"kedro run{options_of(run_params)}",
        )
        self._tracker = Tracker(session, self.keep_book(session, resumable))

    @hook_impl
    def after_node_run(self, node: Node, inputs: dict[str, Any], outputs: dict[str, Any]) -> None:
        """Log what the node gave."""
        if self._tracker is not None:
            self._tracker.tell(node.namespace or "", step_of(node), inputs, outputs)

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
