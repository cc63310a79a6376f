"""The layers of the package, from the import-linter contract in `pyproject.toml`."""

import ast
import re
import tomllib
from pathlib import Path

import pandas as pd

from seqframe.config import PROJECT_ROOT
from seqframe.reporting.tables import markdown_table


def read_layers() -> list[list[str]]:
    """The modules of every layer, highest layer first."""
    contracts = tomllib.loads((PROJECT_ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    return [re.findall(r"\w+", layer) for layer in layers]


def tabulate_layers() -> str:
    """Markdown table of all modules: layer, counted from the lowest, and description."""
    layers = read_layers()
    rows = [
        {"layer": len(layers) - number, "module": f"`{module}`", "description": _first_line(path)}
        for number, modules in enumerate(layers)
        for module in modules
        if (path := _find_module(module))
    ]
    return markdown_table(pd.DataFrame(rows))


def _find_module(name: str) -> Path | None:
    package = PROJECT_ROOT / "src" / "seqframe"
    return next((path for path in (package / f"{name}.py", package / name / "__init__.py") if path.exists()), None)


def _first_line(path: Path) -> str:
    return (ast.get_docstring(ast.parse(path.read_text())) or "").partition("\n")[0]
