"""The folder of a saved model: the configuration as JSON, and `.keras` files of networks or arrays of a baseline."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar
from zipfile import BadZipFile

import numpy as np
from pydantic import BaseModel, ValidationError

from seqframe.errors import UserError
from seqframe.forecasting.fitted import Fitted
from seqframe.networks.spec import NetworkSpec, NetworkState

CONFIG_FILE = "config.json"
FITTED_FILE = "baseline.npz"  # what a baseline has fitted
LOADERS = {"forecasts": "load_forecaster", "labels": "load_classifier"}
HOW_TO_SAVE = "Train and save one with the pipeline `compare`."

Model = TypeVar("Model")


def save_model(folder: Path, config: BaseModel, networks: Sequence[NetworkState], fitted: Fitted) -> None:
    """Write the configuration, and one `.keras` file of stock layers per network or the arrays of a baseline."""
    folder.mkdir(parents=True, exist_ok=True)
    if networks:
        from seqframe.networks.build import export_keras

        for number, network in enumerate(networks):
            export_keras(network).save(_network_file(folder, number))
    else:
        np.savez(folder / FITTED_FILE, **dict[str, Any](fitted))
    (folder / CONFIG_FILE).write_text(config.model_dump_json(indent=1), encoding="utf-8")


def load_model(folder: Any, read: Callable[[Path], Model], purpose: str) -> Model:
    """Load the model of a folder with `read`; `purpose` is what needs it, such as `A forecast`.

    Raises:
        UserError: The folder has no model, or one that `read` cannot load.
    """
    path = Path(folder)
    if not (path / CONFIG_FILE).exists():
        raise UserError(f"{purpose} needs a saved model. Received: none in {path}. {HOW_TO_SAVE}")
    try:
        return read(path)
    except UserError:
        raise
    except (ValidationError, StopIteration, OSError, EOFError, ValueError, BadZipFile) as error:
        reason = (str(error).strip() or "unknown framing or baseline").splitlines()[0]
        raise UserError(
            f"A model must be saved by this version of Seqframe. Received: {path}, which cannot be loaded "
            f"({reason}). {HOW_TO_SAVE}"
        ) from error


def read_config(path: Path, predicts: str) -> bytes:
    """The configuration of a model that predicts `forecasts` or `labels`, as JSON.

    Raises:
        UserError: The model predicts the other.
    """
    content = (path / CONFIG_FILE).read_bytes()
    found = found_kind(content)
    if found != predicts:
        raise UserError(
            f"A model of {predicts} is needed. Received: {path} with a model of {found}. "
            f"Load it with `{LOADERS[found]}`."
        )
    return content


def found_kind(config: bytes) -> str:
    """What the model of a configuration predicts: `labels`, which have classes, or `forecasts`."""
    return "labels" if "classes" in json.loads(config) else "forecasts"


def read_fitted(path: Path) -> Fitted:
    """What a baseline has fitted."""
    with np.load(path / FITTED_FILE, allow_pickle=False) as arrays:
        return dict(arrays)


def read_networks(path: Path, spec: NetworkSpec, count: int) -> tuple[NetworkState, ...]:
    """The networks of a specification.

    Only weights are read from the files. The layers come from the specification, so no code of a file can run.
    """
    from seqframe.networks.build import build_model

    model, networks = build_model(spec, seed=0), []
    for number in range(count):
        model.load_weights(_network_file(path, number))
        networks.append(NetworkState(spec, tuple(model.get_weights())))
    return tuple(networks)


def _network_file(folder: Path, number: int) -> Path:
    return folder / f"seed_{number}.keras"
