"""The trained network as an MLflow model."""

import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

REQUIREMENTS = ("tensorflow", "keras", "numpy", "pandas")


def log_model(client: Any, run_id: str, model: Any, inputs: dict[str, Any]) -> None:
    """Log the Keras model with signature, input example and pinned requirements, so that pyfunc loads it anywhere."""
    import mlflow.tensorflow
    from mlflow.entities import LoggedModelOutput
    from mlflow.models import Model

    run = client.get_run(run_id)
    if run.outputs is not None and run.outputs.model_outputs:  # logged before the run was cut off
        return
    X = next(value for name, value in inputs.items() if name.endswith(".X"))
    logged = client.create_logged_model(run.info.experiment_id, name=model.name, source_run_id=run_id)
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "model")
        mlflow.tensorflow.save_model(
            model,
            path,
            mlflow_model=Model(
                artifact_path=logged.artifact_location,
                run_id=run_id,
                model_uuid=logged.model_id,
                model_id=logged.model_id,
            ),
            signature=_signature(X, model),
            input_example=X[:1],
            pip_requirements=[f"{name}=={version(name)}" for name in REQUIREMENTS],
        )
        client.log_model_artifacts(logged.model_id, path)
    client.finalize_logged_model(logged.model_id, "READY")
    client.log_outputs(run_id, models=[LoggedModelOutput(logged.model_id, step=0)])


def _signature(X: NDArray[Any], model: Any) -> Any:
    from mlflow.models import ModelSignature
    from mlflow.types import Schema, TensorSpec

    return ModelSignature(
        inputs=Schema([TensorSpec(X.dtype, (-1, *X.shape[1:]))]),
        outputs=Schema([TensorSpec(X.dtype, (-1, *model.output_shape[1:]))]),
    )
