"""What is known of a run before training: the settings that affect it, the shapes, the data, code and platform."""

import getpass
import json
import os
import platform
import subprocess
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from typing import Any

import pandas as pd
import yaml

from seqframe import __version__
from seqframe.config import PROJECT_ROOT, RUNTIME_ONLY, DataSettings, Settings
from seqframe.data.generators import generator_settings
from seqframe.data.sources import fingerprint, used_settings
from seqframe.evaluation.sweeps import ABOUT_A_TRIAL
from seqframe.framings import candidate_framings
from seqframe.networks.spec import Shape
from seqframe.tracking.records import DatasetInfo, File, RunContext, RunInfo

SWEEP = "sweep"  # name of the pipeline


def make_run_info(context: RunContext, framing: str, df: pd.DataFrame, X_shape: Shape, y_shape: Shape) -> RunInfo:
    """The settings that a framing is trained with, the shapes of X and y, and the data."""
    settings, data = context.settings, dataset_info(context.settings.data, df)
    stateful = any(each.stateful for each in candidate_framings() if each.name == framing)
    values = {
        **_run_settings(settings, context.trains_many),
        "training.epochs": settings.training.epochs_of(framing),
        "training.batch_size": settings.training.batch_of(X_shape[0], stateful),
        "framing": framing,
        "X_shape": X_shape,
        "y_shape": y_shape,
    }
    params = {key: str(value) for key, value in values.items()}
    return RunInfo(params, {"data.fingerprint": data.digest, "data.rows": str(len(df))}, data.digest, data)


def command_run_info(context: RunContext) -> RunInfo:
    """The settings of a sweep, or of a run of experiments, which make their data themselves."""
    settings = context.settings
    if context.pipeline == SWEEP:
        values = _run_settings(settings, trains_many=True)
        values |= {f"sweep.{name}": value for name, value in settings.sweep.model_dump().items()}
    else:
        values = {f"experiments.{name}": value for name, value in settings.experiments.model_dump().items()}
    return RunInfo({name: str(value) for name, value in values.items()}, {}, "")


def trial_run_info(trial: Mapping[str, Any]) -> RunInfo:
    """The values of a trial of a sweep."""
    values = {name: str(value) for name, value in trial.items() if name not in ABOUT_A_TRIAL}
    return RunInfo(values, {"state": str(trial["state"])}, "")


def settings_file(context: RunContext) -> File:
    """All settings in a file that repeats the run if it is copied to conf/local."""
    head = f"# Copied to conf/local/parameters.yml, these settings repeat the run: {context.command}\n"
    text = yaml.safe_dump(context.settings.model_dump(), sort_keys=False, allow_unicode=True)
    return File("settings.yml", (head + text).encode())


def dataset_info(data_settings: DataSettings, df: pd.DataFrame) -> DatasetInfo:
    """The data as an MLflow data set.

    MLflow's page shows the whole profile, but of the source only files: generator settings are in the profile, too.
    """
    is_table = data_settings.is_table
    used = {name: getattr(data_settings, name) for name in generator_settings(data_settings)}
    generator = {"generator": data_settings.source} | used
    columns = [{"name": str(name), "type": "double", "required": True} for name in df.columns]
    return DatasetInfo(
        name=data_settings.name,
        digest=fingerprint(df),
        source_type="local" if is_table else "code",
        source=json.dumps({"uri": data_settings.path} if is_table else {"tags": generator}, sort_keys=True),
        schema=json.dumps({"mlflow_colspec": columns}),
        profile=json.dumps({"num_rows": len(df), "num_elements": df.size} | ({} if is_table else generator)),
    )


def _run_settings(settings: Settings, trains_many: bool) -> dict[str, Any]:
    """The settings by full name, without those that do not affect such a run."""
    groups = {
        "data": settings.data.model_dump(include=used_settings(settings.data)) | {"generator": settings.data.source},
        "task": settings.task.model_dump(exclude=None if settings.task.kind == "forecast" else {"horizon", "gap"}),
        "model": settings.model.model_dump(exclude={"units"} if settings.model.hidden_sizes else {"hidden_sizes"}),
        "training": settings.training.model_dump(exclude={*RUNTIME_ONLY, "seed" if trains_many else "n_seeds"}),
        "backtest": settings.backtest.model_dump() if settings.forecasts_a_table or settings.task.has_labels else {},
    }
    return {f"{group}.{name}": value for group, members in groups.items() for name, value in members.items()}


# Code and platform, as tags of a run.

LIBRARIES = ("kedro", "mlflow", "tensorflow", "keras", "numpy", "pandas")


@cache
def environment_tags() -> dict[str, str]:
    """Tags with the versions of code and libraries, the platform and the user."""
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
        result = subprocess.run(
            ["git", *arguments], cwd=PROJECT_ROOT, capture_output=True, text=True, timeout=10, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return ""  # no git or no repository: the run has no commit tag
    return result.stdout.strip()


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"
