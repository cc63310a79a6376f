"""Extensions from installed packages, which are found through entry points."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from conftest import kedro_environment
from seqframe.config import plugins
from seqframe.config.plugins import load_entry_points
from seqframe.errors import UserError

FRAMING = """
from seqframe.framings.base import Framing
from seqframe.framings.blocks import rnn_sequences, time_distributed_head

BACKWARDS = Framing(
    name="third_party_backwards",
    summary="The network reads the window from its end and has an output at every step.",
    inputs="b t f -> b t f",
    targets="b t f -> b t f",
    body=rnn_sequences,
    head=time_distributed_head,
    reverse_inputs=True,
    reverse_targets=True,
)
NOT_A_FRAMING = 3
"""

GENERATOR = """
import numpy as np
from seqframe.data.generators import Generator

def make_steps(random, data_settings, number):
    return {"value": np.arange(data_settings.sequence_length) + 10.0 * number}

STEPS = Generator("third_party_steps", make_steps, ("value",), ("value",))
"""

EVALUATION = """
import numpy as np
from seqframe.evaluation.metrics import Metric, absolute_error
from seqframe.forecasting.baselines import Baseline

MEDIAN = Metric("third_party_median", "third party MedAE", absolute_error, np.median, "Median absolute error.")
ZERO = Baseline(
    "third party zero",
    "third party zero",
    "Zero.",
    lambda fitted, dataset, windows: np.zeros((len(windows), windows.steps, len(dataset.targets))),
    lambda task, seasons: True,
)
"""


@pytest.fixture
def install(tmp_path: Path) -> Any:
    """Install a package with some code and entry points into a folder; returns the variables of its environment."""

    def write(code: str, **entry_points: dict[str, str]) -> dict[str, str]:
        folder = tmp_path / "site-packages"
        metadata = folder / "seqframe_extras-1.0.dist-info"
        metadata.mkdir(parents=True)
        (folder / "seqframe_extras.py").write_text(code)
        (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: seqframe-extras\nVersion: 1.0\n")
        groups = [
            "\n".join([f"[seqframe.{group}]", *(f"{name} = {value}" for name, value in members.items())])
            for group, members in entry_points.items()
        ]
        (metadata / "entry_points.txt").write_text("\n\n".join(groups) + "\n")
        return {"PYTHONPATH": os.pathsep.join(filter(None, [str(folder), os.environ.get("PYTHONPATH")]))}

    return write


def run_python(code: str, variables: dict[str, str]) -> str:
    environment = kedro_environment(**variables)
    return subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    ).stdout.strip()


@pytest.mark.slow
def test_a_framing_of_another_package_is_trained_and_reported(kedro: Any, project: Path, install: Any) -> None:
    variables = install(FRAMING, framings={"backwards": "seqframe_extras:BACKWARDS"})
    run = kedro("run", "--pipeline=third_party_backwards", "--params", "training.epochs=20", **variables)
    assert run.returncode == 0, run.stderr
    assert "third_party_backwards" in run.stdout
    comparison = pd.read_csv(project / "data" / "08_reporting" / "third_party_backwards" / "comparison.csv").set_index(
        "framing"
    )
    assert comparison.loc["third_party_backwards", "parameters"] == "140 + 6 = 146"
    assert (
        "third_party_backwards"
        in next((project / "data" / "08_reporting" / "third_party_backwards").glob("*.html")).read_text()
    )


def test_the_package_may_be_imported_first(install: Any) -> None:
    variables = install(FRAMING, framings={"backwards": "seqframe_extras:BACKWARDS"})
    code = "import seqframe_extras; from seqframe.framings import FRAMINGS; print(FRAMINGS[-1].name)"
    assert run_python(code, variables) == "third_party_backwards"


@pytest.mark.slow
def test_a_metric_and_a_baseline_of_another_package_are_on_the_leaderboard(
    kedro: Any, project: Path, install: Any
) -> None:
    rows = np.arange(120)
    table = project / "data" / "01_raw" / "small.csv"
    pd.DataFrame({"x": np.sin(rows / 5) + rows % 7 / 10}).to_csv(table, index=False)
    variables = install(
        EVALUATION, metrics={"median": "seqframe_extras:MEDIAN"}, baselines={"zero": "seqframe_extras:ZERO"}
    )
    settings = "task.lookback=8,task.horizon=4,training.epochs=2,training.n_seeds=1,backtest.n_folds=1"
    run = kedro("run", "--pipeline=dense", "--params", f"data.path={table},data.target=x,{settings}", **variables)
    assert run.returncode == 0, run.stderr
    assert "third party zero" in run.stdout
    board = pd.read_csv(project / "data" / "08_reporting" / "dense" / "leaderboard.csv").set_index("model")
    assert board.loc["third party zero", "third_party_median"] > 0
    report = (project / "data" / "08_reporting" / "dense" / "report.html").read_text()
    assert "third party MedAE" in report
    assert "third party zero" in report


def test_a_metric_of_another_package_may_be_imported_first(install: Any) -> None:
    variables = install(EVALUATION, metrics={"median": "seqframe_extras:MEDIAN"})
    code = "import seqframe_extras; from seqframe.evaluation.metrics import all_metrics; print(all_metrics()[-1].name)"
    assert run_python(code, variables) == "third_party_median"


def test_a_generator_of_another_package_makes_data(install: Any) -> None:
    variables = install(GENERATOR, generators={"steps": "seqframe_extras:STEPS"})
    code = (
        "from seqframe.config import DataSettings; from seqframe.data.sources import load_data;"
        "settings = DataSettings(generator='third_party_steps', sequence_length=3, n_test=1);"
        "print(load_data(settings).df['value'].tolist())"
    )
    assert run_python(code, variables) == "[0.0, 1.0, 2.0, 10.0, 11.0, 12.0]"


@pytest.mark.parametrize(
    ("code", "value", "message"),
    [
        ("1 / 0", "seqframe_extras:BACKWARDS", "Received: ZeroDivisionError: division by zero"),
        (FRAMING, "seqframe_extras:FORWARDS", "has no attribute 'FORWARDS'"),
        (FRAMING, "seqframe_extras:NOT_A_FRAMING", "must be a Framing. Received: 3"),
        (FRAMING.replace("third_party_backwards", "dense"), "seqframe_extras:BACKWARDS", "Received: dense"),
        (FRAMING.replace("third_party_backwards", "compare"), "seqframe_extras:BACKWARDS", "Received: compare"),
        (FRAMING.replace("third_party_backwards", "forecaster"), "seqframe_extras:BACKWARDS", "Received: forecaster"),
    ],
    ids=["error", "missing", "wrong type", "name taken", "name of a pipeline", "name of a folder"],
)
def test_a_broken_framing_names_its_package(install: Any, code: str, value: str, message: str) -> None:
    variables = install(code, framings={"backwards": value})
    script = (
        "from seqframe.errors import UserError\n"
        "try:\n    from seqframe.framings import FRAMINGS\nexcept UserError as error:\n    print(error)"
    )
    (line,) = run_python(script, variables).splitlines()
    assert message in line
    assert line.endswith("Repair or uninstall the package seqframe-extras.")


def test_a_command_shows_a_broken_framing_as_one_line(kedro: Any, install: Any) -> None:
    run = kedro("run", **install("1 / 0", framings={"backwards": "seqframe_extras:BACKWARDS"}))
    assert run.returncode == 1
    (line,) = run.stderr.splitlines()
    assert "ZeroDivisionError" in line
    assert "seqframe-extras" in line
    assert "Traceback" not in run.stdout + run.stderr


def test_entry_points_are_loaded_in_a_fixed_order(install: Any) -> None:
    variables = install("B, A = 'b', 'a'", tests={"second": "seqframe_extras:A", "first": "seqframe_extras:B"})
    code = "from seqframe.config.plugins import load_entry_points; print(load_entry_points('seqframe.tests'))"
    assert run_python(code, variables) == "['b', 'a']"


def test_a_group_without_entry_points_is_empty() -> None:
    assert load_entry_points("seqframe.nothing") == []


def test_an_entry_point_without_metadata_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib.metadata import EntryPoint, EntryPoints

    broken = EntryPoint(name="broken", value="no_such_module:A", group="seqframe.tests")
    monkeypatch.setattr(plugins, "_installed", lambda: EntryPoints([broken]))
    with pytest.raises(UserError, match="`broken` of `seqframe.tests`, must be importable. Received: ModuleNotF"):
        load_entry_points("seqframe.tests")
