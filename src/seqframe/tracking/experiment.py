"""What MLflow's page of the experiment shows before anybody has set it up: a way in, and saved views of the runs.

A view is an experiment tag that MLflow's own page writes when a user saves one (*Views*, top right): columns, filter
and order in JSON. What it does not name is as MLflow has it.
"""

import base64
import json
import zlib
from typing import Any

TASK = (
    "workflowType=machine_learning"  # pages for models that are trained; MLflow's own first choice are those of GenAI
)
SAVED = "mlflow.sharedViewState."
WAY_IN = """\
**Start here:** [framings]({framings}) · [loss curves]({curves}) · [forecasts]({forecasts})

*Framings* has a line for each network, with its shapes, parameters and errors; *forecasts* those tried on rows kept
from training, the best first. To compare runs, tick them and press *Compare*. A run's own page says what it is and
what came of it; its figures, tables and settings are under *Artifacts*. In *Runs*, the runs of one `kedro run` stand
below a common parent.
"""
VIEWS: dict[str, dict[str, Any]] = {  # ordered by anything but the start, runs are listed beside their parents
    "Framings": {
        "searchFilter": "metrics.`loss/training` >= 0",
        "orderByKey": "attributes.`end_time`",
        "columns": (
            ("attributes", "Dataset", 190),
            ("params", "X_shape", 90),
            ("params", "y_shape", 90),
            ("metrics", "parameters/total", 130),
            ("metrics", "loss/training", 110),
            ("metrics", "scores/training/mae", 150),
            ("metrics", "scores/unseen/mae", 150),
            ("metrics", "time/training_s", 125),
            ("tags", "flow", 70),
        ),
    },
    "Forecasts": {
        "searchFilter": "metrics.`scores/test/mase` >= 0",
        "orderByKey": "metrics.`scores/mean_of_seeds/mase`",
        "orderByAsc": True,
        "columns": (
            ("attributes", "Dataset", 190),
            ("params", "task.lookback", 110),
            ("params", "task.horizon", 105),
            ("metrics", "parameters/total", 130),
            ("metrics", "scores/mean_of_seeds/mase", 205),
            ("metrics", "scores/test/mase", 135),
            ("metrics", "scores/test/coverage", 155),
            ("metrics", "time/training_s", 125),
            ("metrics", "time/forecast_ms", 135),
        ),
    },
}


def page_of(experiment: str, view: str = "Framings", mode: str = "") -> str:
    """Where a view of the runs stands, below the address of MLflow's server; `mode` is CHART or TABLE."""
    shown = f"&compareRunsMode={mode}" if mode else ""
    return f"#/experiments/{experiment}/runs?{TASK}&viewStateShareKey={view.lower()}{shown}"


def tags_of(experiment: str) -> dict[str, str]:
    """The tags of the experiment of that id: its kind, its description, its views."""
    links = {"framings": page_of(experiment), "forecasts": page_of(experiment, "Forecasts")}
    return {
        "mlflow.experimentKind": "custom_model_development",
        "mlflow.note.content": WAY_IN.format(**links, curves=page_of(experiment, mode="CHART")),
        **{f"{SAVED}{name.lower()}": _saved(name, **view) for name, view in VIEWS.items()},
    }


def _saved(name: str, columns: tuple[tuple[str, str, int], ...], **state: Any) -> str:
    """A view as MLflow's page saves it; the columns with their widths in pixels."""
    widths = {f"{kind}.`{column}`": width for kind, column, width in columns}
    state |= {"selectedColumns": list(widths), "columnOrder": list(widths), "columnWidths": widths}
    packed = base64.b64encode(zlib.compress(json.dumps(state).encode())).decode()
    return json.dumps({"name": name, "createdAt": 0, "updatedAt": 0, "state": f"deflate;{packed}"})
