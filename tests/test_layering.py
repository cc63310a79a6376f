"""Imports run one way, and each library has its rooms."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import ROOT

PACKAGE = ROOT / "src" / "seqframe"
# From the ground up: a module imports from its own storey and those before it.
STOREYS = [
    {"errors", "backend"},
    {"config", "progress", "plan"},
    {"windows", "splits", "missing", "scaling", "metrics", "problems", "checkpoints", "forecasts"},
    {"framings", "layers", "normalising"},
    {"posing", "posed", "framed"},
    {"network", "evaluation", "baselines", "frame_table", "forecasting", "advice"},
    {"training", "flow", "forecaster"},
    {"backtest"},
    {"report", "tracking", "datasets"},
    {"answers"},
    {"terminal"},
    {"manual"},
    {"pipelines"},
    {"pipeline_registry", "hooks"},
    {"settings", "cli", "config_loader", "running"},
]
ROOMS = {
    "tensorflow": {"backend"},
    "keras": {"backend"},
    "mlflow": {"tracking"},
    "kedro": {"pipelines", "pipeline_registry", "settings", "hooks", "cli", "datasets", "config_loader", "running"},
    "matplotlib": {"report", "pipelines", "answers"},
    "plotly": {"report"},
    "jinja2": {"report"},
    "playwright": {"manual"},
}
USES_TENSORFLOW = {"network", "training", "flow", "layers"}  # and nodes, datasets and answers, inside functions
# These do so at once, and are themselves imported inside functions.
LATE = ("answers.trial", "backtest.trying", "backtest.keeping", "forecaster.forecaster")

modules = pytest.mark.parametrize(
    "path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE))
)


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path, top_only: bool = False) -> set[str]:
    """The full names that a module imports; with `top_only`, those of its first level alone."""
    tree = ast.parse(path.read_text())
    nodes = tree.body if top_only else list(ast.walk(tree))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


@modules
def test_imports_run_one_way(path: Path) -> None:
    if path == PACKAGE / "__init__.py":
        return
    storey = next(number for number, rooms in enumerate(STOREYS) if room(path) in rooms)
    below = set().union(*STOREYS[: storey + 1])
    for name in imported(path):
        parts = name.split(".")
        if parts[0] == "seqframe" and parts[1] != "__version__":
            assert parts[1] in below, f"{room(path)} imports {name}, which stands above it"


@modules
def test_each_library_has_its_rooms(path: Path) -> None:
    for name in imported(path):
        library = name.split(".")[0]
        assert library not in ROOMS or room(path) in ROOMS[library], f"{name} does not belong in {room(path)}"


@modules
def test_nodes_know_nothing_of_kedro(path: Path) -> None:
    if path.name == "nodes.py":
        assert not any(name.startswith("kedro") for name in imported(path))


@modules
def test_tensorflow_is_imported_when_it_is_needed(path: Path) -> None:
    if ".".join(path.relative_to(PACKAGE).with_suffix("").parts) in LATE:
        return
    loads = {f"seqframe.{name}" for name in (*USES_TENSORFLOW, "backend", *LATE)}
    for name in imported(path, top_only=True):
        if any(name == each or name.startswith(f"{each}.") for each in loads):
            assert room(path) in USES_TENSORFLOW, f"{path.name} imports {name} before it is needed"
        assert not name.startswith("mlflow"), f"{path.name} imports {name} before it is needed"


@modules
def test_files_stay_short(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 150
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef) and path.name != "pipeline.py":  # where it is a table of nodes
            code = node.body[1:] if ast.get_docstring(node) else node.body
            assert not code or node.end_lineno - code[0].lineno < 30, f"{node.name} is long: split it by idea"


@pytest.mark.parametrize("module", ["seqframe.pipeline_registry", "seqframe.settings", "seqframe.cli"])
def test_what_every_command_loads_is_light(module: str) -> None:
    code = (
        "import sys, kedro.framework.project as project; project.configure_project('seqframe');"
        f"import {module} as m; getattr(m, 'register_pipelines', dict)();"
        "print([name for name in ('tensorflow', 'keras', 'mlflow') if name in sys.modules])"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert answer.stdout.strip().splitlines()[-1] == "[]"
