"""Tables of all framings."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqframe.data.dataset import make_dataset
from seqframe.framings import FRAMINGS
from seqframe.framings.dataset import frame_arrays
from seqframe.networks.spec import NetworkSpec
from seqframe.reporting.tables import markdown_table
from tools.docs.dependencies import measured_dependency
from tools.docs.examples import change_settings, find_example
from tools.docs.framing_parts import format_total, unbroken

HUNDRED_TO_TEN: dict[str, Any] = {
    "data.generator": "sine",
    "data.sequence_length": 200,
    "task.kind": "forecast",
    "task.lookback": 100,
    "task.horizon": 10,
    "model.units": 16,
}


def tabulate_framings(folder: str) -> str:
    """Every framing on the tutorial's sequence; `folder` is the path to the framing pages in links."""
    lines = []
    for framing in FRAMINGS:
        example = find_example(framing)
        lines.append(
            {
                "framing": f"[{framing.name}]({folder}{framing.name}.md)",
                "X": unbroken(example.X.shape),
                "y": unbroken(example.y.shape),
                "network": _layer_names(example.spec),
                "parameters": unbroken(format_total(example)),
                "an output depends on": describe_dependency(measured_dependency(framing.name).depends_on),
            }
        )
    return markdown_table(pd.DataFrame(lines))


def tabulate_hundred_to_ten() -> str:
    """Every framing with 100 input rows and 10 target rows."""
    settings = change_settings(HUNDRED_TO_TEN)
    dataset = make_dataset(settings.data, settings.task)
    lines = []
    for framing in FRAMINGS:
        reason = framing.unsupported_reason(settings)
        line = {"framing": f"[{framing.name}]({framing.name}.md)", "supported": "no", "network or reason": str(reason)}
        if reason is None:
            X, y = frame_arrays(dataset, framing, dataset.train)
            spec = framing.make_spec(X, y, settings.model)
            network = {"network or reason": _layer_names(spec), "parameters": f"{spec.parameters:,}"}
            line |= {"supported": "**yes**", **network}
        lines.append(line)
    return markdown_table(pd.DataFrame(lines).fillna(""))


def describe_dependency(depends_on: NDArray[np.bool_]) -> str:
    """The inputs that an output depends on, in a few words; `depends_on` is (outputs, lookback).

    >>> tri, eye = np.tri(3, dtype=bool), np.eye(3, dtype=bool)
    >>> describe_dependency(tri), describe_dependency(np.ones((4, 2), bool)), describe_dependency(eye)
    ('inputs up to its own step', 'all inputs', 'the input of its own step')
    """
    if depends_on.shape[1] == 1:
        return "the only input"
    if depends_on.all():
        return "all inputs"
    patterns = {
        "the input of its own step": np.eye(*depends_on.shape) > 0,
        "inputs up to its own step": np.tri(*depends_on.shape) > 0,
    }
    matches = (words for words, pattern in patterns.items() if np.array_equal(depends_on, pattern))
    return next(matches, "some inputs")


def _layer_names(spec: NetworkSpec) -> str:
    return ", ".join(f"`{layer}`" for layer, _ in spec.layers().values())
