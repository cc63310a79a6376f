"""Plain values into a run of MLflow's."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import singledispatch
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from seqframe.tracking.records import DatasetInfo, File, ForecasterFiles, LogItem, Metrics, ModelFile, RunInfo, Tags
from seqframe.tracking.store import tracking_uri

# The trained network as an MLflow model, in the form in which MLflow itself saves Keras models.
#
# `mlflow.tensorflow.save_model` would import TensorFlow, only to write the `.keras` file that we have already.

MODEL_REQUIREMENTS = ("tensorflow", "keras", "numpy", "pandas")
DATA = "data"


def log_model(client: Any, run_id: str, file: ModelFile) -> None:
    """Log the model with signature, input example and pinned requirements, so that pyfunc loads it anywhere."""
    run = client.get_run(run_id)
    if run.outputs is not None and run.outputs.model_outputs:  # logged before the run was cut off
        return
    with logged_model(client, run_id, file.name) as (model, path):
        _save_model(model, file, path)


@contextmanager
def logged_model(client: Any, run_id: str, name: str) -> Iterator[tuple[Any, Path]]:
    """A model of a run's, to be saved to the folder that is given beside it; logged when that is done."""
    from mlflow.entities import LoggedModelOutput
    from mlflow.models import Model

    experiment = client.get_run(run_id).info.experiment_id
    logged = client.create_logged_model(experiment, name=name, source_run_id=run_id)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model"
        yield (
            Model(
                artifact_path=logged.artifact_location,
                run_id=run_id,
                model_uuid=logged.model_id,
                model_id=logged.model_id,
            ),
            path,
        )
        client.log_model_artifacts(logged.model_id, str(path))
    client.finalize_logged_model(logged.model_id, "READY")
    client.log_outputs(run_id, models=[LoggedModelOutput(logged.model_id, step=0)])


def _save_model(model: Any, file: ModelFile, path: Path) -> None:
    """Write an MLflow model whose loader is MLflow's own for Keras: it reads what is put into `data` here."""
    from mlflow import pyfunc

    keras = {"model_type": "keras", "keras_version": version("tensorflow"), "save_format": "tf"}
    model.add_flavor("tensorflow", code=None, data=DATA, **keras)
    pyfunc.save_model(
        str(path),
        mlflow_model=model,
        loader_module="mlflow.tensorflow",
        signature=_model_signature(file),
        input_example=file.example,
        pip_requirements=[f"{name}=={version(name)}" for name in MODEL_REQUIREMENTS],
    )
    (path / DATA).mkdir()
    (path / DATA / "model.keras").write_bytes(file.content)
    (path / DATA / "keras_module.txt").write_text("tensorflow.keras")
    (path / DATA / "save_format.txt").write_text(keras["save_format"])
    model.flavors[pyfunc.FLAVOR_NAME][pyfunc.DATA] = DATA
    model.model_size_bytes = sum(each.stat().st_size for each in path.rglob("*") if each.is_file())
    model.save(str(path / "MLmodel"))


def _model_signature(file: ModelFile) -> Any:
    from mlflow.models import ModelSignature
    from mlflow.types import Schema, TensorSpec

    dtype = file.example.dtype
    return ModelSignature(
        inputs=Schema([TensorSpec(dtype, (-1, *file.example.shape[1:]))]),
        outputs=Schema([TensorSpec(dtype, (-1, *file.output_shape[1:]))]),
    )


# The model that is kept, as an MLflow model that takes raw history; registered, to be served by its name.

FORECASTER = "forecaster"  # of the model in its run
REGISTERED = "seqframe"  # and in MLflow's registry
FORECASTER_REQUIREMENTS = ("tensorflow", "keras", "numpy", "pandas", "pyarrow", "pydantic")
CODE = Path(__file__).parents[1]  # all of Seqframe


