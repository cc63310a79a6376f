"""Puts measured tables into a document: from benchmarks/results/NAME.json, between the marks that name them.

    python -m benchmarks.fill_in docs/performance.md

A place for tables is `<!-- figures: NAME -->` and, further down, `<!-- end -->`. What has not been measured, and so has
no JSON, keeps what stands there.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from benchmarks.processes import ROOT
from benchmarks.reporting import RESULTS
from tools.docs import places


def main() -> None:
    """Fill in a document."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("document", nargs="?", type=Path, default=ROOT / "docs" / "performance.md")
    document = parser.parse_args().document
    document.write_text(fill_in(document.read_text(), RESULTS))


def fill_in(text: str, results: Path) -> str:
    """The text with the tables of all results that there are."""

    def write(name: str) -> str | None:
        path = results / f"{name}.json"
        kept = json.loads(path.read_text()) if path.exists() else None
        if not isinstance(kept, dict) or "tables" not in kept:
            print(f"{name}: no tables in {path}.", file=sys.stderr)
            return None
        return write_results(kept)

    return places.fill_in(text, "figures", write)


def write_results(kept: dict[str, Any]) -> str:
    """Tables in Markdown, below them the machine, the date, and what else is to be known."""
    tables = "\n".join(write_table(table) for table in kept["tables"])
    machine = kept["machine"]
    where = f"{machine['processor']}, {machine['cores']} cores, {machine['system']}, Python {machine['python']}"
    lines = [f"Measured on {kept['date']}: {where}.", *kept["notes"], *(f"**{line}**" for line in kept["warnings"])]
    return f"{tables}\n" + "\n".join(f"- {line}" for line in lines)


def write_table(table: dict[str, Any]) -> str:
    """One table in Markdown, with numbers to the right.

    >>> print(write_table({"title": "Time", "columns": ["side", "ms"], "rows": [["ours", "0.5"]]}))
    **Time**
    <BLANKLINE>
    | side | ms |
    |---|---:|
    | ours | 0.5 |
    <BLANKLINE>
    """
    rows = [table["columns"], *table["rows"]]
    head, *body = (f"| {' | '.join(cells)} |" for cells in rows)
    rule = "|---" + "|---:" * (len(table["columns"]) - 1) + "|"
    return "\n".join([f"**{table['title']}**", "", head, rule, *body, ""])


if __name__ == "__main__":
    main()
