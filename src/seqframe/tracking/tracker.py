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
        if step == "frame":
            X, y = outputs[f"{framing}.X"], outputs[f"{framing}.y"]
            self._book.open(framing, start_of(self._session.settings, framing, inputs["posed"].rows, X, y))
        elif contents := contents_of(inputs, outputs):
            self._book.record(framing, contents)
        if step in LAST_STEPS:
            self._book.finish(framing)

    def close(self, status: str) -> None:
        """Close the runs that are still open."""
        stop_listening(self._book.hear)
        atexit.unregister(self.close)
        self._book.close(status)
