"""The MLflow store: a SQLite database in the project, unless MLFLOW_TRACKING_URI names another one."""

import base64
import glob
import json
import logging
import os
import re
import shlex
import sqlite3
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from seqframe.config import PROJECT_ROOT
from seqframe.tracking.relocation import relocate
from seqframe.tracking.store_checks import (
    ARTIFACTS,
    SQLITE,
    check_store,
    has_secrets,
    shown_uri,
    unavailable,
    unusable,
)

# The page of the experiment in MLflow: a description with links, and saved views of the runs.
#
# A view is an experiment tag that MLflow's page writes when a user saves one (*Views*, top right): columns, filter and
# order as JSON. Anything else has MLflow's default.

TASK = "workflowType=machine_learning"  # MLflow's pages for trained models; its default are pages for GenAI
SAVED = "mlflow.sharedViewState."
INTRO = """\
**Start here:** [framings]({framings}) · [loss curves]({curves}) · [forecasts]({forecasts}) · [labels]({labels}) \
· [comparisons]({comparisons})

*Framings* has one row per network, with shapes, parameters and errors. *Forecasts* and *Labels* have the framings and
baselines of `compare` with their scores on held-out data, best first. *Comparisons* has one row per `compare`, with the
scores of its best model and of the best baseline. To compare runs, select them and press *Compare*. The page of a run
describes its settings and results; its figures, tables and settings are under *Artifacts*. In *Runs*, the runs of one
`kedro run` are grouped under a common parent.
"""
VIEWS: dict[str, dict[str, Any]] = {  # any order but that by start time lists child runs next to their parents
    "Framings": {
        "searchFilter": "metrics.`train/loss` >= 0",
        "orderByKey": "attributes.`end_time`",
        "columns": (
            ("attributes", "Dataset", 190),
            ("params", "X_shape", 90),
            ("params", "y_shape", 90),
            ("metrics", "parameters/total", 130),
            ("metrics", "train/loss", 110),
            ("metrics", "train/mae", 150),
            ("metrics", "test/mae", 150),
            ("metrics", "time/training_s", 125),
            ("tags", "causality", 70),
        ),
    },
    "Forecasts": {
        "searchFilter": "metrics.`test/mase` >= 0",
        "orderByKey": "metrics.`test/mase_ensemble`",
        "orderByAsc": True,
        "columns": (
            ("metrics", "test/mase_ensemble", 205),
            ("metrics", "test/mase", 135),
            ("metrics", "test/coverage", 155),
            ("attributes", "Dataset", 190),
            ("params", "task.lookback", 110),
            ("params", "task.horizon", 105),
            ("metrics", "parameters/total", 130),
            ("metrics", "time/training_s", 125),
            ("metrics", "time/forecast_ms", 135),
        ),
    },
    "Labels": {
        "searchFilter": "metrics.`test/accuracy` >= 0",
        "orderByKey": "metrics.`test/accuracy_ensemble`",
        "orderByAsc": False,
        "columns": (
            ("metrics", "test/accuracy_ensemble", 205),
            ("metrics", "test/accuracy", 135),
            ("metrics", "test/log_loss", 135),
            ("attributes", "Dataset", 190),
            ("params", "task.kind", 90),
            ("metrics", "parameters/total", 130),
            ("metrics", "time/training_s", 125),
        ),
    },
    "Comparisons": {
        "searchFilter": "tags.best != ''",
        "orderByKey": "attributes.`end_time`",
        "columns": (
            ("metrics", "best/mase", 110),
            ("metrics", "best/mase_baseline", 170),
            ("metrics", "best/accuracy", 130),
            ("metrics", "best/accuracy_baseline", 190),
            ("metrics", "best/p_value", 110),
            ("tags", "best", 240),
            ("attributes", "Dataset", 190),
            ("attributes", "Duration", 100),
        ),
    },
}


