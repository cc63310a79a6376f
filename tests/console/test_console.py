import io
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pandas as pd
import pytest
import yaml
from rich.console import Console

from conftest import ROOT
from helpers.tables import write_counters
from seqframe.config import Settings, TaskSettings, parse_settings
from seqframe.console.console import RunConsole
from seqframe.console.headline import headline
from seqframe.console.progress import Eta, format_duration
from seqframe.console.tables import print_table
from seqframe.data.dataset import make_dataset
from seqframe.framings.index_map import make_index_map
from seqframe.framings.many_to_one import MANY_TO_ONE
from seqframe.reporting.tables import comparison, index_map_text
from seqframe.training.events import EpochEnd, emit

Terminal = Callable[[int], tuple[RunConsole, io.StringIO]]

FILES = {
    name: f"data/08_reporting/compare/{name}.{end}" for name, end in {"report": "html", "leaderboard": "csv"}.items()
}


@pytest.fixture
def settings() -> Settings:
    return parse_settings(yaml.safe_load((ROOT / "conf" / "base" / "parameters.yml").read_text()))


def epochs(first: int, last: int, label: str = "", ended: bool = False) -> EpochEnd:
    losses = tuple(1 / epoch for epoch in range(first, last + 1))
    return EpochEnd("many_to_many", label, losses, first, 50, ended or last == 50)


@pytest.fixture
def in_a_terminal() -> Iterator[Terminal]:
    """Make a console of a width and its output; it is closed at the end of the test."""
    with ExitStack() as made:

        def make(width: int) -> tuple[RunConsole, io.StringIO]:
            written = io.StringIO()
            console = RunConsole(Console(file=written, force_terminal=True, width=width), FILES)
            made.callback(console.close)
            return console, written

        yield make


def plain(text: str) -> list[str]:
    """The lines written to a terminal, without colors and cursor movements; the latest state of a line is the last."""
    return [" ".join(line.split()) for line in re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text).splitlines()]


def test_piped_output_has_plain_lines(settings: Settings) -> None:
    written = io.StringIO()
    console = RunConsole(Console(file=written))
    console.open("many_to_many", settings)
    console.expect(1)
    for first, last in ((1, 1), (2, 9), (10, 26), (27, 50)):
        emit(epochs(first, last))
    console.close()
    emit(epochs(1, 50))
    lines = written.getvalue().splitlines()
    assert lines[0] == "Seqframe · many_to_many · ramp of 5 · echo · seed 6"
    assert lines[1] == "many_to_many: epoch 5/50, loss 0.2"
    assert [int(line.split()[2].split("/")[0]) for line in lines[1:]] == list(range(5, 51, 5))


def test_several_networks_have_fewer_lines_each(settings: Settings) -> None:
    written = io.StringIO()
    console = RunConsole(Console(file=written))
    console.open("compare", settings)
    console.expect(3)
    emit(epochs(1, 30))
    emit(epochs(31, 50))
    console.close()
    assert [int(line.split()[2].split("/")[0]) for line in written.getvalue().splitlines()[1:]] == [17, 34, 50]


def test_many_networks_have_one_line_each_also_with_early_stopping(settings: Settings) -> None:
    written = io.StringIO()
    console = RunConsole(Console(file=written))
    console.open("seed_study", settings)
    console.expect(2)
    emit(epochs(1, 30, "seed 1 of 2"))
    emit(epochs(31, 40, "seed 1 of 2", ended=True))
    emit(epochs(1, 50, "seed 2 of 2"))
    console.close()
    first, second, third = written.getvalue().splitlines()
    assert first.endswith("· 20 seeds")
    assert second == "many_to_many, seed 1 of 2: epoch 40/50, loss 0.025 (1/2 · ETA 0:00)"
    assert third == "many_to_many, seed 2 of 2: epoch 50/50, loss 0.02 (2/2)"


def test_a_notebook_has_no_bars(settings: Settings) -> None:
    written = io.StringIO()
    console = RunConsole(Console(file=written, force_jupyter=True, force_terminal=True, width=90))
    console.open("many_to_many", settings)
    console.expect(1)
    emit(epochs(1, 50))
    console.finish("many_to_many")
    console.close()
    assert "\x1b" not in written.getvalue()
    assert len(written.getvalue().splitlines()) == 1 + 10


