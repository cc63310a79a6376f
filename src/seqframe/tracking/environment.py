"""The code that ran, and what it ran on, as tags of a run."""

import getpass
import os
import platform
import subprocess
from functools import cache
from importlib.metadata import version

from seqframe import __version__
from seqframe.config import PROJECT_ROOT

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
        tags["git.changed"] = "yes" if _git("status", "--porcelain") else "no"
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
