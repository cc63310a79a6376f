"""The Keras model is logged as MLflow itself saves it, without an import of TensorFlow."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from helpers.run_contexts import declared
from seqframe.networks.backend import keras
from seqframe.tracking.artifacts import log_items
from seqframe.tracking.mlflow_writer import MODEL_REQUIREMENTS, write
from seqframe.tracking.store import experiment_id

X = np.arange(24, dtype=np.float32).reshape(4, 3, 2) / 24  # (samples, timesteps, features)


@pytest.fixture(scope="module")
def model() -> Any:
    layers = [keras.Input((3, 2)), keras.layers.LSTM(5, return_sequences=True), keras.layers.Dense(7)]
    return keras.Sequential(layers, name="many_to_many")


@pytest.fixture
def logged(model: Any, store) -> Path:
    """Folder of the logged model."""
    run_id = store.create_run(experiment_id(store)).info.run_id
    (item,) = log_items(declared(["many_to_many.model"]), {"many_to_many.X": X}, {"many_to_many.model": model})
    for _ in range(2):  # a resumed run may have logged it already
        write(item, store, run_id)
    (output,) = store.get_run(run_id).outputs.model_outputs
    return Path(store.get_logged_model(output.model_id).artifact_location.removeprefix("file://"))


def test_the_model_is_as_mlflow_saves_it(model: Any, logged: Path, tmp_path: Path) -> None:
    import mlflow.tensorflow
    from mlflow.models import infer_signature

    signature = infer_signature(X, model.predict(X, verbose=0))
    requirements = (logged / "requirements.txt").read_text().split()
    saved = tmp_path / "saved"
    mlflow.tensorflow.save_model(
        model, str(saved), signature=signature, input_example=X[:1], pip_requirements=requirements
    )
    files = [{path.relative_to(folder) for path in folder.rglob("*")} for folder in (logged, saved)]
    assert files[0] == files[1]
    ours, theirs = (yaml.safe_load((folder / "MLmodel").read_text()) for folder in (logged, saved))
    for part in ("flavors", "signature", "saved_input_example_info", "model_size_bytes"):
        if part == "model_size_bytes":
            assert ours[part] == pytest.approx(theirs[part], rel=0.2)
        elif part == "flavors":
            pyfunc, theirs_pyfunc = (each[part].pop("python_function") for each in (ours, theirs))
            assert theirs_pyfunc.items() <= pyfunc.items()
            assert ours[part] == theirs[part]
        else:
            assert ours[part] == theirs[part]
    for name in ("keras_module.txt", "save_format.txt"):
        assert (logged / "data" / name).read_text() == (saved / "data" / name).read_text()
    assert [line.split("==")[0] for line in requirements if "mlflow" not in line] == list(MODEL_REQUIREMENTS)


def test_pyfunc_mlflow_and_keras_load_it(model: Any, logged: Path) -> None:
    import mlflow

    expected = model.predict(X, verbose=0)
    by_pyfunc = mlflow.pyfunc.load_model(str(logged)).predict(X)
    by_mlflow = mlflow.tensorflow.load_model(str(logged)).predict(X, verbose=0)
    by_keras = keras.models.load_model(logged / "data" / "model.keras").predict(X, verbose=0)
    for predictions in (by_pyfunc, by_mlflow, by_keras):
        np.testing.assert_array_equal(predictions, expected)


def test_logging_it_does_not_import_tensorflow(store, tmp_path: Path) -> None:
    code = (
        "import sys, numpy as np; from seqframe.tracking.store import *; from seqframe.tracking.mlflow_writer import *;"
        "client = open_client(); run = client.create_run(experiment_id(client)).info.run_id;"
        "write(ModelFile('m', b'x', np.zeros((1, 3, 2), np.float32), (None, 3, 7)), client, run);"
        "print(len(client.get_run(run).outputs.model_outputs), {'tensorflow', 'keras'} & set(sys.modules))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.splitlines()[-1] == "1 set()"
