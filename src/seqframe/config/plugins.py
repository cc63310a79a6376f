"""Extensions from installed packages, found through their entry points.

A package declares, for example in its `pyproject.toml`:

    [project.entry-points."seqframe.framings"]
    backwards = "my_package:BACKWARDS"
"""

from collections.abc import Collection
from functools import cache
from importlib.metadata import entry_points
from typing import Any

from seqframe.errors import UserError


def load_entry_points(group: str, kind: type[Any] = object, taken: Collection[str] = ()) -> list[Any]:
    """Load the objects that installed packages register under a group, sorted by package and name.

    `kind` is the class that they must be instances of, and `taken` are values of their `name` that are in use.

    Raises:
        UserError: An object cannot be loaded, is of another class, or has a name in use; the message names its package.
    """
    found: list[Any] = []
    for entry in sorted(_installed().select(group=group), key=lambda entry: (_package(entry), entry.name)):
        try:
            loaded = entry.load()
        except Exception as error:
            raise _refusal(entry, f"must be importable. Received: {type(error).__name__}: {error}") from error
        if not isinstance(loaded, kind):
            raise _refusal(entry, f"must be a {kind.__name__}. Received: {loaded!r}")
        if getattr(loaded, "name", None) in [*taken, *(getattr(other, "name", other) for other in found)]:
            raise _refusal(entry, f"must have a name that is not in use. Received: {loaded.name}")
        found.append(loaded)
    return found


def _refusal(entry: Any, reason: str) -> UserError:
    reason = " ".join(reason.split()).rstrip(".")
    return UserError(
        f"{entry.value}, the entry point `{entry.name}` of `{entry.group}`, {reason}. "
        f"Repair or uninstall the package {_package(entry)}."
    )


@cache
def _installed() -> Any:
    """All entry points of all packages: reading them takes some 20 ms, once a process."""
    return entry_points()


def _package(entry: Any) -> str:
    return entry.dist.name if entry.dist else "unknown"
