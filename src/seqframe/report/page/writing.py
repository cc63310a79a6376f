"""A page as HTML: everything that it needs is in it."""

import base64
import json
import re
from functools import cache
from importlib.resources import files
from typing import Any

import pandas as pd
from jinja2 import Environment, PackageLoader
from markupsafe import Markup, escape

from seqframe import __version__
from seqframe.report import diagram
from seqframe.report.frames import write_samples
from seqframe.report.page.parts import Chart, Page, Sheet
from seqframe.report.page.rows import layer_cells

PLOTLY = "plotly/plotly-basic.min.js"  # lines and bars: a quarter of the whole, and of the time to read it
NUMBER = re.compile(r"[-+]?[\d.,]+(e[-+]?\d+)?( ?%)?|[-+]?inf%?")
SAMPLES = 8  # of a frame table
LONG = 60  # letters that are not kept on one line


def write_page(page: Page) -> str:
    """The page: HTML that a browser opens from disk."""
    charts = any(isinstance(part, Chart) for section in page.sections for part in section.parts)
    html: str = _template().render(
        page=page,
        plotly=_read_plotly() if charts else "",
        diagram_style=Markup(diagram.read_style()),
        diagram_script=_as_script(diagram.read_script()),
        page_script=Markup(_read("templates/page.js")),
        version=__version__,
        sheets=[_spread_out(sheet) for sheet in page.sheets],
    )
    return html


def _spread_out(sheet: Sheet) -> dict[str, Any]:
    """What the template shows of a network."""
    return {
        "name": sheet.framing.name,
        "summary": sheet.framing.summary,
        "judgement": sheet.judgement.sentence(),
        "network": Markup(diagram.draw_network(sheet.plan, sheet.framing, *sheet.window)),
        "flow": Markup(diagram.draw_flow(sheet.judgement.flow)),
        "layers": layer_cells(sheet.layers),
        "frame": write_samples(sheet.frame, SAMPLES),
        "parameters": sheet.plan.parameters,
        "shapes": sheet.frame.drop_duplicates("array").set_index("array")["shape"].to_dict(),
    }


def _template() -> Any:
    environment = Environment(loader=PackageLoader("seqframe.report.page"), autoescape=True, trim_blocks=True)
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
    return files("seqframe.report.page").joinpath(name).read_text(encoding="utf-8")


@cache
def _read_plotly() -> Markup:
    return _as_script(_read(PLOTLY))
