"""A dataset is logged, described and printed as its catalog entry declares, without any change of code."""

from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
import pytest
import yaml
from kedro.pipeline import Pipeline, node
from matplotlib.figure import Figure

from conftest import all_runs
from seqframe import pipeline_registry
from seqframe.errors import UserError
from seqframe.framings import Framing

NEW_DATASETS: dict[str, Any] = {
    "row_counts": {
        "type": "pandas.CSVDataset",
        "filepath": "data/08_reporting/row_counts.csv",
        "metadata": {"seqframe": {"mlflow": "table", "note": "table", "console": True}},
    },
    "remark": {
        "type": "MemoryDataset",
        "metadata": {"seqframe": {"mlflow": "text", "artifact": "remark.md", "note": "text", "console": True}},
    },
    "histogram": {"type": "MemoryDataset", "metadata": {"seqframe": {"mlflow": "figure"}}},
    "extremes": {"type": "MemoryDataset", "metadata": {"seqframe": {"mlflow": ["metrics", "tags"]}}},
    "silent": {"type": "MemoryDataset"},
}


def describe(predictions: pd.DataFrame) -> tuple[pd.DataFrame, str, Figure, dict[str, float], str]:
    counts = predictions.groupby("split").size().rename("rows").reset_index()
    figure, axes = plt.subplots()
    axes.hist(predictions["error"])
    return counts, "Mind the *gap*.", figure, {"error_max": predictions["error"].max()}, "not shown"


@pytest.fixture
def add_datasets(project: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Add a node to the comparison, and its outputs to the catalog of the project."""
    create = pipeline_registry.create_comparison_pipeline

    def with_node(framings: list[Framing]) -> Pipeline:
        return create(framings) + Pipeline(
            [node(describe, "many_to_one.prediction_table", list(NEW_DATASETS), name="describe")]
        )

    monkeypatch.setattr(pipeline_registry, "create_comparison_pipeline", with_node)

    def add(**changed: Any) -> None:
        (project / "conf" / "local" / "catalog.yml").write_text(yaml.safe_dump(NEW_DATASETS | changed))

    return add


def test_a_new_dataset_is_shown_as_it_declares(
    add_datasets: Any, run_pipeline: Any, store: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    add_datasets()
    run_pipeline("many_to_one", training={"epochs": 2})
    (run,) = all_runs(store)
    artifacts = {file.path for file in store.list_artifacts(run.info.run_id)}
    assert {"row_counts.csv", "remark.md", "histogram.png"} <= artifacts
    assert not [name for name in artifacts if "silent" in name]
    assert run.data.metrics["extremes/error_max"] == float(run.data.tags["error_max"])
    page = run.data.tags["mlflow.note.content"]
    assert "#### **Row counts**" in page
    assert "#### **Remark**\n\nMind the *gap*." in page
    printed = capsys.readouterr().out
    assert "Row counts\nsplit  rows\n" in printed.replace(" \n", "\n").replace("  \n", "\n")
    assert "Remark\nMind the *gap*.\n" in printed
    assert "not shown" not in printed


@pytest.mark.parametrize(
    ("declaration", "message"),
    [
        ({"mlflow": "tabel"}, "`metadata.seqframe.mlflow` of dataset silent must be one of table, text, figure"),
        ({"note": "poem"}, "`metadata.seqframe.note` of dataset silent must be one of network, summary"),
        ({"terminal": True}, "`metadata.seqframe.terminal` of dataset silent in the catalog: Extra inputs are not"),
        ({"console": 3}, "`metadata.seqframe.console` of dataset silent in the catalog: Input should be a valid bool"),
    ],
)
def test_a_wrong_declaration_is_one_line_before_anything_runs(
    add_datasets: Any, run_pipeline: Any, store: Any, declaration: dict[str, Any], message: str
) -> None:
    add_datasets(silent={"type": "MemoryDataset", "metadata": {"seqframe": declaration}})
    with pytest.raises(UserError) as raised:
        run_pipeline("many_to_one", training={"epochs": 2})
    assert str(raised.value).startswith(message)
    assert "\n" not in str(raised.value)
    assert not all_runs(store)