def test_one_network_has_one_bar_in_a_terminal(settings: Settings, in_a_terminal: Terminal) -> None:
    console, written = in_a_terminal(100)
    console.open("many_to_many", settings)
    console.expect(1)
    emit(epochs(1, 25))
    emit(epochs(26, 50))
    console.finish("many_to_many")
    lines = plain(written.getvalue())
    assert any("25/50 loss 0.04" in line for line in lines)
    assert any("50/50 loss 0.02" in line for line in lines)
    assert any(line.startswith("✓ many_to_many 1 network 50 epochs loss 0.02") for line in lines)
    assert not any(line.startswith("networks") for line in lines), "a bar of the whole run would be the same"
    console.close()


def test_many_networks_have_two_bars_and_a_line_for_each_finished_framing(
    settings: Settings, in_a_terminal: Terminal
) -> None:
    console, written = in_a_terminal(80)
    console.open("seed_study", settings)
    console.expect(4)
    for seed in (1, 2):
        emit(epochs(1, 25, f"seed {seed} of 2"))
        emit(epochs(26, 30, f"seed {seed} of 2", ended=True))
    console.finish("many_to_many")
    emit(EpochEnd("dense", "seed 1 of 2", (0.5,), 1, 9))
    lines = plain(written.getvalue())
    assert any(line.endswith("25/50 loss 0.04 seed 2 of 2") for line in lines)
    assert any(line.startswith("networks ") and " 1/4 · ETA" in line for line in lines)
    assert any(line.startswith("✓ many_to_many 2 networks 60 epochs") for line in lines)
    assert [line.split()[0] for line in lines[-2:]] == ["networks", "dense"]
    console.close()
    ups, downs = (written.getvalue().count(f"\x1b[?25{code}") for code in "lh")
    assert ups == downs, "the cursor is restored"


def test_the_eta_is_estimated_from_finished_units() -> None:
    now = 100.0
    eta = Eta(total=4, clock=lambda: now)
    eta.start()
    assert (eta.text(), eta.remaining_s) == ("0/4", None)
    now = 160.0
    eta.advance()
    assert eta.remaining_s == 180
    now = 180.0
    assert eta.text() == "1/4 · ETA 2:40"
    now = 300.0
    assert eta.remaining_s == 120, "the second unit takes longer than the first: it is assumed to be almost done"
    eta.advance()
    assert eta.remaining_s == 200
    eta.advance()
    eta.advance()
    assert (eta.text(), format_duration(3725.4)) == ("4/4", "1:02:05")


def test_the_report_is_a_link_in_a_terminal_and_a_path_elsewhere(in_a_terminal: Terminal) -> None:
    console, written = in_a_terminal(100)
    console.show({"report": "<html>"}, {"pipeline_names": []})
    assert re.search(r"\x1b\]8;[^;]*;file:///.*data/08_reporting/compare/report.html\x1b", written.getvalue())
    written = io.StringIO()
    RunConsole(Console(file=written), FILES).show({"report": "<html>"}, {"pipeline_names": []})
    report, index, mlflow = written.getvalue().splitlines()[1:4]
    assert report.split() == ["Report:", "data/08_reporting/compare/report.html"]
    assert index.split() == ["Last", "runs:", "data/index.html"]
    assert mlflow.startswith("MLflow: ")


@pytest.mark.parametrize(("width", "hidden"), [(90, ["memory", "forecast", "RMSE"]), (130, [])])
def test_a_narrow_terminal_hides_columns_and_breaks_no_words(
    in_a_terminal: Terminal, width: int, hidden: list[str]
) -> None:
    board = pd.DataFrame(
        {
            "rank": [1, 2],
            "model": ["encoder_decoder (ensemble of 2)", "seasonal naive"],
            "framing": ["encoder_decoder", ""],
        }
        | {"mase": 0.873, "mase_low": 0.69, "mase_high": 1.06, "skill": 0.09, "mae": 19.7, "rmse": 25.7, "smape": 44.3}
        | {"coverage": 0.89, "parameters": 38115, "training_s": 5.8, "forecast_ms": 0.67, "memory_mb": 959}
    )
    console, written = in_a_terminal(width)
    console.show({"leaderboard": board}, {"pipeline_names": []})
    table = re.sub(r"\x1b\[[0-9;?]*m", "", written.getvalue()).partition("\nMLflow")[0]
    assert max(map(len, table.splitlines())) <= width
    assert "…" not in table
    assert "encoder_decoder (ensemble of 2) 0.873 0.69 to 1.06 +9% 19.7" in " ".join(table.split())
    named = re.search(r"Columns hidden \(terminal too narrow\): (.*); full", " ".join(table.split()))
    assert (named.group(1).split(", ")[: len(hidden)] if named else []) == hidden


