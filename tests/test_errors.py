"""Messages for users: one line, without control characters, and short."""

from typing import Any

import pytest

from seqframe.errors import UserError, show_value, suggest_names


@pytest.mark.parametrize("text", ["a\nb", "\x1b[31m", "\x00", "\u202e", "\ud800", "\x9b"])
def test_control_characters_are_escaped(text: str) -> None:
    message = str(UserError(f"Received: {text}"))
    assert message.isprintable()
    assert message == f"Received: {repr(text)[1:-1]}"


def test_readable_text_is_unchanged() -> None:
    assert str(UserError("Größe in µg/m³: it's «5 – 7»…")) == "Größe in µg/m³: it's «5 – 7»…"


@pytest.mark.parametrize("value", ["x" * 10**6, list(range(10**6)), {"a": "b" * 500}])
def test_received_values_are_cut(value: Any) -> None:
    assert len(show_value(value)) == 60
    assert show_value(value).endswith("…")


def test_suggested_names() -> None:
    names = [f"column {number}" for number in range(30)]
    assert suggest_names("colum 7", names) == "Did you mean column 7?"
    assert suggest_names("z", names) == f"Available: {', '.join(names[:10])} and 20 more."
    assert suggest_names("z", []) == "Available: none."
