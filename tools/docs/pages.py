"""All documents with generated parts, `<!-- made: PART ARGUMENT -->`, and the functions that make the parts."""

import os
from collections.abc import Callable
from pathlib import Path

from seqframe.config import PROJECT_ROOT
from seqframe.errors import UserError
from seqframe.framings import FRAMINGS, Framing
from tools.docs import framing_parts
from tools.docs.encoder_tables import tabulate_encoders
from tools.docs.framing_tables import tabulate_framings, tabulate_hundred_to_ten
from tools.docs.layers import tabulate_layers
from tools.docs.quotes import quote_conclusion
from tools.docs.results import leaderboard, terminal_output
from tools.docs.settings_tables import (
    tabulate_baselines,
    tabulate_columns,
    tabulate_generators,
    tabulate_metrics,
    tabulate_settings,
    tabulate_tasks,
)
from tools.docs.templates import DOCS, FRAMING_PAGES, PICTURES, fill_in

MADE = "made"  # the kind of the parts
FRAMING_PARTS: dict[str, Callable[[Framing], str]] = {
    "summary": framing_parts.summary,
    "parameters": framing_parts.parameters,
    "index_map": framing_parts.index_map,
    "dependency": framing_parts.dependency,
    "unsupported": framing_parts.unsupported,
    "keras": framing_parts.keras,
    "commands": framing_parts.commands,
}
NEW_PAGE = """# {name}

<!-- made: summary {name} -->

<!-- end -->

<!-- made: network {name} -->

<!-- end -->

## When to use it

## Parameter count

<!-- made: parameters {name} -->

<!-- end -->

## Row-to-tensor mapping

<!-- made: index_map {name} -->

<!-- end -->

## Input-output dependency

<!-- made: dependency {name} -->

<!-- end -->

## Unsupported settings

<!-- made: unsupported {name} -->

<!-- end -->

## The same in plain Keras

<!-- made: keras {name} -->

<!-- end -->

## Run it

<!-- made: commands {name} -->

<!-- end -->
"""


def documents() -> list[Path]:
    """All documents for users: the README and the pages of `docs/`."""
    return [PROJECT_ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]


def write_pages() -> list[Path]:
    """Update all documents, and start a page for a framing that has none; returns the documents that changed."""
    for framing in FRAMINGS:
        page = FRAMING_PAGES / f"{framing.name}.md"
        if not page.exists():
            page.write_text(NEW_PAGE.format(name=framing.name))
    changed = []
    for document in documents():
        text = document.read_text()
        if (updated := refresh(text, document.parent)) != text:
            document.write_text(updated)
            changed.append(document)
    return changed


def refresh(text: str, folder: Path) -> str:
    """The text of a document in a folder, with its generated parts updated."""
    return fill_in(text, MADE, lambda name: make_part(name, folder))


def make_part(name: str, folder: Path) -> str:
    """The content of a generated part, by its name and argument.

    Raises:
        UserError: There is no such part.
    """
    part, _, argument = name.partition(" ")
    framings = {framing.name: framing for framing in FRAMINGS}
    if part in FRAMING_PARTS and argument in framings:
        return FRAMING_PARTS[part](framings[argument])
    others: dict[str, Callable[[], str]] = {
        "network": lambda: framing_parts.network(framings[argument], _link_path(folder, PICTURES)),
        "framings": lambda: tabulate_framings(_link_path(folder, FRAMING_PAGES)),
        "hundred_to_ten": tabulate_hundred_to_ten,
        "settings": lambda: tabulate_settings(argument),
        "generators": tabulate_generators,
        "encoders": tabulate_encoders,
        "tasks": tabulate_tasks,
        "metrics": tabulate_metrics,
        "baselines": tabulate_baselines,
        "columns": lambda: tabulate_columns(argument),
        "layers": tabulate_layers,
        "output": lambda: terminal_output(argument),
        "leaderboard": lambda: leaderboard(argument),
        "experiment": lambda: quote_conclusion(argument, _link_path(folder, DOCS)),
    }
    if part not in others:
        raise UserError(
            f"A generated part of a document must be one that exists. Received: {name}. "
            f"Parts: {', '.join([*others, *(f'{each} FRAMING' for each in FRAMING_PARTS)])}."
        )
    return others[part]()


def _link_path(start: Path, target: Path) -> str:
    """The relative path from a folder to another, as the prefix of a link; empty if they are the same."""
    path = os.path.relpath(target, start)
    return "" if path == "." else f"{path}/"
