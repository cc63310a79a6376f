"""Folders: the project, its settings, and what the package carries for projects and for the Python API.

In a checkout, `conf/` and the example tables are in the project's folder. The wheel has copies of them in
`seqframe/template/`, which `setup.py` adds.
"""

import os
import tomllib
from collections.abc import Iterable
from pathlib import Path

from seqframe.errors import UserError

PACKAGE = Path(__file__).resolve().parents[1]
TEMPLATE = PACKAGE / "template"  # files of a new project
EXAMPLES = "data/01_raw"  # folder of the example tables
IS_CHECKOUT = not (TEMPLATE / "conf").exists()


def find_project(folder: Path) -> Path | None:
    """The folder of the Kedro project of this package that a folder is in; None if there is none."""
    return next((each for each in (folder, *folder.parents) if _is_project(each / "pyproject.toml")), None)


def _is_project(file: Path) -> bool:
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return bool(content.get("tool", {}).get("kedro", {}).get("package_name") == PACKAGE.name)


SOURCE = PACKAGE.parents[1] if IS_CHECKOUT else TEMPLATE  # has `conf/` and the example tables
DEFAULTS = SOURCE / "conf"
PROJECT_ROOT = find_project(Path.cwd()) or (SOURCE if IS_CHECKOUT else Path.cwd())


def check_writable(files: Iterable[Path]) -> None:
    """Check that files can be written, before anything is computed.

    Raises:
        UserError: A file, or the folder that it will be in, is read-only, or a file is in place of the folder.
    """
    for folder in sorted({file.parent for file in files}):
        existing = next(each for each in (folder, *folder.parents) if each.exists())
        reason = "is read-only" if existing.is_dir() else "is a file"
        if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
            raise UserError(
                f"Results must be written to {folder}. Received: {existing}, which {reason}. "
                "Make it a folder that you may write to."
            )
