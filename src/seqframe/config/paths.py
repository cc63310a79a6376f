"""Folders: the project, its settings, and what the package carries for projects and for the Python API.

In a checkout, `conf/` and the example tables are in the project's folder. The wheel has copies of them in
`seqframe/template/`, which `setup.py` adds.
"""

import tomllib
from pathlib import Path

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
PROJECT_ROOT = SOURCE if IS_CHECKOUT else find_project(Path.cwd()) or Path.cwd()
