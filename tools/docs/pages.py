"""Every document with places for what is made from code: `<!-- made: PART ARGUMENT -->`, and what goes there."""

import os
from collections.abc import Callable
from pathlib import Path

from seqframe.config import PROJECT_ROOT
from seqframe.errors import UserError
from seqframe.framings import FRAMINGS, Framing
from tools.docs import framing_parts
from tools.docs.answered import quote_answer
from tools.docs.framing_tables import tabulate_framings, tabulate_hundred_to_ten
from tools.docs.places import DOCS, PAGES_OF_FRAMINGS, PICTURES, fill_in
from tools.docs.settings_tables import tabulate_generators, tabulate_settings, tabulate_tasks

MADE = "made"  # the kind of the places
OF_A_FRAMING: dict[str, Callable[[Framing], str]] = {
    "summary": framing_parts.summary,
    "parameters": framing_parts.parameters,
    "frame": framing_parts.frame,
    "flow": framing_parts.flow,
    "limits": framing_parts.constraints,
    "keras": framing_parts.keras,
    "commands": framing_parts.commands,
}
NEW_PAGE = """# {name}

<!-- made: summary {name} -->

<!-- end -->

<!-- made: network {name} -->

<!-- end -->

## When to use it

## Where its parameters come from

<!-- made: parameters {name} -->

<!-- end -->

## Which row goes where

<!-- made: frame {name} -->

<!-- end -->

## What each answer sees

<!-- made: flow {name} -->

<!-- end -->

## What it refuses

<!-- made: limits {name} -->

<!-- end -->

## The same in plain Keras

<!-- made: keras {name} -->

<!-- end -->

## Run it

<!-- made: commands {name} -->

<!-- end -->
"""


def documents() -> list[Path]:
    """All documents for readers: the README, and the pages in `docs/`."""
    return [PROJECT_ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]


def write_pages() -> list[Path]:
    """Fill in every document anew, and begin a page for a framing that has none; those that changed."""
    for framing in FRAMINGS:
        page = PAGES_OF_FRAMINGS / f"{framing.name}.md"
        if not page.exists():
            page.write_text(NEW_PAGE.format(name=framing.name))
    changed = []
    for document in documents():
        text = document.read_text()
        if (made := refresh(text, document.parent)) != text:
            document.write_text(made)
            changed.append(document)
    return changed


def refresh(text: str, folder: Path) -> str:
    """The text of a document in a folder, its places filled anew."""
    return fill_in(text, MADE, lambda name: make(name, folder))


def make(name: str, folder: Path) -> str:
    """What goes into a place: a part, and what it is about.

    Raises:
        UserError: There is no such part.
    """
    part, _, about = name.partition(" ")
    framings = {framing.name: framing for framing in FRAMINGS}
    if part in OF_A_FRAMING and about in framings:
        return OF_A_FRAMING[part](framings[about])
    others: dict[str, Callable[[], str]] = {
        "network": lambda: framing_parts.network(framings[about], _way(folder, PICTURES)),
        "framings": lambda: tabulate_framings(_way(folder, PAGES_OF_FRAMINGS)),
        "hundred_to_ten": tabulate_hundred_to_ten,
        "settings": lambda: tabulate_settings(about),
        "generators": tabulate_generators,
        "tasks": tabulate_tasks,
        "answer": lambda: quote_answer(about, _way(folder, DOCS)),
    }
    if part not in others:
        raise UserError(
            f"A place in a document names a part that can be made. Received: {name}. "
            f"Parts: {', '.join([*others, *(f'{each} FRAMING' for each in OF_A_FRAMING)])}."
        )
    return others[part]()


def _way(start: Path, goal: Path) -> str:
    """The way from a folder to another, as a link begins: nothing where they are the same."""
    way = os.path.relpath(goal, start)
    return "" if way == "." else f"{way}/"
