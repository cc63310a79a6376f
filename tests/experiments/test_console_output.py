"""Terminal output of the experiments."""

import io
import re

import pandas as pd
import pytest
import yaml
from rich.console import Console

from conftest import ROOT
from seqframe.config import Settings, parse_settings
from seqframe.console.console import RunConsole
from seqframe.training.events import EpochEnd, Message, emit

SENTENCE = "No: with the same 18 weights they give the same outputs and gradients [and this is no markup]."


@pytest.fixture
def settings() -> Settings:
    return parse_settings(yaml.safe_load((ROOT / "conf" / "base" / "parameters.yml").read_text()))


def plain_lines(written: str) -> list[str]:
    """The lines of what was written to a terminal, without colors and cursor movements."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", written).splitlines()


def emit_events() -> None:
    """Events of two experiments, the first with two networks of different lengths of training."""
    emit(Message("Q3: Is it as good?"))
    emit(EpochEnd("dense", "Q3, seed 1 of 3", (0.5,) * 40, 1, 40, ended=True))
    emit(EpochEnd("many_to_one", "Q3, seed 2 of 3", (0.2,) * 70, 1, 70, ended=True))
    emit(Message("Q5: Why?"))
    emit(EpochEnd("many_to_many", "Q5, seed 1 of 3", (0.1,) * 30, 1, 30, ended=True))


def test_a_progress_bar_per_experiment_in_a_terminal(settings: Settings) -> None:
    written = io.StringIO()
    run_console = RunConsole(Console(file=written, force_terminal=True, width=100))
    run_console.open("experiments", settings)
    run_console.expect(2)
    emit_events()
    run_console.finish("Q3")
    run_console.close()
    lines = [" ".join(line.split()) for line in plain_lines(written.getvalue())]
    assert any(line.startswith("Q3 ") and line.endswith("70/70 loss 0.2 many_to_one, seed 2 of 3") for line in lines)
    assert any(line.startswith("Q5 ") and line.endswith("30/30 loss 0.1 many_to_many, seed 1 of 3") for line in lines)
    assert any(line.startswith("experiments ") and " 1/2 · ETA 0:0" in line for line in lines)
    assert any(line.startswith("✓ Q3 2 networks 110 epochs") for line in lines)


def test_a_line_per_experiment_in_piped_output(settings: Settings) -> None:
    written = io.StringIO()
    run_console = RunConsole(Console(file=written))
    run_console.open("experiments", settings)
    emit_events()
    run_console.close()
    title, *lines = written.getvalue().splitlines()
    assert title == "Seqframe · experiments · all experiments · 3 seeds"
    assert lines == ["Q3: Is it as good?", "Q5: Why?"]


FILES = {"experiments_page": "data/08_reporting/experiments/experiments.md"}


def test_the_findings_fit_100_columns() -> None:
    written = io.StringIO()
    findings = pd.DataFrame(
        [{"question": "Q4", "text": "?", "number": 5.96e-8, "quantity": "A difference", "sentence": SENTENCE}]
    )
    run_console = RunConsole(Console(file=written, force_terminal=True, width=100, no_color=True), FILES)
    run_console.show({"experiments": findings}, {"pipeline_names": ["answers"]})
    text = "\n".join(plain_lines(written.getvalue()))
    table = text.partition("Findings: ")[0]
    assert max(map(len, table.splitlines())) <= 100
    assert SENTENCE in " ".join(table.replace("Q4", " ").replace("5.96e-08", " ").split())
    assert "data/08_reporting/experiments/experiments.md" in text
    assert "kedro viz run --include-hooks --pipeline answers" in text