def log_forecaster(client: Any, run_id: str, content: ForecasterFiles) -> None:
    """Log and register it, with signature, input example, pinned requirements, and the code that it needs."""
    from mlflow import pyfunc

    with logged_model(client, run_id, FORECASTER) as (model, path), tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / FORECASTER
        data.mkdir()
        for name, written in content.files.items():
            (data / name).write_bytes(written)
        pyfunc.save_model(
            str(path),
            mlflow_model=model,
            loader_module="seqframe.forecasting",
            data_path=str(data),
            code_paths=[str(CODE)],
            signature=_forecaster_signature(content),
            input_example=content.context,
            pip_requirements=[f"{name}=={version(name)}" for name in FORECASTER_REQUIREMENTS],
            metadata=dict(content.card),
        )
    _register(client, run_id, model.model_id, content)


def _forecaster_signature(content: ForecasterFiles) -> Any:
    """The columns in and out by name.

    Those that go in may hold anything, since MLflow would refuse whole numbers for fractions, and text for dates; the
    forecaster checks them itself.
    """
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, Schema
    from mlflow.types.schema import AnyType

    return ModelSignature(
        inputs=Schema([ColSpec(AnyType(), name=str(name)) for name in content.context]),
        outputs=Schema([ColSpec(_kind(content.forecast[name]), name=str(name)) for name in content.forecast]),
    )


def _kind(column: pd.Series) -> str:
    """What MLflow calls the values of a column."""
    kinds = {"i": "long", "f": "double", "M": "datetime"}
    return kinds.get(column.dtype.kind, "string")


def _register(client: Any, run_id: str, model_id: str, content: ForecasterFiles) -> None:
    from mlflow.exceptions import MlflowException

    try:
        client.get_registered_model(REGISTERED)
    except MlflowException:
        client.create_registered_model(REGISTERED, description="Forecasters that kedro run --pipeline=compare kept.")
    with _the_store_by_default():
        client.create_model_version(
            REGISTERED,
            source=f"models:/{model_id}",
            run_id=run_id,
            model_id=model_id,
            tags=dict(content.card),
            description=describe_forecaster(content),
        )


@contextmanager
def _the_store_by_default() -> Iterator[None]:
    """Have MLflow look for the model where it was logged, and not in the working directory."""
    before = os.environ.get("MLFLOW_TRACKING_URI")
    os.environ["MLFLOW_TRACKING_URI"] = tracking_uri()
    try:
        yield
    finally:
        if before is None:
            del os.environ["MLFLOW_TRACKING_URI"]
        else:
            os.environ["MLFLOW_TRACKING_URI"] = before


def describe_forecaster(content: ForecasterFiles) -> str:
    """What the model is, what it takes and what it gives: Markdown."""
    facts = "\n".join(f"- {name}: {value}" for name, value in content.card.items())
    return (
        f"{content.about}.\n\n{facts}\n\n"
        f"Takes the newest rows of a table with the columns {', '.join(content.context)}, at least as many as lookback "
        f"says, in physical units, the oldest first. Gives {', '.join(content.forecast)} for the rows after them; _low "
        "and _high are the ends of an interval that is to hold the share of values that confidence says, and empty "
        "where too few forecasts were there to calibrate it by."
    )


def write_run_info(client: Any, run_id: str, info: RunInfo) -> None:
    """Log what is known before training, in one batch."""
    from mlflow.entities import Param, RunTag

    params = [Param(name, value) for name, value in info.params.items()]
    tags = [RunTag(name, value) for name, value in info.tags.items()]
    client.log_batch(run_id, params=params, tags=tags)
    if info.data is not None:
        write_data(client, run_id, info.data)


def write_data(client: Any, run_id: str, data: DatasetInfo) -> None:
    """Log the rows as a data set that was trained on."""
    from mlflow.entities import Dataset, DatasetInput, InputTag

    trained_on = [InputTag("mlflow.data.context", "training")]
    client.log_inputs(run_id, datasets=[DatasetInput(Dataset(**vars(data)), tags=trained_on)])


@singledispatch
def write(content: LogItem, client: Any, run_id: str) -> None:
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
