"""A new generator: one record, appended to the registry, appears everywhere without another change."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from conftest import all_runs
from helpers.tables import load_rows
from seqframe.config import DataSettings
from seqframe.data.generators import GENERATORS, Columns, Generator
from seqframe.errors import UserError
from tools.docs.settings_tables import tabulate_generators

LENGTH = 6


def make_triangle(random: np.random.Generator, data_settings: DataSettings, number: int) -> Columns:
    """A triangle wave between 0 and 1 with a random phase.

    Source: a test.
    """
    steps = np.arange(data_settings.sequence_length) + random.uniform(0, data_settings.period)
    return {"value": np.abs(2 * (steps / data_settings.period % 1) - 1)}


@pytest.fixture
def triangle() -> Iterator[Generator]:
    record = Generator("triangle", make_triangle, ("value",), ("value",), params=("period",))
    GENERATORS.append(record)
    yield record
    GENERATORS.remove(record)


@pytest.mark.slow
def test_it_runs_from_the_terminal_to_mlflow_and_the_report(
    triangle: Generator, run_pipeline: Any, store: Any, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = {"generator": "triangle", "sequence_length": LENGTH, "n_train": 2, "period": 5.0}
    run_pipeline("many_to_many", data=settings, training={"epochs": 20})

    predictions = pd.read_parquet(
        project / "data" / "07_model_output" / "many_to_many" / "many_to_many" / "predictions.parquet"
    )
    expected = load_rows(DataSettings(**settings))["value"].loc[:1]  # the two training sequences
    np.testing.assert_allclose(predictions["actual"][: 2 * LENGTH], expected)

    assert "triangle of 6" in capsys.readouterr().out.splitlines()[0]

    (run,) = all_runs(store)
    params = run.data.params
    assert (params["data.generator"], params["data.period"]) == ("triangle", "5.0")
    assert not {"data.delay", "data.noise"} & set(params), "settings of other generators"
    (logged,) = run.inputs.dataset_inputs
    assert json.loads(logged.dataset.source)["tags"]["period"] == 5.0

    report = (project / "data" / "08_reporting" / "many_to_many" / "report.html").read_text()
    assert "triangle of 6" in report


def test_it_is_in_the_table_of_generators(triangle: Generator) -> None:
    (line,) = [line for line in tabulate_generators().splitlines() if line.startswith("| `triangle`")]
    assert line == (
        "| `triangle` | `value` | `value` | `data.period` | A triangle wave between 0 and 1 with a random phase. "
        "Source: a test. |"
    )


def test_it_is_a_valid_name(triangle: Generator, run_pipeline: Any, store: Any) -> None:
    with pytest.raises(UserError) as caught:
        run_pipeline("many_to_many", data={"generator": "triangel"})
    assert str(caught.value) == "`data.generator` must name a generator. Received: triangel. Did you mean triangle?"
    assert not all_runs(store)
