"""`make report`: open the newest report, and print its path."""

import sys
import webbrowser

from seqframe.errors import UserError
from seqframe.reporting.html.render import find_report


def main() -> None:
    """Open the newest report in the default browser."""
    try:
        report = find_report()
    except UserError as error:
        sys.exit(str(error))
    print(report)
    webbrowser.open(report.as_uri())


if __name__ == "__main__":
    main()
