"""Environments for libraries that Seqframe is measured against and does not use: made once, below `.environments/`."""

import shutil
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).with_name(".environments")
PACKAGES = {
    "pytorch": ("torch==2.13.0", "numpy"),
    "jax": ("jax==0.10.2", "numpy"),
}
INSTALL_S = 3600


class NoEnvironmentError(RuntimeError):
    """The environment could not be made; the message is a word."""


def find_python(name: str) -> str:
    """The interpreter of the environment called `name`, which is made if it is not there.

    Raises:
        NoEnvironmentError: It cannot be made here.
    """
    folder = FOLDER / name
    python = folder / "bin" / "python"
    made_of = folder / "packages.txt"
    wanted = "\n".join(PACKAGES[name])
    if made_of.exists() and made_of.read_text() == wanted:
        return str(python)
    print(f"Making an environment for {', '.join(PACKAGES[name])} …", file=sys.stderr)
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / ".gitignore").write_text("*\n")
    try:
        _run([sys.executable, "-m", "venv", "--clear", str(folder)])
        _run([str(python), "-m", "pip", "install", "--quiet", *PACKAGES[name]])
    except (OSError, subprocess.SubprocessError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        print(_last_line(error), file=sys.stderr)
        raise NoEnvironmentError("uninstallable") from error
    made_of.write_text(wanted)
    return str(python)


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True, timeout=INSTALL_S)


def _last_line(error: Exception) -> str:
    lines = str(getattr(error, "stderr", None) or error).strip().splitlines()
    return lines[-1] if lines else type(error).__name__
