import io
from pathlib import Path

import pandas as pd
import pytest
import yaml
from rich.console import Console

from conftest import ROOT
from seqframe.config import Settings, Task, read_settings
from seqframe.frame_table import tabulate_frame
from seqframe.framings.many_to_one import MANY_TO_ONE
from seqframe.posing import pose
from seqframe.progress import EpochsDone, announce
from seqframe.report.tables import comparison
from seqframe.terminal import Screen
from seqframe.terminal.tables import frame_lines
from tables import write_counters


@pytest.fixture
def settings() -> Settings:
    return read_settings(yaml.safe_load((ROOT / "conf" / "base" / "parameters.yml").read_text()))


def epochs(first: int, last: int, part: str = "") -> EpochsDone:
    return EpochsDone("many_to_many", part, tuple(1 / epoch for epoch in range(first, last + 1)), first, 50)


def test_plain_lines_where_the_output_is_piped(settings: Settings) -> None:
    written = io.StringIO()
    screen = Screen(Console(file=written))
    screen.open("many_to_many", settings)
    for first, last in ((1, 1), (2, 9), (10, 26), (27, 50)):
        announce(epochs(first, last))
    screen.close()
    announce(epochs(1, 50))
    lines = written.getvalue().splitlines()
    assert lines[0] == "Seqframe · many_to_many · ramp of 5 · echo · seed 6"
    assert lines[1] == "many_to_many: epoch 5 of 50, loss 0.2"
    assert [int(line.split()[2]) for line in lines[1:]] == list(range(5, 51, 5))


def test_one_line_for_each_of_many_networks(settings: Settings) -> None:
    written = io.StringIO()
    screen = Screen(Console(file=written))
    screen.open("seed_study", settings)
    announce(epochs(1, 30, "seed 1 of 2"))
    announce(epochs(31, 50, "seed 1 of 2"))
    screen.close()
    first, second = written.getvalue().splitlines()
    assert first.endswith("· 20 seeds")
    assert second == "many_to_many, seed 1 of 2: epoch 50 of 50, loss 0.02"


def test_a_bar_in_a_terminal(settings: Settings) -> None:
    written = io.StringIO()
    screen = Screen(Console(file=written, force_terminal=True, width=100))
    screen.open("many_to_many", settings)
    announce(epochs(1, 25))
    announce(epochs(26, 50))
    screen.close()
    assert "25/50" in written.getvalue()
    assert "50/50" in written.getvalue()
    assert written.getvalue().count("\x1b[?25l") == written.getvalue().count("\x1b[?25h"), "the cursor is given back"


def test_the_comparison_and_the_commands_that_look_closer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:////a b/mlflow.db")
    scores = {"mse": 0.01, "mae": 0.1, "largest_error": 0.2, "right_to_one_decimal": 1.0}
    framing = {"framing": "many_to_many", "X": "(1, 5, 1)", "y": "(1, 5, 1)", "parameters": "140 + 6 = 146"}
    line = {
        **framing,
        "epochs": 1000,
        "final_loss": 0.00058,
        **scores,
        "unseen_mae": 0.3,
        "predicted": "0.0 0.2 0.4 0.6 0.8",
    }
    naive = {"training": {**scores, "right_to_one_decimal": 0.0}, "unseen": {"mae": 0.25}}
    written = io.StringIO()
    tables = {"comparison": comparison([line], "naive: mean", naive)}
    Screen(Console(file=written)).show(tables, {"pipeline_names": ["many_to_many"]})
    text = written.getvalue()
    assert "0.0 0.2 0.4 0.6 0.8" in text
    assert "140+6=146" in text
    assert "0.3" in text.split("many_to_many")[1].splitlines()[0]
    assert "0.25" in text.split("naive: mean")[1].splitlines()[0]
    assert "yes" in text.split("many_to_many")[1].splitlines()[0]
    assert "no" in text.split("naive: mean")[1].splitlines()[0]
    assert "mlflow ui --backend-store-uri 'sqlite:////a b/mlflow.db'" in text
    assert "kedro viz --include-hooks --pipeline many_to_many" in text


def test_a_server_is_named_by_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://localhost:5000")
    written = io.StringIO()
    Screen(Console(file=written)).show({"seed_study": pd.DataFrame()}, {"pipeline_names": []})
    assert "Compare the runs:  http://localhost:5000" in written.getvalue()


def test_a_frame_table_names_rows_and_where_there_are_several_columns_them_too(tmp_path: Path) -> None:
    posed = pose(write_counters(tmp_path), Task(kind="forecast", lookback=2, horizon=2))
    text = frame_lines(tabulate_frame(posed, MANY_TO_ONE), most=1)
    assert text.splitlines()[1:] == [
        "many_to_one   X (13, 2, 3)   y (13, 8)",
        "  X[0] = [1900.c 1900.a 1900.b] [1901.c 1901.a 1901.b]   "
        "y[0] = 1902.g 1902.d 1902.f 1902.e 1903.g 1903.d 1903.f 1903.e",
        "  …",
    ]
