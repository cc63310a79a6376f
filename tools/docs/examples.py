"""The example of the framing pages: the tutorial's sequence, or the closest that a framing supports."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from seqframe.config import PROJECT_ROOT, Settings, parse_settings
from seqframe.config.params import format_value
from seqframe.data.dataset import SequenceDataset, make_dataset
from seqframe.errors import UserError
from seqframe.framings import Framing
from seqframe.framings.dataset import frame_arrays
from seqframe.networks.spec import NetworkSpec

CONF = PROJECT_ROOT / "conf"
ONE_ROW = {"task.kind": "forecast", "task.lookback": 1, "task.horizon": 4}  # for framings that read one row
EXAMPLES: tuple[dict[str, Any], ...] = ({}, ONE_ROW)  # changes of the tutorial's settings; the first supported is used


@dataclass(frozen=True)
class Example:
    """A framing applied to data: the `changed` settings by name, the dataset, X, y and the network."""

    framing: Framing
    settings: Settings
    changed: dict[str, Any]
    dataset: SequenceDataset
    X: NDArray[np.float32]
    y: NDArray[np.float32]
    spec: NetworkSpec

    @property
    def inputs(self) -> tuple[int, int]:
        """(lookback, features) of a window."""
        return self.dataset.shapes()[0]

    @property
    def targets(self) -> tuple[int, int]:
        """(steps, targets) of a window."""
        return self.dataset.shapes()[1]


def read_conf(folder: str) -> dict[str, dict[str, Any]]:
    """The settings of a folder of `conf/`, by group."""
    groups: dict[str, dict[str, Any]] = yaml.safe_load((CONF / folder / "parameters.yml").read_text())
    return groups


def change_settings(changed: dict[str, Any]) -> Settings:
    """The tutorial's settings with some of them changed, by full name."""
    groups = read_conf("base")
    for name, value in changed.items():
        group, _, setting = name.partition(".")
        groups[group][setting] = value
    return parse_settings(groups)


def format_params(changed: dict[str, Any], option: str = " --params ") -> str:
    """Changed settings as command-line arguments; nothing if there are none.

    >>> format_params({"task.lookback": 1, "task.kind": "forecast"})
    ' --params task.lookback=1,task.kind=forecast'
    """
    return f"{option}{','.join(f'{name}={format_value(value)}' for name, value in changed.items())}" if changed else ""


@cache
def find_example(framing: Framing) -> Example:
    """The framing on the tutorial's sequence.

    Raises:
        UserError: It supports none of the examples.
    """
    for changed in EXAMPLES:
        settings = change_settings(changed)
        if framing.unsupported_reason(settings) is None:
            dataset = make_dataset(settings.data, settings.task)
            X, y = frame_arrays(dataset, framing, dataset.train)
            return Example(framing, settings, changed, dataset, X, y, framing.make_spec(X, y, settings.model))
    raise UserError(
        f"The page of a framing needs an example that it supports. Received: {framing.name}, which supports none. "
        "Add one to EXAMPLES in tools/docs/examples.py."
    )
