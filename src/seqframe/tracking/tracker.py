"""What a session does, told to its book."""

import atexit
from dataclasses import replace
from typing import Any

from seqframe.tracking.artifacts import log_items
from seqframe.tracking.descriptions import Description
from seqframe.tracking.records import PARENT, RunContext, RunInfo, RunLogger
from seqframe.tracking.run_info import experiments_run_info, make_run_info, settings_file
from seqframe.training.events import subscribe, unsubscribe

LAST_STEPS = ("summarize", "study_seeds")  # with which a framing's work is done


class Tracker:
    """Tells a book what nodes gave and what training announces, and has it closed whatever happens."""

    def __init__(self, session: RunContext, book: RunLogger) -> None:
        self._session = session
        self._book = book
        self._description = Description(session)
        subscribe(book.hear)
        atexit.register(self.close, "KILLED")
        if not session.framings:
            book.open(session.root, experiments_run_info(session.settings))
        book.record("", [settings_file(session)])
        if session.root == PARENT:
            book.record("", [self._description.begin_all()])

    def tell(self, framing: str, step: str, inputs: dict[str, Any], outputs: dict[str, Any]) -> None:
        """A node was run. A framing's run is opened when its data is framed, so that bad input leaves none."""
        if step == "frame":
            shapes = outputs[f"{framing}.X"].shape, outputs[f"{framing}.y"].shape
            self._open(framing, make_run_info(self._session, framing, inputs["dataset"].df, *shapes))
        elif f"{framing}.shapes" in outputs:  # of a backtest, whose data is framed in every fold
            folds = inputs["folds"]
            settings = self._session.settings.model_copy(update={"task": folds.design.task})
            settled = replace(self._session, settings=settings)
            self._open(framing, make_run_info(settled, framing, folds.newest.df, *outputs[f"{framing}.shapes"]))
        if contents := [*log_items(inputs, outputs), *self._description.tell(framing, outputs)]:
            self._book.record(framing, contents)
        if step in LAST_STEPS:
            self._book.finish(framing)

    def _open(self, framing: str, start: RunInfo) -> None:
        self._book.open(framing, start)
        self._book.record(framing, [self._description.begin(framing, start)])

    def close(self, status: str) -> None:
        """Close the runs that are still open."""
        unsubscribe(self._book.hear)
        atexit.unregister(self.close)
        self._book.close(status)
