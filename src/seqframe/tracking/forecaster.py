"""The model that is kept, as an MLflow model that takes raw history; registered, to be served by its name."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from seqframe.tracking.model import logged_model
from seqframe.tracking.records import ForecasterFiles
from seqframe.tracking.store import tracking_uri

NAME = "forecaster"  # of the model in its run
REGISTERED = "seqframe"  # and in MLflow's registry
REQUIREMENTS = ("tensorflow", "keras", "numpy", "pandas", "pyarrow", "pydantic")
CODE = Path(__file__).parents[1]  # all of Seqframe


def log_forecaster(client: Any, run_id: str, content: ForecasterFiles) -> None:
    """Log and register it, with signature, input example, pinned requirements, and the code that it needs."""
    from mlflow import pyfunc

    with logged_model(client, run_id, NAME) as (model, path), tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / NAME
        data.mkdir()
        for name, written in content.files.items():
            (data / name).write_bytes(written)
        pyfunc.save_model(
            str(path),
            mlflow_model=model,
            loader_module="seqframe.forecaster",
            data_path=str(data),
            code_paths=[str(CODE)],
            signature=_signature(content),
            input_example=content.history,
            pip_requirements=[f"{name}=={version(name)}" for name in REQUIREMENTS],
            metadata=dict(content.card),
        )
    _register(client, run_id, model.model_id, content)


def _signature(content: ForecasterFiles) -> Any:
    """The columns in and out by name.

    Those that go in may hold anything, since MLflow would refuse whole numbers for fractions, and text for dates; the
    forecaster checks them itself.
    """
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, Schema
    from mlflow.types.schema import AnyType

    return ModelSignature(
        inputs=Schema([ColSpec(AnyType(), name=str(name)) for name in content.history]),
        outputs=Schema([ColSpec(_kind(content.answer[name]), name=str(name)) for name in content.answer]),
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
            description=describe(content),
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


def describe(content: ForecasterFiles) -> str:
    """What the model is, what it takes and what it gives: Markdown."""
    facts = "\n".join(f"- {name}: {value}" for name, value in content.card.items())
    return (
        f"{content.about}.\n\n{facts}\n\n"
        f"Takes the newest rows of a table with the columns {', '.join(content.history)}, at least as many as lookback "
        f"says, in physical units, the oldest first. Gives {', '.join(content.answer)} for the rows after them; _low "
        "and _high are the ends of an interval that is to hold the share of values that confidence says, and empty "
        "where too few forecasts were there to calibrate it by."
    )
