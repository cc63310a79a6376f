"""Plain values into a run of MLflow's."""

import tempfile
from functools import singledispatch
from pathlib import Path
from typing import Any

from seqframe.tracking.forecaster import log_forecaster
from seqframe.tracking.model import log_model
from seqframe.tracking.records import Content, Data, File, ForecasterFiles, Metrics, ModelFile, Start, Tags


def write_start(client: Any, run_id: str, start: Start) -> None:
    """Log what is known before training, in one batch."""
    from mlflow.entities import Param, RunTag

    params = [Param(name, value) for name, value in start.params.items()]
    tags = [RunTag(name, value) for name, value in start.tags.items()]
    client.log_batch(run_id, params=params, tags=tags)
    if start.data is not None:
        write_data(client, run_id, start.data)


def write_data(client: Any, run_id: str, data: Data) -> None:
    """Log the rows as a data set that was trained on."""
    from mlflow.entities import Dataset, DatasetInput, InputTag

    trained_on = [InputTag("mlflow.data.context", "training")]
    client.log_inputs(run_id, datasets=[DatasetInput(Dataset(**vars(data)), tags=trained_on)])


@singledispatch
def write(content: Content, client: Any, run_id: str) -> None:
    """Log one of the contents."""
    raise TypeError(f"Nothing is known of {content} in MLflow.")


@write.register
def _(content: Metrics, client: Any, run_id: str) -> None:
    from mlflow.entities import Metric

    known = client.get_run(run_id).data.metrics  # a run that was taken up again may have some of them
    points = [Metric(name, value, content.at_ms, step) for name, value, step in content.points if name not in known]
    client.log_batch(run_id, metrics=points)


@write.register
def _(content: Tags, client: Any, run_id: str) -> None:
    from mlflow.entities import RunTag

    client.log_batch(run_id, tags=[RunTag(name, value) for name, value in content.values.items()])


@write.register
def _(content: File, client: Any, run_id: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / content.name
        path.write_bytes(content.content)
        client.log_artifact(run_id, str(path))


@write.register
def _(content: ModelFile, client: Any, run_id: str) -> None:
    log_model(client, run_id, content)


@write.register
def _(content: ForecasterFiles, client: Any, run_id: str) -> None:
    log_forecaster(client, run_id, content)
