"""The problem that the benchmarks of framings pose: the tutorial's ramp as one window, to be given back."""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from seqframe.config import ModelSettings, TrainingSettings
from seqframe.framings import FRAMINGS, Framing
from seqframe.networks.spec import NetworkSpec

PARAMETERS = Path(__file__).resolve().parents[1] / "conf" / "base" / "parameters.yml"


def find_framing(name: str) -> Framing:
    """The framing of this name."""
    return next(framing for framing in FRAMINGS if framing.name == name)


def pose(framing: Framing, length: int, units: int) -> tuple[NetworkSpec, Any, Any]:
    """The network's plan, X and y of the ramp of so many rows, in one window."""
    values = (np.arange(length, dtype=np.float32) / length).reshape(1, length, 1)
    X, y = framing.to_inputs(values), framing.to_targets(values)
    model = ModelSettings.model_validate({**read_tutorial()["model"], "units": units})
    return framing.make_spec(X, y, model), X, y


def settings(epochs: int) -> TrainingSettings:
    """The tutorial's settings of training, for so many epochs."""
    return TrainingSettings.model_validate({**read_tutorial()["training"], "epochs": epochs})


@cache
def read_tutorial() -> dict[str, Any]:
    """The tutorial's settings, as they stand in `conf/base`."""
    parameters: dict[str, Any] = yaml.safe_load(PARAMETERS.read_text())
    return parameters
