"""The task of the benchmarks of framings: echo the tutorial's ramp, in one window."""

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
    """The framing with this name."""
    return next(framing for framing in FRAMINGS if framing.name == name)


def make_problem(framing: Framing, length: int, units: int, cell: str = "lstm") -> tuple[NetworkSpec, Any, Any]:
    """The network spec, X and y of a ramp of `length` rows, in one window."""
    values = (np.arange(length, dtype=np.float32) / length).reshape(1, length, 1)
    X, y = framing.to_inputs(values), framing.to_targets(values)
    model = ModelSettings.model_validate({**read_tutorial()["model"], "units": units, "cell": cell})
    return framing.make_spec(X, y, model), X, y


def settings(epochs: int) -> TrainingSettings:
    """The tutorial's training settings with this number of epochs."""
    return TrainingSettings.model_validate({**read_tutorial()["training"], "epochs": epochs})


@cache
def read_tutorial() -> dict[str, Any]:
    """The tutorial's settings in `conf/base`."""
    parameters: dict[str, Any] = yaml.safe_load(PARAMETERS.read_text())
    return parameters
