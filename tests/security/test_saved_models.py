"""No code runs from the folder of a saved model that somebody else made."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import seqframe as sf
from forecasting.test_forecaster import DIRECT, yearly
from seqframe.errors import UserError
from seqframe.forecasting.saved_model import FITTED_FILE
from seqframe.networks.backend import keras


class Touch:
    """Makes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return Path.touch, (self.path,)


def test_the_code_of_a_keras_file_does_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name, folder = str(tmp_path / "owned"), tmp_path / "saved"
    yearly(tmp_path).forecaster(DIRECT).save(folder)
    layer = keras.layers.Lambda(lambda x: __import__("pathlib").Path(name).touch() or x)
    keras.Sequential([keras.Input((1,)), layer]).save(folder / "seed_0.keras")
    Path(name).unlink(missing_ok=True)
    with pytest.raises(UserError, match="which cannot be loaded") as error:
        sf.load_forecaster(folder)
    assert "\n" not in str(error.value)
    assert not Path(name).exists()
    keras.models.load_model(folder / "seed_0.keras", safe_mode=False)(np.ones((1, 1)))
    assert Path(name).exists(), "the attack is possible"


def test_pickled_arrays_are_refused(tmp_path: Path) -> None:
    marker, folder = tmp_path / "owned", tmp_path / "saved"
    yearly(tmp_path).baseline("seasonal naive", season=4).save(folder)
    np.savez(folder / FITTED_FILE, season=np.array([Touch(marker)], dtype=object))
    assert pickle.dumps(Touch(marker)), "the attack is possible"
    with pytest.raises(UserError, match="which cannot be loaded"):
        sf.load_forecaster(folder).forecast(yearly(tmp_path).table)
    assert not marker.exists()
