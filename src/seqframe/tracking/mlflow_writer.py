"""Writes records (`seqframe.tracking.records`) to an MLflow run."""

import os
import re
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

# The trained network as an MLflow model, in the format in which MLflow saves Keras models.
#
# `mlflow.tensorflow.save_model` would import TensorFlow only to write the `.keras` file that exists already.

MODEL_REQUIREMENTS = ("tensorflow", "keras", "numpy", "pandas")
DATA = "data"  # folder of the Keras model in the MLflow model


def log_model(client: Any, run_id: str, file: ModelFile) -> None:
    """Log a Keras model with signature, input example and pinned requirements, unless a resumed run has one already."""
    if _logged_model_id(client, run_id) is None:
        with logged_model(client, run_id, file.name) as (model, path):
            _save_model(model, file, path)


def _logged_model_id(client: Any, run_id: str) -> str | None:
    """The model that a run has logged, possibly before it was interrupted."""
    outputs = client.get_run(run_id).outputs
    return str(outputs.model_outputs[0].model_id) if outputs is not None and outputs.model_outputs else None


@contextmanager
def logged_model(client: Any, run_id: str, name: str) -> Iterator[tuple[Any, Path]]:
    """A model of a run, and the folder to save it to; it is logged when the block ends."""
    from mlflow.entities import LoggedModelOutput
    from mlflow.models import Model

    experiment = client.get_run(run_id).info.experiment_id
    logged = _find_model(client, experiment, run_id, name) or client.create_logged_model(
        experiment, name=name, source_run_id=run_id
    )
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


def _find_model(client: Any, experiment: str, run_id: str, name: str) -> Any:
    """The model of a run that was created, but whose files may be missing."""
    query = f"source_run_id = '{run_id}' AND name = '{name}'"
    return next(iter(client.search_logged_models([experiment], query, max_results=1)), None)


def _save_model(model: Any, file: ModelFile, path: Path) -> None:
    """Write an MLflow model with MLflow's own loader for Keras, which reads the folder `data`."""
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


# The refitted forecaster as an MLflow model whose input is a table with the newest rows, in the model registry. Every
# table has a registered model of its own. Version `latest` is the newest one, the alias `best` names the one with the
# best test score; all versions stay.

FORECASTER = "forecaster"  # name of the model in its run
BEST = "best"  # alias of a version
HIGHER_IS_BETTER = ("accuracy",)  # metrics of a score; a smaller value of the others is better
FORECASTER_REQUIREMENTS = ("einops", "numpy", "pandas", "pyarrow", "pydantic")  # of every forecaster
CODE = Path(__file__).parents[1]  # the code of Seqframe, which is logged with the model


def log_forecaster(client: Any, run_id: str, item: ForecasterFiles) -> None:
    """Log and register a forecaster with signature, input example, pinned requirements and code.

    In a resumed run, whatever was done before the interruption is not done again.
    """
    model_id = _logged_model_id(client, run_id) or _log_forecaster(client, run_id, item)
    versions = client.search_model_versions(f"run_id = '{run_id}'")
    version = versions[0] if versions else _register(client, run_id, model_id, item)
    if _is_best(client, version.name, item):
        client.set_registered_model_alias(version.name, BEST, version.version)


def _log_forecaster(client: Any, run_id: str, item: ForecasterFiles) -> str:
    """Log a forecaster; return the id of the logged model."""
    from mlflow import pyfunc

    with logged_model(client, run_id, FORECASTER) as (model, path), tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / FORECASTER
        data.mkdir()
        for name, content in item.files.items():
            (data / name).write_bytes(content)
        pyfunc.save_model(
            str(path),
            mlflow_model=model,
            loader_module="seqframe.forecasting",
            data_path=str(data),
            code_paths=[str(CODE)],
            signature=_forecaster_signature(item),
            input_example=item.context,
            pip_requirements=[f"{name}=={version(name)}" for name in (*item.packages, *FORECASTER_REQUIREMENTS)],
            metadata=dict(item.card),
        )
    return str(model.model_id)


def _forecaster_signature(item: ForecasterFiles) -> Any:
    """Signature with the names of the input and output columns.

    Input columns are optional and have the type Any: MLflow would refuse integers where a column was float, and text
    where it held dates. The forecaster validates its input itself.
    """
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, Schema
    from mlflow.types.schema import AnyType

    return ModelSignature(
        inputs=Schema([ColSpec(AnyType(), name=str(name), required=False) for name in item.context]),
        outputs=Schema([ColSpec(_mlflow_type(item.forecast[name]), name=str(name)) for name in item.forecast]),
    )


