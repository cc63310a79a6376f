"""The description of a record of a registry, from the docstring of the function that it holds."""

import inspect
from collections.abc import Callable
from typing import Any


class Described:
    """A record whose description is the docstring of its function `make`."""

    make: Callable[..., Any]

    @property
    def summary(self) -> str:
        """First paragraph of the docstring of `make`, in one line."""
        return self._paragraph(lambda paragraph: True)

    @property
    def source(self) -> str:
        """The literature source in the docstring of `make`, in one line; empty if there is none."""
        return self._paragraph(lambda paragraph: paragraph.startswith("Source: ")).removeprefix("Source: ")

    def _paragraph(self, matches: Callable[[str], bool]) -> str:
        paragraphs = (inspect.getdoc(self.make) or "").split("\n\n")
        return " ".join(next(filter(matches, paragraphs), "").split())
