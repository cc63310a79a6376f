"""`make report`: open the report that was written last, and say where it lies."""

import sys
import webbrowser

from seqframe.errors import UserError
from seqframe.reporting.html.render import find_report


def main() -> None:
    """Open it in the browser of the desktop, where there is one."""
    try:
        report = find_report()
    except UserError as error:
        sys.exit(str(error))
    print(report)
    webbrowser.open(report.as_uri())


if __name__ == "__main__":
    main()
