"""A page as HTML: everything that it needs is in it."""

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
from seqframe.reporting.diagrams.matrix import draw_dependency
from seqframe.reporting.diagrams.network import draw_network
from seqframe.reporting.diagrams.svg import read_script, read_style
from seqframe.reporting.html.columns import layer_cells
from seqframe.reporting.html.components import Chart, NetworkCard, Page
from seqframe.reporting.tables import format_samples

PLOTLY = "plotly/plotly-basic.min.js"  # lines and bars: a quarter of the whole, and of the time to read it
NUMBER = re.compile(r"[-+]?[\d.,]+(e[-+]?\d+)?( ?%)?|[-+]?inf%?")
SAMPLES = 8  # of a frame table
LONG = 60  # letters that are not kept on one line


def render_page(page: Page) -> str:
    """The page: HTML that a browser opens from disk."""
    charts = any(isinstance(part, Chart) for section in page.sections for part in section.parts)
    html: str = _template().render(
        page=page,
        plotly=_read_plotly() if charts else "",
        diagram_style=Markup(read_style()),
        diagram_script=_as_script(read_script()),
        page_script=Markup(_read("templates/page.js")),
        version=__version__,
        sheets=[_spread_out(sheet) for sheet in page.sheets],
    )
    return html


def _spread_out(sheet: NetworkCard) -> dict[str, Any]:
    """What the template shows of a network."""
    return {
        "name": sheet.framing.name,
        "summary": sheet.framing.summary,
        "causality": sheet.check.summary(),
        "network": Markup(draw_network(sheet.spec, sheet.framing, *sheet.window)),
        "dependency": Markup(draw_dependency(sheet.check.dependency)),
        "layers": layer_cells(sheet.layers),
        "frame": format_samples(sheet.frame, SAMPLES),
        "parameters": sheet.spec.parameters,
        "shapes": sheet.frame.drop_duplicates("array").set_index("array")["shape"].to_dict(),
    }


def _template() -> Any:
    environment = Environment(loader=PackageLoader("seqframe.reporting.html"), autoescape=True, trim_blocks=True)
    environment.lstrip_blocks = True
    environment.filters |= {"json": _as_json, "data_uri": _as_data_uri, "coded": _mark_code}
    environment.filters["kinds"] = lambda cells: [_kind(cells.iloc[:, place]) for place in range(cells.shape[1])]
    return environment.get_template("page.html")


def _kind(column: pd.Series) -> str:
    """How a column is set: `number` to the right, `long` texts in several lines, any other as it is."""
    if any(column) and all(NUMBER.fullmatch(cell) for cell in column if cell):
        return "number"
    return "long" if any(len(cell) > LONG for cell in column) else "text"


def _as_json(figure: Any) -> Markup:
    """A Plotly figure as JSON that may stand in a script element."""
    data = figure.to_plotly_json()
    layout = {name: value for name, value in data["layout"].items() if name != "template"}
    text = json.dumps({"data": data["data"], "layout": layout}, separators=(",", ":"), allow_nan=False)
    return Markup(text.replace("<", "\\u003c"))  # names of columns are a user's, and may be tags


def _as_script(text: str) -> Markup:
    return Markup(text.replace("</script", "<\\/script"))


def _mark_code(text: str) -> Markup:
    """What stands between backquotes as code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))


def _as_data_uri(png: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(png).decode()


def _read(name: str) -> str:
    return files("seqframe.reporting.html").joinpath(name).read_text(encoding="utf-8")


@cache
def _read_plotly() -> Markup:
    return _as_script(_read(PLOTLY))


# Where reports lie.

REPORTING = PROJECT_ROOT / "data" / "08_reporting"


def find_report(folder: Path = REPORTING) -> Path:
    """The report that was written last.

    Raises:
        UserError: There is none.
    """
    reports = sorted(folder.rglob("report*.html"), key=lambda path: path.stat().st_mtime)
    if not reports:
        raise UserError(f"There must be a report. Received: none in {folder}. Let one be written: kedro run")
    return reports[-1]
