"""Outcomes of a random case, and the rule for messages."""

from enum import Enum


class Outcome(Enum):
    """What became of a case: it was read, read with a note that explains the difference, or refused in one line."""

    READ = "read"
    EXPLAINED = "read with a note"
    REFUSED = "refused"


def refused(message: str, most_letters: int) -> Outcome:
    """The outcome of a refusal.

    Raises:
        AssertionError: The message is not one line, has control characters, or is too long.
    """
    assert message, "an empty message"
    assert message.isprintable(), f"a message with control characters: {message!r}"
    assert len(message) <= most_letters, f"a message of {len(message)} letters: {message}"
    return Outcome.REFUSED
