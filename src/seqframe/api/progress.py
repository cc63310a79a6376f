"""Progress of a comparison in a notebook, a terminal or a log, and the messages that are emitted meanwhile."""

import sys
from contextlib import AbstractContextManager
from shutil import get_terminal_size
from time import monotonic
from types import TracebackType
from typing import Any

from seqframe.errors import count_noun
from seqframe.training.events import EpochEnd, Event, Message, subscribe, unsubscribe

SECONDS_BETWEEN = 0.1  # two updates of the line


class _TerminalLine:
    """A line of a terminal that is written again and again."""

    def __init__(self, stream: Any) -> None:
        self._stream, self._width = stream, 0

    def show(self, text: str) -> None:
        """Replace the line."""
        text = text[: get_terminal_size().columns - 1]
        self._stream.write(f"\r{text.ljust(self._width)}")
        self._stream.flush()
        self._width = len(text)

    def end(self, text: str) -> None:
        """Replace the line by the last one."""
        cleared = f"\r{' ' * self._width}\r" if self._width else ""
        self._stream.write(f"{cleared}{text}\n")
        self._stream.flush()


class _NotebookLine:
    """An output of a notebook cell that is replaced, so that a saved notebook has the last line only."""

    def __init__(self) -> None:
        self._handle: Any = None

    def show(self, text: str) -> None:
        """Replace the output."""
        from IPython.display import DisplayHandle

        data = {"text/plain": text}
        if self._handle is None:
            self._handle = DisplayHandle()  # type: ignore[no-untyped-call]
            self._handle.display(data, raw=True)
        else:
            self._handle.update(data, raw=True)

    end = show


class Progress(AbstractContextManager["Progress"]):
    """One line that is rewritten in a terminal and in a notebook; elsewhere a line for each framing.

    Attributes:
        total: Number of networks to train; 0 where it is unknown.
        messages: The messages so far.
    """

    def __init__(self, shown: bool = True, stream: Any = None) -> None:
        in_notebook = stream is None and type(sys.stdout).__module__.startswith("ipykernel")
        self._stream = stream or sys.stderr
        self._line = _NotebookLine() if in_notebook else _TerminalLine(self._stream)
        self._rewrites = in_notebook or bool(getattr(self._stream, "isatty", bool)())
        self._shown, self._updated = shown, 0.0
        self._done, self._framing, self._started = 0, "", monotonic()
        self.total, self.messages = 0, list[str]()

    def __enter__(self) -> "Progress":
        subscribe(self._on_event)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        unsubscribe(self._on_event)
        if self._done and self._shown:
            self._line.end(f"Trained {count_noun(self._done, 'network')} in {monotonic() - self._started:.0f} s.")

    def _on_event(self, event: Event) -> None:
        if isinstance(event, Message):
            self.messages.append(event.text)
            return
        self._done += event.ended
        if not self._shown:
            return
        if self._rewrites:
            self._rewrite(event)
        elif event.framing != self._framing:
            self._framing = event.framing
            self._stream.write(f"{self._count()} networks · {event.framing}\n")
            self._stream.flush()

    def _rewrite(self, event: EpochEnd) -> None:
        if not event.ended and monotonic() - self._updated < SECONDS_BETWEEN:
            return
        self._updated = monotonic()
        parts = [f"{self._count()} networks", ", ".join(filter(None, (event.framing, event.label)))]
        self._line.show(" · ".join([*parts, f"epoch {event.last}/{event.epochs}", f"loss {event.losses[-1]:.3g}"]))

    def _count(self) -> str:
        return f"{self._done}/{self.total}" if self.total else str(self._done)
