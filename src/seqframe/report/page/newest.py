"""Where reports lie."""

from pathlib import Path

from seqframe.config import PROJECT_ROOT
from seqframe.errors import UserError

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
