"""Where MLflow keeps its runs: SQLite in the project, unless MLFLOW_TRACKING_URI says otherwise."""

import logging
import os
import textwrap
from pathlib import Path
from typing import Any

from seqframe.config import PROJECT_ROOT
from seqframe.errors import UserError

EXPERIMENT = "seqframe"
EXPERIMENT_TAGS = {
    "mlflow.experimentKind": "custom_model_development",  # MLflow's pages open on training runs
    "mlflow.note.content": "One run for each framing; the runs of one `kedro run` stand below a common parent.",
}
SQLITE = "sqlite:///"

# Nothing calls home, and a server that does not answer is given up after seconds, not minutes.
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
os.environ["DO_NOT_TRACK"] = "true"
os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "ERROR")
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")


def tracking_uri() -> str:
    """The address of the store; absolute, whatever the working directory."""
    return os.environ.get("MLFLOW_TRACKING_URI") or f"{SQLITE}{PROJECT_ROOT / 'mlflow.db'}"


def database_path(uri: str) -> Path | None:
    """The file of a SQLite store; None for any other store."""
    return Path(uri.removeprefix(SQLITE)).absolute() if uri.startswith(SQLITE) else None


def open_client() -> Any:
    """An MLflow client on a store that exists and answers.

    Raises:
        UserError: The store cannot be opened.
    """
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    for noisy in ("alembic", "urllib3"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    uri = tracking_uri()
    database = database_path(uri)
    try:
        if database is not None and not database.exists():
            _create_database(database)
        client = MlflowClient(uri)
        client.search_experiments(max_results=1)
    except (MlflowException, SQLAlchemyError, OSError) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        reason = textwrap.shorten(reason, 150, placeholder=" …")
        raise UserError(f"MLflow's store must open. Received: {uri}, which does not ({reason}).") from error
    return client


def experiment_id(client: Any) -> str:
    """The experiment that all runs go to; made where it is missing, with its artifacts beside the database."""
    from mlflow.exceptions import MlflowException

    def existing() -> str | None:
        found = client.get_experiment_by_name(EXPERIMENT)
        return None if found is None else str(found.experiment_id)

    if (known := existing()) is not None:
        return known
    database = database_path(tracking_uri())
    artifacts = None if database is None else (database.parent / "mlartifacts").as_uri()
    try:
        return str(client.create_experiment(EXPERIMENT, artifact_location=artifacts, tags=EXPERIMENT_TAGS))
    except MlflowException:  # another process made it in between
        if (known := existing()) is None:
            raise
        return known


def _create_database(database: Path) -> None:
    """Make the tables in a file of another name and link it into place whole.

    Several processes may do so at once: the first link wins, and a half-made database is never seen.
    """
    from mlflow import MlflowClient

    unfinished = database.with_name(f"{database.name}.{os.getpid()}.new")
    try:
        MlflowClient(f"{SQLITE}{unfinished}").search_experiments(max_results=1)
        os.link(unfinished, database)
    except FileExistsError:
        pass
    finally:
        unfinished.unlink(missing_ok=True)
