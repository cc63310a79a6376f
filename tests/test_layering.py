"""Layers: lazy imports of TensorFlow and MLflow, the import-linter contracts, and names of modules."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import ROOT

PACKAGE = ROOT / "src" / "seqframe"
MAX_TOP_LEVEL_NAMES = 24
LARGE_LIBRARIES = ("pandas", "pyarrow", "scipy", "matplotlib", "plotly", "numba", "tensorflow", "keras", "mlflow")
LOADS_TENSORFLOW = {  # modules that import TensorFlow at once; all others import these inside functions
    "networks.backend",
    "networks.build",
    "networks.compiled",
    "networks.divided_units",
    "networks.layers",
    "networks.variable_length",
    "training.buckets",
    "training.compiled",
    "training.initial_head",
    "training.loop",
    "training.problem",
    "training.samples",
    "training.shuffle",
    "training.stream",
    "training.together",
    "training.trainer",
    "evaluation.refit",
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
    completed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert completed.stdout.strip().splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    "arguments", [("run", "--help"), ("registry", "list"), ("run", "--pipeline=no_such"), ("run", "--params=no_such=1")]
)
def test_commands_that_run_nothing_import_no_large_library(arguments: tuple[str, ...]) -> None:
    assert loaded_libraries(*arguments)[1] == []


def test_the_headline_is_printed_before_large_libraries_are_imported() -> None:
    printed, loaded = loaded_libraries("run", "--pipeline=many_to_many", before="sys.modules['seqframe.hooks'] = None;")
    assert printed == "Seqframe · many_to_many · ramp of 5 · echo · seed 6"
    assert loaded == []


def loaded_libraries(*arguments: str, before: str = "") -> tuple[str, list[str]]:
    """The output of a command of Kedro, and the large libraries that it has imported."""
    code = (
        f"import sys; from kedro.framework.cli.cli import main; {before} sys.argv = ['kedro', *{arguments}]\n"
        f"try: main()\nfinally: print([name for name in {LARGE_LIBRARIES} if name in sys.modules])"
    )
    completed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)
    printed, _, loaded = completed.stdout.strip().rpartition("\n")
    return printed, ast.literal_eval(loaded)


@pytest.mark.parametrize("folder", ["src", "tools", "benchmarks"])
def test_no_module_is_named_by_a_gerund(folder: str) -> None:
    assert [str(path) for path in (ROOT / folder).rglob("*ing.py")] == []


def test_the_package_has_few_top_level_names() -> None:
    names = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert len(names) <= MAX_TOP_LEVEL_NAMES, sorted(names)


def lint_imports(folder: Path) -> str:
    """Run import-linter with the contracts of pyproject.toml on the package in a folder."""
    shutil.copy(ROOT / "pyproject.toml", folder)
    run = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-logo", "--no-cache"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder / "src")},
        capture_output=True,
        text=True,
    )
    return run.stdout


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("data/wide.py", "from seqframe.evaluation import metrics", "own layer and the layers below BROKEN"),
        ("data/wide.py", "import mlflow", "Only tracking/ and the served model import MLflow BROKEN"),
        ("evaluation/metrics.py", "import tensorflow", "TensorFlow, Keras and Numba BROKEN"),
        ("pipelines/training/nodes.py", "import kedro.io", "no nodes.py imports Kedro BROKEN"),
        (
            "config/schema.py",
            "from seqframe.config import loader",
            "No import cycles, at any depth of the package BROKEN",
        ),
    ],
)
def test_a_wrong_import_breaks_a_contract(tmp_path: Path, module: str, line: str, contract: str) -> None:
    shutil.copytree(PACKAGE, tmp_path / "src" / "seqframe", ignore=shutil.ignore_patterns("__pycache__"))
    assert "BROKEN" not in lint_imports(tmp_path)
    path = tmp_path / "src" / "seqframe" / module
    path.write_text(f"{path.read_text()}\n{line}\n")
    assert contract in lint_imports(tmp_path)
