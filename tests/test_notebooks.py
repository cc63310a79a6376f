"""The notebooks: stored without outputs, without definitions of their own, and executable from top to bottom."""

import ast
import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import nbformat
import pytest

from conftest import ROOT, kedro_environment

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
MAX_LINES = 9  # of a cell

every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def code_cells(path: Path) -> list[dict[str, Any]]:
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


def test_both_exist() -> None:
    assert [path.stem for path in NOTEBOOKS] == ["framings", "own_series"]


@every_notebook
def test_no_outputs_and_no_machine_metadata_are_stored(path: Path) -> None:
    notebook = json.loads(path.read_text())
    nbformat.validate(notebook)
    assert notebook["metadata"] == {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for cell in notebook["cells"]:
        assert cell["metadata"] == {}
        assert cell.get("outputs", []) == []
        assert cell.get("execution_count") is None


@every_notebook
def test_it_has_no_definitions_and_short_cells(path: Path) -> None:
    definitions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
    for cell in code_cells(path):
        assert not any(isinstance(node, definitions) for node in ast.walk(ast.parse(cell.source))), cell.source
        assert len(cell.source.splitlines()) <= MAX_LINES, cell.source
        assert max(map(len, cell.source.splitlines())) <= 100, "a line must fit the page"


@every_notebook
def test_code_follows_text(path: Path) -> None:
    kinds = [cell.cell_type for cell in nbformat.read(path, as_version=4).cells]
    assert (kinds[0], kinds[-1]) == ("markdown", "markdown")
    assert ["code"] * 3 not in [kinds[index : index + 3] for index in range(len(kinds))]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["framings", "own_series"])
def test_it_runs_from_top_to_bottom(project: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    notebook = run(project, name, monkeypatch)
    stdout = "".join(each.text for each in outputs(notebook) if each.output_type == "stream" and each.name == "stdout")
    displayed = [each.data for each in outputs(notebook) if each.output_type in ("display_data", "execute_result")]
    stderr = [each.text for each in outputs(notebook) if each.output_type == "stream" and each.name == "stderr"]
    assert stderr == []
    assert any("image/png" in data for data in displayed)
    if name == "framings":
        assert "many_to_one   X (1, 5, 1)   y (1, 5)\n  X[0] = [0] [1] [2] [3] [4]   y[0] = 0 1 2 3 4" in stdout
        assert stdout.count("0.0 0.2 0.4 0.6 0.8") == 3
        assert float(stdout.split("max difference of the outputs: ")[1]) < 1e-6
        assert sum(data.get("text/html", "").count('<svg class="diagram') for data in displayed) == 8
    else:
        progress = [data["text/plain"] for data in displayed if "networks" in data.get("text/plain", "")]
        assert [re.sub(r"\d+ s", "x s", line) for line in progress] == [
            "Trained 16 networks in x s.",
            "Trained 4 networks in x s.",
        ]
        assert "networks ·" not in stdout, "one output, which is replaced"
        assert "max difference: 0.0" in stdout
        assert "smallest validation" in "".join(data.get("text/html", "") for data in displayed)
        assert (project / "data" / "06_models" / "sunspots" / "config.json").is_file()
    assert not list(project.rglob("mlflow.db")), "the API logs no runs"


@every_notebook
def test_it_uses_the_api_alone(path: Path) -> None:
    lines = [line for cell in code_cells(path) for line in cell.source.splitlines()]
    assert [line for line in lines if "seqframe" in line] == ["import seqframe as sf"]


def run(project: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Execute the notebook of a copy of the project there, with the kernel of this environment; includes outputs."""
    from nbclient import NotebookClient

    shutil.copytree(ROOT / "notebooks", project / "notebooks")
    for variable in os.environ.keys() - kedro_environment().keys():  # variables of MLflow and Kedro
        monkeypatch.delenv(variable)
    monkeypatch.setenv("PYTHONPATH", str(project / "src"))
    notebook = nbformat.read(project / "notebooks" / f"{name}.ipynb", as_version=4)
    kernel = {"metadata": {"path": str(project / "notebooks")}}
    return NotebookClient(notebook, timeout=300, kernel_name="python3", resources=kernel).execute()


def outputs(notebook: Any) -> list[Any]:
    return [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