def view_url(experiment: str, view: str = "Framings", mode: str = "") -> str:
    """URL of a view of the runs, relative to MLflow's server; `mode` is CHART or TABLE."""
    shown = f"&compareRunsMode={mode}" if mode else ""
    return f"#/experiments/{experiment}/runs?{TASK}&viewStateShareKey={view.lower()}{shown}"


def experiment_tags(experiment: str) -> dict[str, str]:
    """Tags of the experiment with that id: its kind, its description, its views."""
    links = {name.lower(): view_url(experiment, name) for name in VIEWS}
    return {
        "mlflow.experimentKind": "custom_model_development",
        "mlflow.note.content": INTRO.format(**links, curves=view_url(experiment, mode="CHART")),
        **{f"{SAVED}{name.lower()}": _saved(name, **view) for name, view in VIEWS.items()},
    }


def _saved(name: str, columns: tuple[tuple[str, str, int], ...], **state: Any) -> str:
    """A view in the format of MLflow's page; columns have a width in pixels."""
    widths = {f"{kind}.`{column}`": width for kind, column, width in columns}
    state |= {"selectedColumns": list(widths), "columnOrder": list(widths), "columnWidths": widths}
    packed = base64.b64encode(zlib.compress(json.dumps(state).encode())).decode()
    return json.dumps({"name": name, "createdAt": 0, "updatedAt": 0, "state": f"deflate;{packed}"})


EXPERIMENT = "seqframe"
PERMANENT = range(400, 500)  # HTTP status of requests that fail again
TEMPORARY = (408, 429)  # but for these
CREDENTIALS = "Set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN."

# No telemetry, and requests to a server that does not respond end after seconds, not minutes. MLflow repeats no
# request: a server that has failed to answer might have created the run. seqframe.tracking.background looks first.
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
os.environ["DO_NOT_TRACK"] = "true"
os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "CRITICAL")  # errors are raised, too
os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "10")


def tracking_uri() -> str:
    """The URI of the store; absolute, independent of the working directory."""
    return os.environ.get("MLFLOW_TRACKING_URI") or f"{SQLITE}{PROJECT_ROOT / 'mlflow.db'}"


def database_path(uri: str) -> Path | None:
    """The file of a SQLite store; None for other stores."""
    return Path(uri.removeprefix(SQLITE)).absolute() if uri.startswith(SQLITE) else None


def open_client() -> Any:
    """An MLflow client of a store that exists and responds; a SQLite store is created if it is missing.

    Raises:
        StoreError: The store cannot be used before the user changes something.
        StoreUnavailableError: The store does not respond now.
    """
    from mlflow import MlflowClient
    from mlflow.store.db import utils

    utils.MAX_RETRY_COUNT = 2  # of 10, with up to 51 s between them: check_store has connected already
    for library in ("alembic", "sqlalchemy", "urllib3"):
        logging.getLogger(library).setLevel(logging.CRITICAL)
    uri = tracking_uri()
    database = database_path(uri)
    with store_errors():
        check_store(uri)
        if database is not None:
            _remove_unfinished(database)
            if not database.exists():
                _create_database(database)
            relocate(database, EXPERIMENT)
        client = MlflowClient(uri)
        client.search_experiments(max_results=1)
    return client


@contextmanager
def store_errors() -> Iterator[None]:
    """Turn what MLflow raises while it opens a store into one line.

    Raises:
        StoreError, StoreUnavailableError: MLflow has raised an error.
    """
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    uri = tracking_uri()
    try:
        yield
    except (MlflowException, SQLAlchemyError, sqlite3.Error, OSError) as error:
        status = error.get_http_status_code() if isinstance(error, MlflowException) else 500
        if "database schema" in str(error):
            advice = f"Copy the database, then update it: mlflow db upgrade {shown_uri(uri)}"
            raise unusable(uri, "its tables belong to another version of MLflow", advice) from error
        if status in (401, 403):
            raise unusable(uri, "it refuses the credentials", CREDENTIALS) from error
        is_permanent = status in PERMANENT and status not in TEMPORARY
        if is_permanent or (database_path(uri) is not None and "locked" not in str(error)):
            raise unusable(uri, error) from error
        raise unavailable(uri, error) from error


