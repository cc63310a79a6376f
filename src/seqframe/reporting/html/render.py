"""Rendering of a report as one self-contained HTML file."""

import base64
import json
import re
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, PackageLoader
from markupsafe import Markup, escape

from seqframe import __version__
from seqframe.config import PROJECT_ROOT
from seqframe.errors import UserError
from seqframe.reporting.columns import format_table
from seqframe.reporting.diagrams.matrix import draw_dependency
from seqframe.reporting.diagrams.network import draw_network
from seqframe.reporting.diagrams.svg import read_script, read_style
from seqframe.reporting.html.components import Chart, NetworkCard, Page
from seqframe.reporting.tables import format_samples

PLOTLY = "plotly/plotly-basic.min.js"  # lines and bars only: a quarter of the size and loading time of all of Plotly
NUMBER = re.compile(r"[-+]?([\d.,]+(e[-+]?\d+)?|inf)( ?(%|s|ms|MB))?|diverged")
MAX_SAMPLES = 8  # of an index map
MAX_LINE = 60  # characters; longer cells are wrapped
REPORTING = PROJECT_ROOT / "data" / "08_reporting"


def render_page(page: Page) -> str:
    """The page as HTML, which a browser opens from disk."""
    charts = any(isinstance(part, Chart) for section in page.sections for part in section.parts)
    html: str = open_template("page.html").render(
        page=page,
        plotly=_read_plotly() if charts else "",
        diagram_style=Markup(read_style()),
        diagram_script=_as_script(read_script()),
        page_script=Markup(_read("templates/page.js")),
        version=__version__,
        cards=[_card_context(card) for card in page.cards],
    )
    return html


def _card_context(card: NetworkCard) -> dict[str, Any]:
    """Template variables of a network."""
    return {
        "name": card.framing.name,
        "summary": card.framing.summary,
        "causality": card.check.summary(),
        "network": Markup(draw_network(card.spec, card.framing, *card.window)),
        "dependency": Markup(draw_dependency(card.check.dependency)),
        "layers": format_table("layers", card.layers),
        "index_map": format_samples(card.index_map, MAX_SAMPLES),
        "parameters": card.spec.parameters,
        "shapes": card.index_map.drop_duplicates("array").set_index("array")["shape"].to_dict(),
    }


def open_template(name: str) -> Any:
    """A Jinja2 template of `templates/`, which escapes all text."""
    environment = Environment(loader=PackageLoader("seqframe.reporting.html"), autoescape=True, trim_blocks=True)
    environment.lstrip_blocks = True
    environment.filters |= {"json": _as_json, "data_uri": _as_data_uri, "code": _mark_code}
    environment.filters["column_kinds"] = lambda cells: [
        _column_kind(cells.iloc[:, column]) for column in range(cells.shape[1])
    ]
    return environment.get_template(name)


def _column_kind(column: pd.Series) -> str:
    """CSS class of a column: `number` (right-aligned), `long` (wrapped) or `text`."""
    if any(column) and all(NUMBER.fullmatch(cell) for cell in column if cell):
        return "number"
    return "long" if any(len(cell) > MAX_LINE for cell in column) else "text"


def _as_json(figure: Any) -> Markup:
    """A Plotly figure as JSON that is safe inside a script element."""
    data = figure.to_plotly_json()
    layout = {name: value for name, value in data["layout"].items() if name != "template"}
    text = json.dumps({"data": data["data"], "layout": layout}, separators=(",", ":"), allow_nan=False)
    return Markup(text.replace("<", "\\u003c"))  # column names of a user may contain tags


def _as_script(text: str) -> Markup:
    return Markup(text.replace("</script", "<\\/script"))


def _mark_code(text: str) -> Markup:
    """Text with backquoted parts as code elements."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))


def _as_data_uri(png: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(png).decode()


def _read(name: str) -> str:
    return files("seqframe.reporting.html").joinpath(name).read_text(encoding="utf-8")


@cache
def _read_plotly() -> Markup:
    return _as_script(_read(PLOTLY))


def _is_hidden(path: Path) -> bool:
    """Whether the name of a file or of a folder of its path starts with a dot."""
    return any(part.startswith(".") for part in path.parts)


def find_report(folder: Path = REPORTING) -> Path:
    """The newest report. Hidden folders have the files of a run in progress.

    Raises:
        UserError: There is no report.
    """
    found = (path for path in folder.rglob("report*.html") if not _is_hidden(path.relative_to(folder)))
    reports = sorted(found, key=lambda path: path.stat().st_mtime)
    if not reports:
        raise UserError(f"No report found. Received: none in {folder}. Write one with: kedro run")
    return reports[-1]
