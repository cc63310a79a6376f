"""`make ui`: MLflow's pages on the store that the runs went to."""

import os
import sys

from seqframe.tracking.store import tracking_uri


def ui_command() -> list[str]:
    """The command that opens MLflow's pages on the store."""
    return ["mlflow", "ui", "--backend-store-uri", tracking_uri()]


if __name__ == "__main__":
    os.execv(sys.executable, [sys.executable, "-m", *ui_command()])