def test_the_comparison_and_the_next_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:////a b/mlflow.db")
    scores = {"mse": 0.01, "mae": 0.1, "max_error": 0.2, "all_within_0.05": 1.0}
    framing = {"framing": "many_to_many", "X": "(1, 5, 1)", "y": "(1, 5, 1)", "parameters": "140 + 6 = 146"}
    row = {
        **framing,
        "epochs": 1000,
        "final_loss": 0.00058,
        **scores,
        "test_mae": 0.3,
        "predicted": "0.0 0.2 0.4 0.6 0.8",
    }
    baseline = {"train": {**scores, "all_within_0.05": 0.0}, "test": {"mae": 0.25}}
    written = io.StringIO()
    tables = {"comparison": comparison([row], {"baseline (mean)": baseline})}
    RunConsole(Console(file=written)).show(tables, {"pipeline_names": ["many_to_many"]})
    text = written.getvalue()
    assert "0.0 0.2 0.4 0.6 0.8" in text
    assert "140+6=146" in text
    assert "0.3" in text.split("many_to_many")[1].splitlines()[0]
    assert "0.25" in text.split("baseline (mean)")[1].splitlines()[0]
    assert "yes" in text.split("many_to_many")[1].splitlines()[0]
    assert "no" in text.split("baseline (mean)")[1].splitlines()[0]
    assert "mlflow ui --backend-store-uri 'sqlite:////a b/mlflow.db'" in text
    assert "kedro viz run --include-hooks --pipeline many_to_many" in text


def test_an_mlflow_server_is_named_by_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://localhost:5000")
    written = io.StringIO()
    RunConsole(Console(file=written)).show({"seed_study": pd.DataFrame()}, {"pipeline_names": []})
    assert "MLflow:                  http://localhost:5000" in written.getvalue()


def test_an_index_map_names_rows_and_several_columns(tmp_path: Path) -> None:
    dataset = make_dataset(write_counters(tmp_path), TaskSettings(kind="forecast", lookback=2, horizon=2))
    text = index_map_text(make_index_map(dataset, MANY_TO_ONE), max_samples=1)
    assert text.splitlines()[1:] == [
        "many_to_one   X (13, 2, 3)   y (13, 8)",
        "  X[0] = [1900.c 1900.a 1900.b] [1901.c 1901.a 1901.b]   "
        "y[0] = 1902.g 1902.d 1902.f 1902.e 1903.g 1903.d 1903.f 1903.e",
        "  …",
    ]


@pytest.mark.parametrize(("seeds", "text"), [(1, "1 seed"), (3, "3 seeds")])
def test_the_headline_counts_seeds(settings: Settings, seeds: int, text: str) -> None:
    training = settings.training.model_copy(update={"n_seeds": seeds})
    assert headline("seed_study", settings.model_copy(update={"training": training})).endswith(f"· {text}")


def make_forecasts(rows: int, targets: int) -> pd.DataFrame:
    keys = {"store": "a", "day": pd.date_range("2001-01-01", periods=rows).astype(str)}
    values = {f"t{number}{end}": 1000.0 + number for number in range(targets) for end in ("", "_low", "_high")}
    return pd.DataFrame(keys | {"horizon_step": range(1, rows + 1)} | values)


@pytest.mark.parametrize("name", ["future", "forecasts"])
@pytest.mark.parametrize(("rows", "shown"), [(60, 60), (200, 200), (1234, 200)])
def test_all_forecasts_are_printed_up_to_a_limit(name: str, rows: int, shown: int) -> None:
    written = io.StringIO()
    file = f"data/07_model_output/compare/{name}.csv"
    print_table(name, make_forecasts(rows, 1), Console(file=written, width=80), file)
    lines = written.getvalue().splitlines()
    assert [int(line.split()[2]) for line in lines if line.startswith("a ")] == list(range(1, shown + 1))
    rest = f"200 of 1,234 rows; all rows: {file}"
    assert (lines[-1] == rest) == (rows > shown)


@pytest.mark.parametrize(("width", "tables"), [(40, 7), (80, 4), (400, 1)])
def test_targets_that_do_not_fit_are_in_further_tables(width: int, tables: int) -> None:
    written = io.StringIO()
    print_table("forecasts", make_forecasts(2, 7), Console(file=written, width=width))
    text = written.getvalue()
    assert text.count("store  day         step") == tables
    assert [int(number) for number in re.findall(r"t(\d) +low +high", text)] == list(range(7)), "no title is broken"
    assert all(text.count(f" {1000 + number:,}.0") == 6 for number in range(7))
    assert "…" not in text


def test_no_forecast_prints_no_table() -> None:
    written = io.StringIO()
    print_table("future", make_forecasts(0, 1), Console(file=written))
    assert not written.getvalue()
