"""The index page: the last run of each command, with its conclusion and links to its files."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from seqframe import __version__
from seqframe.reporting.html.render import open_template
from seqframe.reporting.last_runs import INDEX, LastRun, read_last_runs, replace_text

REPORT_SUFFIX = ".html"
MINUTE = 60  # seconds
MAX_PARTS = 4  # of the path of a file that has no subfolder: data, layer, folder of the command, file


@dataclass(frozen=True)
class Link:
    """A link to a file: its text, and its address relative to the page."""

    text: str
    address: str


@dataclass(frozen=True)
class RunCard:
    """A run on the page.

    Attributes:
        run: Its record.
        facts: When it was finished and how long it took, by name.
        reports: Its pages.
        files: Its other files.
        details: Its files in subfolders, one for each framing.
    """

    run: LastRun
    facts: dict[str, str]
    reports: tuple[Link, ...]
    files: tuple[Link, ...]
    details: tuple[Link, ...]


def write_index(project: Path) -> None:
    """Write the page, `data/index.html`."""
    replace_text(project / INDEX, render_index(project, read_last_runs(project)))


def render_index(project: Path, runs: Sequence[LastRun]) -> str:
    """The page as HTML; its links are relative, so that a copy of the project has a page that works."""
    html: str = open_template("index.html").render(
        project=project.name,
        cards=[_make_card(project, run) for run in runs],
        version=__version__,
    )
    return html


def _make_card(project: Path, run: LastRun) -> RunCard:
    files = list(run.files(project))
    details = [path for path in files if len(path.parts) > MAX_PARTS]
    shown = [path for path in files if path not in details]
    facts = {
        "finished": f"{datetime.fromisoformat(run.finished):%Y-%m-%d %H:%M}",
        "duration": format_seconds(run.seconds),
    }
    return RunCard(
        run,
        ({"data": run.data} if run.data else {}) | facts,
        tuple(_links(path for path in shown if path.suffix == REPORT_SUFFIX)),
        tuple(_links(path for path in shown if path.suffix != REPORT_SUFFIX)),
        tuple(_links(details)),
    )


def _links(paths: Iterable[Path]) -> Iterator[Link]:
    """Links to files of the project; the page is in the folder `data`, the first part of their paths."""
    for path in paths:
        yield Link("/".join(path.parts[MAX_PARTS - 1 :]), quote("/".join(path.parts[1:])))


def format_seconds(seconds: float) -> str:
    """A duration with its units.

    >>> format_seconds(2.34), format_seconds(200), format_seconds(3800)
    ('2.3 s', '3 min 20 s', '1 h 3 min')
    """
    if seconds < MINUTE:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), MINUTE)
    return f"{minutes} min {rest} s" if minutes < MINUTE else f"{minutes // MINUTE} h {minutes % MINUTE} min"
