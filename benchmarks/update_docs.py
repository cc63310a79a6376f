"""Copy the tables of benchmarks/results/NAME.json into a document, between the comments with their name.

    python -m benchmarks.update_docs docs/performance.md

Tables are placed between `<!-- figures: NAME -->` and `<!-- end -->`. Where there is no JSON file, the document is left
unchanged.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from benchmarks.processes import ROOT
from benchmarks.results import RESULTS
from tools.docs import templates


def main() -> None:
    """Update a document."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("document", nargs="?", type=Path, default=ROOT / "docs" / "performance.md")
    document = parser.parse_args().document
    document.write_text(update(document.read_text(), RESULTS))


def update(text: str, results: Path) -> str:
    """The text with the tables of all saved results."""

    def find(name: str) -> str | None:
        path = results / f"{name}.json"
        record = json.loads(path.read_text()) if path.exists() else None
        if not isinstance(record, dict) or "tables" not in record:
            print(f"{name}: no tables in {path}.", file=sys.stderr)
            return None
        return format_results(record)

    return templates.fill_in(text, "figures", find)


def format_results(record: dict[str, Any]) -> str:
    """The tables in Markdown, followed by the date, the machine, notes and warnings."""
    tables = "\n".join(format_table(table) for table in record["tables"])
    machine = record["machine"]
    vectors = f"vectors of {machine['vectors']}, " if "vectors" in machine else ""
    where = f"{machine['processor']}, {vectors}{machine['cores']} cores, {machine['system']}"
    lines = [
        f"Measured on {record['date']}: {where}, Python {machine['python']}.",
        *record["notes"],
        *(f"**{line}**" for line in record["warnings"]),
    ]
    return f"{tables}\n" + "\n".join(f"- {line}" for line in lines)


def format_table(table: dict[str, Any]) -> str:
    """A table in Markdown, with right-aligned numbers.

    >>> print(format_table({"title": "Time", "columns": ["side", "ms"], "rows": [["ours", "0.5"]]}))
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
