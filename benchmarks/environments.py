"""Virtual environments for the libraries that Seqframe is compared with, created once in the user's cache folder."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

REQUIREMENTS = Path(__file__).with_name("requirements")
FOLDER = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "seqframe" / "environments"
INSTALL_S = 3600


class NoEnvironmentError(RuntimeError):
    """The environment could not be created; the message is the reason."""


def read_requirements(name: str) -> str:
    """The packages of the environment `name`, one per line, from `benchmarks/requirements/`."""
    return (REQUIREMENTS / f"{name}.txt").read_text()


def find_python(name: str) -> str:
    """The interpreter of the environment `name`, which is created if it does not exist.

    Raises:
        NoEnvironmentError: The environment cannot be created.
    """
    folder = FOLDER / name
    python = folder / "bin" / "python"
    installed = folder / "packages.txt"
    required = read_requirements(name)
    if installed.exists() and installed.read_text() == required:
        return str(python)
    print(f"Creating an environment for {name} in {folder} …", file=sys.stderr)
    FOLDER.mkdir(parents=True, exist_ok=True)
    try:
        _run([sys.executable, "-m", "venv", "--clear", str(folder)])
        _run([str(python), "-m", "pip", "install", "--quiet", "--requirement", str(REQUIREMENTS / f"{name}.txt")])
    except (OSError, subprocess.SubprocessError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        print(_last_line(error), file=sys.stderr)
        raise NoEnvironmentError("installation failed") from error
    installed.write_text(required)
    return str(python)


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True, timeout=INSTALL_S)


def _last_line(error: Exception) -> str:
    lines = str(getattr(error, "stderr", None) or error).strip().splitlines()
    return lines[-1] if lines else type(error).__name__
