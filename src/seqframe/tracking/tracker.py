"""What a session does, told to its book."""

import atexit
from typing import Any

from seqframe.progress import listen, stop_listening
from seqframe.tracking.contents import contents_of, start_alone, start_of
from seqframe.tracking.records import Book, Session

LAST_STEPS = ("summarise", "study_seeds")  # with which a framing's work is done


class Tracker:
    """Tells a book what nodes gave and what training announces, and has it closed whatever happens."""

    def __init__(self, session: Session, book: Book) -> None:
        self._session = session
        self._book = book
        listen(book.hear)
        atexit.register(self.close, "KILLED")
        if not session.framings:
            book.open(session.root, start_alone(session.settings))

    def tell(self, framing: str, step: str, inputs: dict[str, Any], outputs: dict[str, Any]) -> None:
        """A node was run. A framing's run is opened when its data is framed, so that bad input leaves none."""
        settings = self._session.settings
        if step == "frame":
            shapes = outputs[f"{framing}.X"].shape, outputs[f"{framing}.y"].shape
            self._book.open(framing, start_of(settings, framing, inputs["posed"].rows, *shapes))
        elif f"{framing}.shapes" in outputs:  # of a backtest, whose data is framed in every fold
            folds = inputs["folds"]
            settled = settings.model_copy(update={"task": folds.design.task})
            self._book.open(framing, start_of(settled, framing, folds.newest.rows, *outputs[f"{framing}.shapes"]))
        if contents := contents_of(inputs, outputs):
            self._book.record(framing, contents)
        if step in LAST_STEPS:
            self._book.finish(framing)

    def close(self, status: str) -> None:
        """Close the runs that are still open."""
        stop_listening(self._book.hear)
        atexit.unregister(self.close)
        self._book.close(status)
