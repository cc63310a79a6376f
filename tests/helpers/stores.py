"""What a process of its own does to a store; here, since it imports what it is to do by name."""

import os

from seqframe.tracking.store import experiment_id, open_client


def open_new_store(uri: str) -> str:
    """Open the store and a run in it; its id."""
    os.environ["MLFLOW_TRACKING_URI"] = uri
    client = open_client()
    return str(client.create_run(experiment_id(client)).info.run_id)
