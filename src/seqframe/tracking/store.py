"""Where MLflow keeps its runs: SQLite in the project, unless MLFLOW_TRACKING_URI says otherwise."""

import logging
import os
import textwrap
from pathlib import Path
from typing import Any

from seqframe.config import PROJECT_ROOT
from seqframe.errors import UserError
from seqframe.tracking.experiment import tags_of

EXPERIMENT = "seqframe"
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
    """The experiment that all runs go to, with what its page shows; made where it is missing."""
    experiment = client.get_experiment_by_name(EXPERIMENT) or client.get_experiment(_create_experiment(client))
    number = str(experiment.experiment_id)
    for key, value in tags_of(number).items():
        if key not in experiment.tags:  # what a user has changed stays
            client.set_experiment_tag(number, key, value)
    return number


def _create_experiment(client: Any) -> str:
    """Make it, with its artifacts beside the database."""
    from mlflow.exceptions import MlflowException

    database = database_path(tracking_uri())
    artifacts = None if database is None else (database.parent / "mlartifacts").as_uri()
    try:
        return str(client.create_experiment(EXPERIMENT, artifact_location=artifacts))
    except MlflowException:  # another process made it in between
        if (known := client.get_experiment_by_name(EXPERIMENT)) is None:
            raise
        return str(known.experiment_id)


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
