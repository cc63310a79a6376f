"""Functions for other processes, which import them by name."""

import os

from seqframe.tracking.store import experiment_id, open_client


def open_new_store(uri: str) -> str:
    """Open the store and create a run in it; return its id."""
    os.environ["MLFLOW_TRACKING_URI"] = uri
    client = open_client()
    return str(client.create_run(experiment_id(client)).info.run_id)
