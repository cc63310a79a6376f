"""The exception for mistakes of the user, and the parts of its messages and of other sentences."""

import errno
import os
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Any

NAMES = ("ENOSPC", "EDQUOT", "EFBIG", "EROFS", "EACCES", "EPERM", "EIO", "ENOTDIR", "EISDIR", "EEXIST")
DISK_ERRORS = {getattr(errno, name): os.strerror(getattr(errno, name)) for name in NAMES if hasattr(errno, name)}
LONGEST_VALUE = 60  # characters of a received value that a message shows
MOST_NEAR, MOST_LISTED = 3, 10  # names that a message suggests, or lists


class UserError(ValueError):
    """A mistake in the settings or the data. The message is one line: the rule, what was received, and what to do.

    The command line prints only this line, without a traceback, and exits with code 1.
    """

    def __init__(self, message: str) -> None:
        super().__init__(escape_controls(message))


def escape_controls(text: str) -> str:
    r"""Text that is printed on one line and cannot control a terminal: other characters are escaped as in Python.

    >>> escape_controls("pm2.5 in µg\n\x1b[31m")
    'pm2.5 in µg\\n\\x1b[31m'
    """
    return text if text.isprintable() else "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def shorten(text: str) -> str:
    """The first 60 characters of a text; `…` replaces the rest."""
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"


def show_value(value: Any) -> str:
    """A received value in a message, as in Python, cut to 60 characters."""
    return shorten(repr(value[: LONGEST_VALUE + 1] if isinstance(value, str) else value))


def near_names(name: str, names: Iterable[str]) -> list[str]:
    """The name that is nearly the same, or up to three that are like it; none if no name is."""
    names = list(names)
    return get_close_matches(name, names, n=1, cutoff=0.85) or get_close_matches(name, names, n=MOST_NEAR, cutoff=0.75)


def suggest_names(name: str, names: Iterable[str], kind: str = "Available") -> str:
    """The names that are most like a wrong one, or the first ten of all.

    >>> suggest_names("sunspot", ["co2", "sunspots"]), suggest_names("x", ["co2", "sunspots"])
    ('Did you mean sunspots?', 'Available: co2, sunspots.')
    """
    names = list(names)
    if near := near_names(name, names):
        return f"Did you mean {join_words(map(shorten, near))}?"
    return f"{kind}: {list_names(names) or 'none'}."


def list_names(names: Sequence[str]) -> str:
    """The first ten names, and the number of the others."""
    listed = ", ".join(map(shorten, names[:MOST_LISTED]))
    more = len(names) - MOST_LISTED
    return f"{listed} and {more} more" if more > 0 else listed


def join_words(words: Iterable[str], conjunction: str = "or") -> str:
    """Words as a list in a sentence.

    >>> join_words(["a", "b", "c"]), join_words(["a", "b"], "and")
    ('a, b or c', 'a and b')
    """
    *most, last = words
    return f"{', '.join(most)} {conjunction} {last}" if most else last


def count_noun(number: float, noun: str) -> str:
    """A number with its noun, in the singular or plural.

    >>> count_noun(1, "forecast"), count_noun(2.5, "forecast"), count_noun(2, "series")
    ('1 forecast', '2.5 forecasts', '2 series')
    """
    return f"{number} {noun}" if number == 1 or noun.endswith("s") else f"{number} {noun}s"


def find_disk_error(error: BaseException | None) -> str:
    """What a disk has refused, if that is the cause of an error; otherwise empty. Libraries wrap such errors.

    >>> find_disk_error(OSError(28, "No space left on device", "report.html"))
    'report.html, which fails (No space left on device)'
    """
    seen: list[BaseException] = []
    while error is not None and error not in seen:
        seen.append(error)
        reason = DISK_ERRORS.get(error.errno or 0) if isinstance(error, OSError) else None
        reason = reason or next((text for text in DISK_ERRORS.values() if text in str(error)), None)
        if reason and isinstance(error, OSError):
            return f"{error.filename or 'a file'}, which fails ({reason})"
        error = error.__cause__ or error.__context__
    return ""
