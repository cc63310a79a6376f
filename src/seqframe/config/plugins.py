"""Extensions from installed packages, found through their entry points.

A package declares, for example in its `pyproject.toml`:

    [project.entry-points."seqframe.framings"]
    backwards = "my_package:BACKWARDS"
"""

from functools import cache
from importlib.metadata import entry_points
from typing import Any

from seqframe.errors import UserError


def load_entry_points(group: str) -> list[Any]:
    """Load the objects that installed packages register under a group, sorted by package and name.

    Raises:
        UserError: An entry point cannot be loaded; the message names its package.
    """
    found = []
    for entry in sorted(_installed().select(group=group), key=lambda entry: (_package(entry), entry.name)):
        try:
            found.append(entry.load())
        except Exception as error:
            reason = f"{type(error).__name__}: {error}".splitlines()[0]
            raise UserError(
                f"The entry point `{entry.name}` of `{group}` cannot be loaded from {entry.value}. Received: {reason}. "
                f"Repair or uninstall the package {_package(entry)}."
            ) from error
    return found


@cache
def _installed() -> Any:
    """All entry points of all packages: reading them takes some 20 ms, once a process."""
    return entry_points()


def _package(entry: Any) -> str:
    return entry.dist.name if entry.dist else "unknown"
