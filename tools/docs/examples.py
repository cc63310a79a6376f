"""The problem that the pages of the framings are about: the tutorial's sequence, or one that is as near as can be."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from seqframe.config import PROJECT_ROOT, Settings, parse_settings
from seqframe.console.console import format_value
from seqframe.data.dataset import SequenceDataset, make_dataset
from seqframe.errors import UserError
from seqframe.framings import Framing
from seqframe.framings.dataset import frame_arrays
from seqframe.networks.spec import NetworkSpec

CONF = PROJECT_ROOT / "conf"
FROM_ONE_ROW = {"task.kind": "forecast", "task.lookback": 1, "task.horizon": 4}  # for framings that read one row
EXAMPLES: tuple[dict[str, Any], ...] = (
    {},
    FROM_ONE_ROW,
)  # what changes in the tutorial's settings; the first that can be


@dataclass(frozen=True)
class Example:
    """A framing, applied: `changed` settings, by name; the problem; X and y; the network."""

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
    """The settings that stand in a folder of `conf/`, by group."""
    groups: dict[str, dict[str, Any]] = yaml.safe_load((CONF / folder / "parameters.yml").read_text())
    return groups


def change(changed: dict[str, Any]) -> Settings:
    """The tutorial's settings with some of them changed, by full name."""
    groups = read_conf("base")
    for name, value in changed.items():
        group, _, setting = name.partition(".")
        groups[group][setting] = value
    return parse_settings(groups)


def typed(changed: dict[str, Any], before: str = " --params ") -> str:
    """Changed settings as they are typed, with the option before them; nothing where none is changed.

    >>> typed({"task.lookback": 1, "task.kind": "forecast"})
    ' --params task.lookback=1,task.kind=forecast'
    """
    return f"{before}{','.join(f'{name}={format_value(value)}' for name, value in changed.items())}" if changed else ""


@cache
def example_of(framing: Framing) -> Example:
    """The framing on the tutorial's sequence.

    Raises:
        UserError: It can pose none of the examples.
    """
    for changed in EXAMPLES:
        settings = change(changed)
        if framing.unsupported_reason(settings) is None:
            dataset = make_dataset(settings.data, settings.task)
            X, y = frame_arrays(dataset, framing, dataset.train)
            return Example(framing, settings, changed, dataset, X, y, framing.make_spec(X, y, settings.model))
    raise UserError(
        f"A page about a framing needs an example that it can pose. Received: {framing.name}, which can pose none. "
        "Give it one in tools.docs.examples."
    )
