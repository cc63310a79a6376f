"""`make ui`: MLflow's pages on the store that the runs went to."""

import os
import sys

from seqframe.tracking.experiment import page_of
from seqframe.tracking.store import experiment_id, open_client, tracking_uri

ADDRESS = "http://127.0.0.1:5000"  # where MLflow serves its pages unless it is told otherwise


def ui_command() -> list[str]:
    """The command that opens MLflow's pages on the store."""
    return ["mlflow", "ui", "--backend-store-uri", tracking_uri()]


def way_in() -> str:
    """The address of the page that a newcomer starts from; MLflow's first page is one for other work."""
    return f"{ADDRESS}/{page_of(experiment_id(open_client()))}"


if __name__ == "__main__":
    print(f"Runs: {way_in()}", flush=True)
    os.execv(sys.executable, [sys.executable, "-m", *ui_command()])
