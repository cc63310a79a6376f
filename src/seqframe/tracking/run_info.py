"""What is known of a run before anything is trained: the settings that have a part in it, the shapes, the data."""

import getpass
import json
import os
import platform
import subprocess
from functools import cache
from importlib.metadata import version
from typing import Any

import pandas as pd
import yaml

from seqframe import __version__
from seqframe.config import PROJECT_ROOT, RUNTIME_ONLY, DataSettings, Settings
from seqframe.data.generators import generator_settings
from seqframe.data.sources import fingerprint, used_settings
from seqframe.framings import FRAMINGS
from seqframe.networks.spec import Shape
from seqframe.tracking.records import DatasetInfo, File, RunContext, RunInfo

def make_run_info(session: RunContext, framing: str, rows: pd.DataFrame, X_shape: Shape, y_shape: Shape) -> RunInfo:
    """The settings that a framing is trained with, the shapes that they gave it, and the data that it was posed on."""
    settings, data = session.settings, dataset_info(session.settings.data, rows)
    stateful = any(each.stateful for each in FRAMINGS if each.name == framing)
    values = {
        **_values_of(settings, session.trains_many),
        "training.epochs": settings.training.epochs_of(framing),
        "training.batch_size": settings.training.batch_of(X_shape[0], stateful),
        "framing": framing,
        "X_shape": X_shape,
        "y_shape": y_shape,
    }
    params = {key: str(value) for key, value in values.items()}
    return RunInfo(params, {"data.fingerprint": data.digest, "data.rows": str(len(rows))}, data.digest, data)


def experiments_run_info(settings: Settings) -> RunInfo:
    """The settings of a session without framings, whose nodes make their data themselves: that of the answers."""
    return RunInfo(
        {f"experiments.{name}": str(value) for name, value in settings.experiments.model_dump().items()}, {}, ""
    )


def settings_file(session: RunContext) -> File:
    """All settings, in a file that is a user's own settings where it is put into conf/local."""
    head = f"# As conf/local/parameters.yml these settings give the same run again: {session.command}\n"
    text = yaml.safe_dump(session.settings.model_dump(), sort_keys=False, allow_unicode=True)
    return File("settings.yml", (head + text).encode())


def dataset_info(data_settings: DataSettings, rows: pd.DataFrame) -> DatasetInfo:
    """The rows, as MLflow shows data sets: of the profile all that is in it, of a source that is no file nothing."""
    table = data_settings.is_table
    made = {"generator": data_settings.source} | {
        name: getattr(data_settings, name) for name in generator_settings(data_settings)
    }
    columns = [{"name": str(name), "type": "double", "required": True} for name in rows.columns]
    return DatasetInfo(
        name=data_settings.name,
        digest=fingerprint(rows),
        source_type="local" if table else "code",
        source=json.dumps({"uri": data_settings.path} if table else {"tags": made}, sort_keys=True),
        schema=json.dumps({"mlflow_colspec": columns}),
        profile=json.dumps({"num_rows": len(rows), "num_elements": rows.size} | ({} if table else made)),
    )


def _values_of(settings: Settings, trains_many: bool) -> dict[str, Any]:
    """The settings by full name, without those that change nothing in such a run."""
    groups = {
        "data": settings.data.model_dump(include=used_settings(settings.data)) | {"generator": settings.data.source},
        "task": settings.task.model_dump(exclude=None if settings.task.kind == "forecast" else {"horizon", "gap"}),
        "model": settings.model.model_dump(exclude={"units"} if settings.model.hidden_sizes else {"hidden_sizes"}),
        "training": settings.training.model_dump(exclude={*RUNTIME_ONLY, "seed" if trains_many else "n_seeds"}),
        "backtest": settings.backtest.model_dump() if settings.forecasts_a_table else {},
    }
    return {f"{group}.{name}": value for group, members in groups.items() for name, value in members.items()}


# The code that ran, and what it ran on, as tags of a run.

LIBRARIES = ("kedro", "mlflow", "tensorflow", "keras", "numpy", "pandas")


@cache
def environment_tags() -> dict[str, str]:
    """The code and what it ran on."""
    tags = {f"version.{name}": version(name) for name in LIBRARIES}
    tags |= {
        "version.seqframe": __version__,
        "version.python": platform.python_version(),
        "platform": platform.platform(),
        "cpus": str(os.cpu_count()),
        "mlflow.source.name": "seqframe",
        "mlflow.source.type": "LOCAL",
        "mlflow.user": _user(),
    }
    if commit := _git("rev-parse", "HEAD"):
        tags["mlflow.source.git.commit"] = commit
        tags["git_commit"] = commit[:7]
        tags["git.dirty"] = "yes" if _git("status", "--porcelain") else "no"
    return tags


def _git(*arguments: str) -> str:
    try:
        answer = subprocess.run(
            ["git", *arguments], cwd=PROJECT_ROOT, capture_output=True, text=True, timeout=10, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return ""  # no git, or no repository: the run has no commit to name
    return answer.stdout.strip()


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"