def experiment_id(client: Any) -> str:
    """Id of the experiment of all runs; it is created, and tags of its page are added, if they are missing.

    Raises:
        StoreError: The experiment was deleted, or the store refuses.
        StoreUnavailableError: The store does not respond now.
    """
    with store_errors():
        experiment = client.get_experiment_by_name(EXPERIMENT) or client.get_experiment(_create_experiment(client))
        number = str(experiment.experiment_id)
        if experiment.lifecycle_stage == "deleted":
            variable = "" if os.environ.get("MLFLOW_TRACKING_URI") else f"MLFLOW_TRACKING_URI={tracking_uri()} "
            advice = f"Restore it: {variable}mlflow experiments restore --experiment-id {number}"
            raise unusable(tracking_uri(), f"the experiment {EXPERIMENT} was deleted", advice)
        for key, value in experiment_tags(number).items():
            if key not in experiment.tags:  # tags that a user has changed stay
                client.set_experiment_tag(number, key, value)
    return number


def _create_experiment(client: Any) -> str:
    """Create the experiment, with its artifacts next to the database."""
    from mlflow.exceptions import MlflowException

    database = database_path(tracking_uri())
    artifacts = None if database is None else (database.parent / ARTIFACTS).as_uri()
    try:
        return str(client.create_experiment(EXPERIMENT, artifact_location=artifacts))
    except MlflowException:  # another process has created it in the meantime
        if (known := client.get_experiment_by_name(EXPERIMENT)) is None:
            raise
        return str(known.experiment_id)


def _create_database(database: Path) -> None:
    """Create the tables in a temporary file, and link it to its name when it is complete.

    Several processes may do so at once: the first link wins, and no process opens an incomplete database.
    """
    from mlflow import MlflowClient

    unfinished = database.with_name(f"{database.name}.{os.getpid()}.new")
    try:
        MlflowClient(f"{SQLITE}{unfinished}").search_experiments(max_results=1)
        os.link(unfinished, database)
    except FileExistsError:
        pass
    finally:
        _remove_with_companions(unfinished)


def _remove_unfinished(database: Path) -> None:
    """Remove the temporary files of processes that were killed while they created the database."""
    pattern = re.compile(rf"{re.escape(database.name)}\.(\d+)\.new")
    for path in database.parent.glob(f"{glob.escape(database.name)}.*.new*"):
        found = pattern.match(path.name)
        if found and not is_alive(int(found[1])):
            path.unlink(missing_ok=True)


def _remove_with_companions(path: Path) -> None:
    for suffix in ("", "-journal", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def is_alive(pid: int) -> bool:
    """Whether a process of this host has that id."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it belongs to another user
        return True
    return True


# `make ui`: MLflow's pages of the store.

ADDRESS = "http://127.0.0.1:5000"  # MLflow's default


def ui_command() -> list[str]:
    """The command that serves MLflow's pages of the store."""
    return ["mlflow", "ui", "--backend-store-uri", tracking_uri()]


def shown_ui_command() -> str:
    """The same for a person: the address of a server, or a command, in which a variable is in place of secrets."""
    uri = tracking_uri()
    if uri.startswith("http"):
        return shown_uri(uri)
    return 'mlflow ui --backend-store-uri "$MLFLOW_TRACKING_URI"' if has_secrets(uri) else shlex.join(ui_command())


def start_url() -> str:
    """URL of the page to start with; MLflow's default page is its GenAI view."""
    return f"{ADDRESS}/{view_url(experiment_id(open_client()))}"


if __name__ == "__main__":
    print(f"Runs: {start_url()}", flush=True)
    os.execv(sys.executable, [sys.executable, "-m", *ui_command()])
