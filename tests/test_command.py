"""The command `seqframe`."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result

import seqframe as sf
from helpers.backtests import a_season
from helpers.labels import write_sequences
from seqframe.__main__ import main
from seqframe.config.paths import find_project

FEW = "data.features=[y],task.lookback=4,task.horizon=4,training.epochs=2,training.n_seeds=1,backtest.n_folds=1"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with a table."""
    noise = np.random.default_rng(0).normal(0, 0.1, 90)
    pd.DataFrame({"y": a_season(90) + noise, "z": noise}).to_csv(tmp_path / "my.csv", index=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def seqframe(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def test_help_imports_neither_pandas_nor_kedro() -> None:
    code = (
        "import sys; from seqframe.__main__ import main; main(['--help'], standalone_mode=False);"
        "print([name for name in ('numpy', 'pandas', 'pydantic', 'kedro', 'tensorflow') if name in sys.modules])"
    )
    completed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert completed.stdout.splitlines()[-1] == "[]"
    assert "compare" in completed.stdout


def test_the_module_is_the_command() -> None:
    completed = subprocess.run([sys.executable, "-m", "seqframe", "--version"], capture_output=True, text=True)
    assert completed.stdout == f"seqframe, version {sf.__version__}\n"


def test_compare(folder: Path) -> None:
    written = ["--report", "report.html", "--save", "best", "--forecast", "next.csv"]
    result = seqframe("compare", "my.csv", "--target", "y", "--framing", "dense", "--params", FEW, *written)
    assert result.exit_code == 0, result.output
    assert "Leaderboard" in result.stdout
    assert "smallest validation error" in result.stdout
    assert "\\n" not in result.stdout
    assert result.stdout.endswith("Report: report.html\nModel: best\nForecast: next.csv\n")
    forecast = sf.load_forecaster("best").forecast(pd.read_csv("my.csv"))
    np.testing.assert_allclose(pd.read_csv("next.csv")["y"], forecast["y"])
    assert {path.name for path in folder.iterdir()} == {"my.csv", "report.html", "best", "next.csv"}


@pytest.mark.parametrize("option", ["--report=.", "--forecast=.", "--save=my.csv"])
def test_a_file_in_the_place_of_a_folder_is_found_before_training(folder: Path, option: str) -> None:
    result = seqframe("compare", "my.csv", "--target", "y", "--params", "training.epochs=1", option)
    assert result.exit_code == 2
    assert f"Invalid value for '{option.partition('=')[0]}'" in result.stderr
    assert "networks" not in result.stderr


def test_compare_labels_and_windows(folder: Path) -> None:
    write_sequences(folder / "labels.csv")
    params = "training.epochs=2,training.n_seeds=1"
    given = ["--id", "id", "--target", "label", "--task", "classify", "--framing", "many_to_one", "--params", params]
    result = seqframe("compare", "labels.csv", *given)
    assert result.exit_code == 0, result.output
    assert "accuracy" in result.stdout
    echo = ["--target", "y", "--task", "echo", "--lookback", "5", "--framing", "dense", "--params", params]
    refused = seqframe("compare", "my.csv", *echo, "--forecast", "next.csv")
    assert "predicted" in refused.stdout
    assert refused.stderr.endswith("Error: `--forecast` needs a forecast of a table. Received: task echo.\n")


def test_frame_writes_the_arrays(folder: Path) -> None:
    given = ["--target", "y", "--target", "z", "--framing", "dense", "--lookback", "4", "--horizon", "2"]
    result = seqframe("frame", "my.csv", *given, "--output", "new/arrays.npz")
    assert result.stdout == "dense   X (85, 4, 2)   y (85, 4)\nArrays: new/arrays.npz\n"
    X, y = sf.frame("my.csv", "dense", target=["y", "z"], lookback=4, horizon=2)
    arrays = np.load("new/arrays.npz")
    assert (arrays["X"] == X).all()
    assert (arrays["y"] == y).all()


def test_describe() -> None:
    result = seqframe("describe", "dense", "--lookback", "4", "--params", "model.units=7")
    assert result.stdout == f"{sf.describe('dense', lookback=4, units=7)!r}\n"


def test_init_makes_a_project(folder: Path) -> None:
    result = seqframe("init", "mine")
    assert result.exit_code == 0, result.output
    assert find_project(folder / "mine" / "conf") == folder / "mine"
    assert find_project(folder) is None
    assert (folder / "mine" / "conf" / "base" / "catalog.yml").is_file()
    assert (folder / "mine" / "data" / "01_raw" / "sunspots.csv").is_file()
    assert (folder / "mine" / "conf" / "local" / ".gitkeep").is_file()
    again = seqframe("init", "mine")
    assert again.exit_code == 1
    assert again.stderr == "Error: A project needs a folder that is new or empty. Received: mine.\n"


def test_commands_work_in_the_project_of_the_working_directory(folder: Path) -> None:
    """Also if the package is installed from a checkout, which is a project as well."""
    assert seqframe("init", "mine").exit_code == 0
    command = [sys.executable, "-m", "seqframe", "sync"]
    completed = subprocess.run(command, cwd=folder / "mine", capture_output=True, text=True, check=True)
    assert completed.stdout == f"Nothing is left to send to MLflow at sqlite:///{folder / 'mine' / 'mlflow.db'}.\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("sync",), "`seqframe sync` needs a project."),
        (("compare", "no.csv"), "`data.path` must name a file that exists. Received: no.csv."),
        (("compare", "my.csv", "--params", "training.epoch=1"), "Unknown setting `training.epoch`."),
        (("compare", "my.csv", "--target", "x"), "x"),
        (("describe", "dens"), "Did you mean dense?"),
        (("compare", "my.csv", "--params", "data.missing=masks"), "`data.missing` must be raise, drop"),
        (("compare", "my.csv", "--target", "y", "--params", "data.target=z"), "two values of `data.target`"),
        (("compare", "my.csv", "--params", "data.path=a.csv"), "Received: data and path='a.csv'."),
        (
            ("frame", "my.csv", "--target", "y", "--output", "my.csv/a.npz"),
            "Received: my.csv, which fails (File exists)",
        ),
        (("run",), "`seqframe run` needs a project."),
    ],
)
def test_mistakes_are_one_line(folder: Path, arguments: Any, message: str) -> None:
    result = seqframe(*arguments)
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: ")
    assert message in result.stderr
    assert len(result.stderr.splitlines()) == 1
