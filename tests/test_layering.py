"""Imports: libraries are confined to packages, and TensorFlow and MLflow are imported lazily."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import ROOT

PACKAGE = ROOT / "src" / "seqframe"
LIBRARIES = {  # library -> the packages that may import it
    "tensorflow": {"networks"},
    "keras": {"networks"},
    "mlflow": {"tracking"},
    "kedro": {"pipelines", "pipeline_registry", "settings", "hooks", "cli", "datasets", "api"},
    "matplotlib": {"reporting", "pipelines", "experiments"},
    "plotly": {"reporting"},
    "jinja2": {"reporting"},
}
LOADS_TENSORFLOW = {  # modules that import TensorFlow at once; all others import these inside functions
    "networks.backend",
    "networks.build",
    "networks.layers",
    "training.loop",
    "training.samples",
    "training.stream",
    "training.trainer",
    "evaluation.refit",
    "forecasting.forecaster",
}

modules = pytest.mark.parametrize(
    "path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE))
)


def dotted_name(path: Path) -> str:
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")


def imported(path: Path, top_only: bool = False) -> set[str]:
    """Full names that a module imports; with `top_only`, outside functions only."""
    tree = ast.parse(path.read_text())
    nodes = tree.body if top_only else list(ast.walk(tree))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def loads_tensorflow(name: str) -> bool:
    return any(name == each or name.startswith(f"{each}.") for each in LOADS_TENSORFLOW)


@modules
def test_libraries_are_confined_to_packages(path: Path) -> None:
    package = dotted_name(path).split(".")[0]
    for name in imported(path):
        library = name.split(".")[0]
        assert library not in LIBRARIES or package in LIBRARIES[library], f"{name} does not belong in {package}"


@modules
def test_nodes_do_not_import_kedro(path: Path) -> None:
    if path.name == "nodes.py":
        assert not any(name.startswith("kedro") for name in imported(path))


@modules
def test_tensorflow_and_mlflow_are_imported_lazily(path: Path) -> None:
    for name in imported(path, top_only=True):
        assert not name.startswith("mlflow"), f"{path.name} imports {name} outside a function"
        if name.startswith("seqframe.") and loads_tensorflow(name.removeprefix("seqframe.")):
            assert loads_tensorflow(dotted_name(path)), f"{path.name} imports {name} outside a function"


@modules
def test_functions_are_short(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef) and path.name != "pipeline.py":  # a pipeline is a table of nodes
            code = node.body[1:] if ast.get_docstring(node) else node.body
            assert not code or node.end_lineno - code[0].lineno < 40, f"{node.name} is too long"


@pytest.mark.parametrize("module", ["seqframe.pipeline_registry", "seqframe.settings", "seqframe.cli"])
def test_commands_that_run_nothing_start_without_tensorflow_and_mlflow(module: str) -> None:
    code = (
        "import sys, kedro.framework.project as project; project.configure_project('seqframe');"
        f"import {module} as m; getattr(m, 'register_pipelines', dict)();"
        "print([name for name in ('tensorflow', 'keras', 'mlflow') if name in sys.modules])"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert answer.stdout.strip().splitlines()[-1] == "[]"
