"""Replies of the logging process to the training process."""

from dataclasses import dataclass

UNAVAILABLE = "unavailable"  # the store has failed, and may respond later
REFUSED = "refused"  # the store cannot be used before the user changes something
BUG = "bug"  # an unexpected error, with its traceback


@dataclass(frozen=True)
class Failure:
    """Kind and text of a failure."""

    kind: str
    text: str


@dataclass
class Sent:
    """Numbers of commands that were sent, and that are left in the spool, with the last reason."""

    sent: int = 0
    left: int = 0
    reason: str = ""


Reply = Failure | Sent | None
