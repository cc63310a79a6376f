"""Turns what happens in a `kedro run` into calls of a run logger."""

import atexit
from dataclasses import replace
from typing import Any

from seqframe.tracking.artifacts import log_items
from seqframe.tracking.descriptions import Description
from seqframe.tracking.records import PARENT, RunContext, RunInfo, RunLogger
from seqframe.tracking.run_info import experiments_run_info, make_run_info, settings_file
from seqframe.training.events import subscribe, unsubscribe

LAST_STEPS = ("summarize_model", "summarize_backtest", "study_seeds")  # the last nodes of a framing


class Tracker:
    """Logs the outputs of nodes and the events of training, and closes the runs in any case."""

    def __init__(self, context: RunContext, logger: RunLogger) -> None:
        self._context = context
        self._logger = logger
        self._description = Description(context)
        subscribe(logger.on_event)
        atexit.register(self.close, "KILLED")
        if not context.framings:
            logger.open(context.root, experiments_run_info(context.settings))
        logger.log("", [settings_file(context)])
        if context.root == PARENT:
            logger.log("", [self._description.begin_all()])

    def on_node_run(self, framing: str, step: str, inputs: dict[str, Any], outputs: dict[str, Any]) -> None:
        """Log the outputs of a node. A framing's run is opened when its data is framed, so that bad input opens none."""
        if step == "frame":
            shapes = outputs[f"{framing}.X"].shape, outputs[f"{framing}.y"].shape
            self._open(framing, make_run_info(self._context, framing, inputs["dataset"].df, *shapes))
        elif f"{framing}.shapes" in outputs:  # a backtest frames the data in every fold
            folds = inputs["folds"]
            settings = self._context.settings.model_copy(update={"task": folds.design.task})
            resolved = replace(self._context, settings=settings)
            self._open(framing, make_run_info(resolved, framing, folds.newest.df, *outputs[f"{framing}.shapes"]))
        if items := [*log_items(inputs, outputs), *self._description.update(framing, outputs)]:
            self._logger.log(framing, items)
        if step in LAST_STEPS:
            self._logger.finish(framing)

    def _open(self, framing: str, info: RunInfo) -> None:
        self._logger.open(framing, info)
        self._logger.log(framing, [self._description.begin(framing, info)])

    def close(self, status: str) -> None:
        """Close the runs that are still open."""
        unsubscribe(self._logger.on_event)
        atexit.unregister(self.close)
        self._logger.close(status)
