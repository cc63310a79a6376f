"""Turns what happens in a `kedro run` into calls of a run logger."""

import atexit
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from threading import Lock
from typing import Any

import pandas as pd

from seqframe.tracking.artifacts import log_baseline, log_items, log_trial
from seqframe.tracking.descriptions import Description
from seqframe.tracking.outputs import Output
from seqframe.tracking.records import PARENT, RunContext, RunInfo, RunLogger
from seqframe.tracking.run_info import command_run_info, make_run_info, settings_file, trial_run_info
from seqframe.training.events import subscribe, unsubscribe

TRIALS = "trials"  # dataset with the trials of a sweep
RESULTS = {"backtest_result", "label_result"}  # datasets with a leaderboard of framings and baselines


class Tracker:
    """Logs the declared outputs of nodes and the events of training, and closes the runs in any case.

    `node_counts` is the number of nodes of each framing: its run is finished with the last of them. A run without a
    parent is finished with the command, since nodes of all framings may follow.
    """

    def __init__(
        self,
        context: RunContext,
        logger: RunLogger,
        declared: Mapping[str, Output],
        node_counts: Mapping[str, int],
    ) -> None:
        self._context = context
        self._logger = logger
        self._declared = declared
        self._nodes_left = Counter(node_counts)
        self._shared: RunInfo | None = None  # what all framings have in common
        self._lock = Lock()
        self._description = Description(context, declared)
        subscribe(logger.on_event)
        atexit.register(self.close, "KILLED")
        if not context.framings:
            logger.open(context.root, command_run_info(context))
        logger.log("", [settings_file(context)])
        if context.root == PARENT:
            logger.log("", [self._description.begin_parent()])

    def on_node_run(self, framing: str, inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> None:
        """Log the outputs of a node. A framing's run is opened when its data is framed: bad input opens none."""
        if f"{framing}.X" in outputs:
            shapes = outputs[f"{framing}.X"].shape, outputs[f"{framing}.y"].shape
            self._open(framing, make_run_info(self._context, framing, inputs["dataset"].df, *shapes))
        elif f"{framing}.shapes" in outputs and "label_folds" in inputs:
            df, shapes = inputs["label_folds"].df, outputs[f"{framing}.shapes"]
            self._open(framing, make_run_info(self._context, framing, df, *shapes))
        elif f"{framing}.shapes" in outputs:  # a backtest frames the data in every fold
            folds = inputs["folds"]
            settings = self._context.settings.model_copy(update={"task": folds.design.task})
            resolved = replace(self._context, settings=settings)
            self._open(framing, make_run_info(resolved, framing, folds.newest.df, *outputs[f"{framing}.shapes"]))
        items = [*log_items(self._declared, inputs, outputs), *self._description.update(framing, outputs)]
        if items:
            self._logger.log(framing, items)
        if framing and self._is_last_node(framing) and framing != self._context.root:
            self._logger.finish(framing)
        for name in RESULTS.intersection(outputs):
            self._log_baselines(outputs[name].leaderboard)
        if TRIALS in outputs:
            self._log_trials(outputs[TRIALS])

    def _is_last_node(self, framing: str) -> bool:
        with self._lock:
            self._nodes_left[framing] -= 1
            return self._nodes_left[framing] == 0

    def _log_baselines(self, leaderboard: pd.DataFrame) -> None:
        """A run for each baseline, below the parent run."""
        if self._context.root != PARENT or self._shared is None:
            return
        for row in leaderboard[leaderboard["framing"] == ""].to_dict("records"):
            name = str(row["model"])
            self._logger.open(name, self._shared)
            self._logger.log(name, log_baseline(row))
            self._logger.finish(name)

    def _log_trials(self, trials: pd.DataFrame) -> None:
        """A run for each trial of a sweep, below the parent run."""
        for row in trials.to_dict("records"):
            name, info = f"trial {row['trial']}", trial_run_info(row)
            self._logger.open(name, info)
            self._logger.log(name, log_trial(row))
            self._logger.finish(name)

    def _open(self, framing: str, info: RunInfo) -> None:
        self._shared = info.shared()
        self._logger.open(framing, info)
        self._logger.log(framing, [self._description.begin(framing, info)])

    def close(self, status: str) -> None:
        """Close the runs that are still open."""
        unsubscribe(self._logger.on_event)
        atexit.unregister(self.close)
        self._logger.close(status)
