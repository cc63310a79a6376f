"""Fixtures: a copy of the project, an MLflow store, and pipelines and commands that run in them."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

import seqframe.settings  # noqa: F401  # configures logging, which closes handlers that libraries have made before
from helpers.browser import browser, open_page  # noqa: F401  # fixtures
from seqframe.networks.compiled.table import LANES

if TYPE_CHECKING:
    from seqframe.networks.kernel.compile import CompiledFunction

ROOT = Path(__file__).resolve().parents[1]
THREAD_VARIABLES = ("OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")
COPIED = ("conf", "src", "pyproject.toml", ".telemetry", "README.md")

settings.register_profile("untimed", deadline=None)  # a busy machine fails no test
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An MLflow database with empty tables: created once, copied for each test."""
    from seqframe.tracking.store import open_client

    database = tmp_path_factory.mktemp("store") / "mlflow.db"
    before = os.environ.get("MLFLOW_TRACKING_URI")
    os.environ["MLFLOW_TRACKING_URI"] = f"sqlite:///{database}"
    try:
        open_client()
    finally:
        if before is None:
            del os.environ["MLFLOW_TRACKING_URI"]
        else:
            os.environ["MLFLOW_TRACKING_URI"] = before
    return database


def pytest_configure(config: pytest.Config) -> None:
    """Prepare several test processes before they start: one thread each, and the training code is compiled meanwhile.

    With threads for all cores in every process, these wait for each other.
    """
    if getattr(config.option, "numprocesses", None):
        for variable in THREAD_VARIABLES:
            os.environ.setdefault(variable, "1")
        _start_compiling()


@pytest.fixture(scope="session")
def compiled_code() -> None:
    """Compile the training code: Numba keeps the result next to the source, and copies of the project use it."""
    for function in _start_compiling():
        function.prepare()


def _start_compiling() -> "list[CompiledFunction]":
    """Start to compile what most tests train networks with: the LSTM, of few units and of many."""
    if find_spec("numba") is None:
        return []
    from seqframe.networks.compiled.functions import find_function
    from seqframe.networks.kernel.lstm import backward_shard, forward_shard

    functions = [find_function("lstm", 1), find_function("lstm", LANES), forward_shard, backward_shard]
    for function in functions:
        function.start_compiling()
    return functions


@pytest.fixture
def project(tmp_path: Path, compiled_code: None) -> Path:
    """A copy of the project that has never run."""
    return copy_project(tmp_path / "project")


def copy_project(folder: Path) -> Path:
    """Copy what a run of the project needs to a new folder."""
    folder.mkdir()
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("*.egg-info", "local"))
        else:
            shutil.copy(source, folder / name)
    parameters = folder / "conf" / "base" / "parameters.yml"
    parameters.write_text(parameters.read_text().replace("kind: auto #", "kind: serial #"))  # quick tests ask for more
    (folder / "conf" / "local").mkdir()
    raw = folder / "data" / "01_raw"
    raw.mkdir(parents=True)
    for table in (ROOT / "data" / "01_raw").glob("*.csv"):
        shutil.copy(table, raw)
    return folder


@pytest.fixture
def kedro(project: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run a kedro command in the project in a new process, like a user."""

    def run(*arguments: str, cwd: Path = project, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            kedro_command(*arguments),
            cwd=cwd,
            env=kedro_environment(**variables),
            capture_output=True,
            text=True,
            timeout=240,
        )

    return run


@pytest.fixture
def store(tmp_path: Path, empty_store: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A client of a new MLflow store."""
    return copy_store(empty_store, tmp_path, monkeypatch)


def copy_store(empty: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Copy an empty store to a folder, and have MLflow use it; returns its client."""
    from mlflow import MlflowClient

    database = folder / "mlflow.db"
    shutil.copy(empty, database)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{database}")
    return MlflowClient(f"sqlite:///{database}")


@pytest.fixture
def run_pipeline(project: Path, store: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, Any]]:
    """Run a pipeline of the project in this process: faster than a command, with the same hooks."""
    return partial(run_in, project)


def run_in(
    project: Path, name: str | None = None, env: str | None = None, runner: Any = None, **parameters: dict[str, Any]
) -> dict[str, Any]:
    """Run a pipeline of a project in this process; returns its results by name."""
    from kedro.framework.session import KedroSession
    from kedro.framework.startup import bootstrap_project

    bootstrap_project(project)
    with KedroSession.create(project_path=project, env=env, runtime_params=parameters) as session:
        return session.run(pipeline_names=[name] if name else None, runner=runner)


def kedro_command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "kedro", *arguments]


def kedro_environment(**variables: str) -> dict[str, str]:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("MLFLOW_", "KEDRO_", "COV_"))
    }
    return {**environment, **variables}


def all_runs(client: Any) -> list[Any]:
    """All runs of the store, newest first."""
    from mlflow.entities import ViewType

    experiments = [experiment.experiment_id for experiment in client.search_experiments(view_type=ViewType.ALL)]
    return list(client.search_runs(experiments, run_view_type=ViewType.ALL))
