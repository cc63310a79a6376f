"""The trained network as an MLflow model, in the form in which MLflow itself saves Keras models.

`mlflow.tensorflow.save_model` would import TensorFlow, only to write the `.keras` file that we have already.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

from seqframe.tracking.records import ModelFile

REQUIREMENTS = ("tensorflow", "keras", "numpy", "pandas")
DATA = "data"


def log_model(client: Any, run_id: str, file: ModelFile) -> None:
    """Log the model with signature, input example and pinned requirements, so that pyfunc loads it anywhere."""
    run = client.get_run(run_id)
    if run.outputs is not None and run.outputs.model_outputs:  # logged before the run was cut off
        return
    with logged_model(client, run_id, file.name) as (model, path):
        _save(model, file, path)


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


def _save(model: Any, file: ModelFile, path: Path) -> None:
    """Write an MLflow model whose loader is MLflow's own for Keras: it reads what is put into `data` here."""
    from mlflow import pyfunc

    keras = {"model_type": "keras", "keras_version": version("tensorflow"), "save_format": "tf"}
    model.add_flavor("tensorflow", code=None, data=DATA, **keras)
    pyfunc.save_model(
        str(path),
        mlflow_model=model,
        loader_module="mlflow.tensorflow",
        signature=_signature(file),
        input_example=file.example,
        pip_requirements=[f"{name}=={version(name)}" for name in REQUIREMENTS],
    )
    (path / DATA).mkdir()
    (path / DATA / "model.keras").write_bytes(file.content)
    (path / DATA / "keras_module.txt").write_text("tensorflow.keras")
    (path / DATA / "save_format.txt").write_text(keras["save_format"])
    model.flavors[pyfunc.FLAVOR_NAME][pyfunc.DATA] = DATA
    model.model_size_bytes = sum(each.stat().st_size for each in path.rglob("*") if each.is_file())
    model.save(str(path / "MLmodel"))


def _signature(file: ModelFile) -> Any:
    from mlflow.models import ModelSignature
    from mlflow.types import Schema, TensorSpec

    dtype = file.example.dtype
    return ModelSignature(
        inputs=Schema([TensorSpec(dtype, (-1, *file.example.shape[1:]))]),
        outputs=Schema([TensorSpec(dtype, (-1, *file.output_shape[1:]))]),
    )
