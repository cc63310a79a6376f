"""MLflow runs of a command."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from kedro.framework.hooks import hook_impl
from kedro.io import CatalogProtocol
from kedro.pipeline import Pipeline
from kedro.pipeline.node import Node

from seqframe.errors import UserError
from seqframe.hooks.checkpoints import CheckpointHooks
from seqframe.hooks.checks import SettingsHooks
from seqframe.hooks.pipeline_content import framings_in, is_tracked
from seqframe.hooks.selection import command_line
from seqframe.pipelines.names import pipeline_title
from seqframe.tracking.artifacts import check_kinds
from seqframe.tracking.descriptions import check_notes
from seqframe.tracking.outputs import declared_outputs
from seqframe.tracking.records import RunContext, RunLogger
from seqframe.tracking.runs import MlflowRunLogger
from seqframe.tracking.tracker import Tracker


class TrackingHooks:
    """Log to MLflow, with the run logger that `logger_factory` makes."""

    def __init__(self, checkpoints: CheckpointHooks) -> None:
        self._checkpoints = checkpoints
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
            pipeline_title(run_params["pipeline_names"]),
            framings_in(pipeline),
            SettingsHooks.settings,
            command_line(run_params),
        )
        logger = self.logger_factory(context, self._checkpoints.token)
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
