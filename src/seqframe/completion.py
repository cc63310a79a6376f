"""Completion of names in a shell: the types of options of `kedro run` and `seqframe`."""

from collections.abc import Callable, Iterable
from typing import Any

import click
from click.shell_completion import CompletionItem


class Names(click.ParamType):  # type: ignore[type-arg]
    """Text that the shell completes from names; in a list with commas, the last one is completed.

    Any text is accepted: the command itself checks it, and knows better what to say.
    """

    name = "text"

    def __init__(self, names: Callable[[], Iterable[str]], suffix: str = "") -> None:
        self._names = names
        self._suffix = suffix

    def convert(self, value: Any, param: click.Parameter | None, context: click.Context | None) -> Any:
        """The same value."""
        return value

    def shell_complete(self, context: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """The names that begin like the last part of the text."""
        before, comma, last = incomplete.rpartition(",")
        return [
            CompletionItem(f"{before}{comma}{name}{self._suffix}") for name in self._names() if name.startswith(last)
        ]
