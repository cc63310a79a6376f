"""Where MLflow keeps its runs: SQLite in the project, unless MLFLOW_TRACKING_URI says otherwise."""

import base64
import json
import logging
import os
import sys
import textwrap
import zlib
from pathlib import Path
from typing import Any

from seqframe.config import PROJECT_ROOT
from seqframe.errors import UserError

# What MLflow's page of the experiment shows before anybody has set it up: a way in, and saved views of the runs.
#
# A view is an experiment tag that MLflow's own page writes when a user saves one (*Views*, top right): columns, filter
# and order in JSON. What it does not name is as MLflow has it.

TASK = (
    "workflowType=machine_learning"  # pages for models that are trained; MLflow's own first choice are those of GenAI
)
SAVED = "mlflow.sharedViewState."
INTRO = """\
**Start here:** [framings]({framings}) · [loss curves]({curves}) · [forecasts]({forecasts})

*Framings* has a line for each network, with its shapes, parameters and errors; *forecasts* those tried on rows kept
from training, the best first. To compare runs, tick them and press *Compare*. A run's own page says what it is and
what came of it; its figures, tables and settings are under *Artifacts*. In *Runs*, the runs of one `kedro run` stand
below a common parent.
"""
VIEWS: dict[str, dict[str, Any]] = {  # ordered by anything but the start, runs are listed beside their parents
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
            ("attributes", "Dataset", 190),
            ("params", "task.lookback", 110),
            ("params", "task.horizon", 105),
            ("metrics", "parameters/total", 130),
            ("metrics", "test/mase_ensemble", 205),
            ("metrics", "test/mase", 135),
            ("metrics", "test/coverage", 155),
            ("metrics", "time/training_s", 125),
            ("metrics", "time/forecast_ms", 135),
        ),
    },
}


def view_url(experiment: str, view: str = "Framings", mode: str = "") -> str:
    """Where a view of the runs stands, below the address of MLflow's server; `mode` is CHART or TABLE."""
    shown = f"&compareRunsMode={mode}" if mode else ""
    return f"#/experiments/{experiment}/runs?{TASK}&viewStateShareKey={view.lower()}{shown}"


def experiment_tags(experiment: str) -> dict[str, str]:
    """The tags of the experiment of that id: its kind, its description, its views."""
    links = {"framings": view_url(experiment), "forecasts": view_url(experiment, "Forecasts")}
    return {
        "mlflow.experimentKind": "custom_model_development",
        "mlflow.note.content": INTRO.format(**links, curves=view_url(experiment, mode="CHART")),
        **{f"{SAVED}{name.lower()}": _saved(name, **view) for name, view in VIEWS.items()},
    }


def _saved(name: str, columns: tuple[tuple[str, str, int], ...], **state: Any) -> str:
    """A view as MLflow's page saves it; the columns with their widths in pixels."""
    widths = {f"{kind}.`{column}`": width for kind, column, width in columns}
    state |= {"selectedColumns": list(widths), "columnOrder": list(widths), "columnWidths": widths}
    packed = base64.b64encode(zlib.compress(json.dumps(state).encode())).decode()
    return json.dumps({"name": name, "createdAt": 0, "updatedAt": 0, "state": f"deflate;{packed}"})


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
    for key, value in experiment_tags(number).items():
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


# `make ui`: MLflow's pages on the store that the runs went to.

ADDRESS = "http://127.0.0.1:5000"  # where MLflow serves its pages unless it is told otherwise


def ui_command() -> list[str]:
    """The command that opens MLflow's pages on the store."""
    return ["mlflow", "ui", "--backend-store-uri", tracking_uri()]


def start_url() -> str:
    """The address of the page that a newcomer starts from; MLflow's first page is one for other work."""
    return f"{ADDRESS}/{view_url(experiment_id(open_client()))}"


if __name__ == "__main__":
    print(f"Runs: {start_url()}", flush=True)
    os.execv(sys.executable, [sys.executable, "-m", *ui_command()])