def _mlflow_type(column: pd.Series) -> str:
    """MLflow's type of a column."""
    types = {"i": "long", "f": "double", "M": "datetime"}
    return types.get(column.dtype.kind, "string")


def registered_name(table: str) -> str:
    """Name of the registered model of a table; MLflow refuses slashes and colons.

    >>> registered_name("sunspots.csv"), registered_name("sales 2024: EU.parquet")
    ('seqframe-sunspots', 'seqframe-sales 2024_ EU')
    """
    stem = Path(table).stem if Path(table).suffix else table
    return "seqframe-" + re.sub(r"[/:\\\x00-\x1f]", "_", stem)


def _register(client: Any, run_id: str, model_id: str, item: ForecasterFiles) -> Any:
    """Register a logged model as a version of the model of its table; return the version."""
    from mlflow.exceptions import MlflowException

    name = registered_name(item.table)
    score = {f"score.{item.metric}": repr(item.score)} if item.metric else {}
    try:
        client.get_registered_model(name)
    except MlflowException:
        about = f"Models refitted on {item.table} by kedro run --pipeline=compare."
        client.create_registered_model(name, description=about)
    with _default_store():
        return client.create_model_version(
            name,
            source=f"models:/{model_id}",
            run_id=run_id,
            model_id=model_id,
            tags={**score, **item.card},
            description=describe_forecaster(item),
        )


def _is_best(client: Any, name: str, item: ForecasterFiles) -> bool:
    """Whether a new version has a score that no older version of the same metric surpasses."""
    if not item.metric:
        return False
    best = client.get_registered_model(name).aliases.get(BEST)
    former = client.get_model_version(name, best).tags.get(f"score.{item.metric}") if best else None
    if former is None:
        return True
    return item.score >= float(former) if item.metric in HIGHER_IS_BETTER else item.score <= float(former)


@contextmanager
def _default_store() -> Iterator[None]:
    """Let MLflow find the logged model in this store, not in the working directory."""
    before = os.environ.get("MLFLOW_TRACKING_URI")
    os.environ["MLFLOW_TRACKING_URI"] = tracking_uri()
    try:
        yield
    finally:
        if before is None:
            del os.environ["MLFLOW_TRACKING_URI"]
        else:
            os.environ["MLFLOW_TRACKING_URI"] = before


def describe_forecaster(item: ForecasterFiles) -> str:
    """Description of a registered forecaster in Markdown: the model, its input and its output."""
    facts = "\n".join(f"- {name}: {value}" for name, value in item.card.items())
    if item.output:
        columns = ", ".join(map(str, item.context))
        return f"{item.about}.\n\n{facts}\n\nInput: rows of a table with the columns {columns}. {item.output}"
    return (
        f"{item.about}.\n\n{facts}\n\n"
        f"Input: the newest rows of a table with the columns {', '.join(item.context)}, as many as `history` says, in "
        f"physical units, oldest first. Output: {', '.join(item.forecast)} for the rows after them. _low and _high "
        "are the bounds of a prediction interval with the nominal coverage `interval level`; they are empty if "
        "the validation forecasts were not finite."
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
    """Log the data as a training data set."""
    from mlflow.entities import Dataset, DatasetInput, InputTag

    tags = [InputTag("mlflow.data.context", "training")]
    client.log_inputs(run_id, datasets=[DatasetInput(Dataset(**vars(data)), tags=tags)])


@singledispatch
def write(item: LogItem, client: Any, run_id: str) -> None:
    """Log one item to a run.

    Raises:
        TypeError: The item is of an unknown type.
    """
    raise TypeError(f"A log item must be one of LogItem. Received: {item!r}.")


@write.register
def _(item: Metrics, client: Any, run_id: str) -> None:
    from mlflow.entities import Metric

    names = {name for name, _, _ in item.points} & set(client.get_run(run_id).data.metrics)
    logged = {(name, metric.step) for name in names for metric in client.get_metric_history(run_id, name)}  # if resumed
    points = [Metric(name, value, item.at_ms, step) for name, value, step in item.points if (name, step) not in logged]
    client.log_batch(run_id, metrics=points)


@write.register
def _(item: Tags, client: Any, run_id: str) -> None:
    from mlflow.entities import RunTag

    client.log_batch(run_id, tags=[RunTag(name, value) for name, value in item.values.items()])


@write.register
def _(item: File, client: Any, run_id: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / item.name
        path.write_bytes(item.content)
        client.log_artifact(run_id, str(path))


@write.register
def _(item: ModelFile, client: Any, run_id: str) -> None:
    log_model(client, run_id, item)


@write.register
def _(item: ForecasterFiles, client: Any, run_id: str) -> None:
    log_forecaster(client, run_id, item)
