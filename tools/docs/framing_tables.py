"""Tables of all framings."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqframe.data.dataset import make_dataset
from seqframe.framings import FRAMINGS, Framing
from seqframe.framings.dataset import frame_arrays
from seqframe.reporting.tables import markdown_table
from tools.docs.examples import change, example_of
from tools.docs.flows import kept_flow
from tools.docs.framing_parts import count_of, unbroken

HUNDRED_TO_TEN: dict[str, Any] = {
    "data.generator": "sine",
    "data.sequence_length": 200,
    "task.kind": "forecast",
    "task.lookback": 100,
    "task.horizon": 10,
    "model.units": 16,
}


def tabulate_framings(folder: str) -> str:
    """Every framing on the tutorial's sequence; `folder` is where their pages lie, seen from the document."""
    lines = []
    for framing in FRAMINGS:
        example = example_of(framing)
        lines.append(
            {
                "framing": f"[{framing.name}]({folder}{framing.name}.md)",
                "X": unbroken(example.X.shape),
                "y": unbroken(example.y.shape),
                "network": _network(framing),
                "parameters": unbroken(count_of(example)),
                "an answer sees": describe_flow(np.array(kept_flow(framing.name)["sees"], bool)),
            }
        )
    return markdown_table(pd.DataFrame(lines))


def tabulate_hundred_to_ten() -> str:
    """Every framing, asked to read 100 rows and to give 10."""
    settings = change(HUNDRED_TO_TEN)
    dataset = make_dataset(settings.data, settings.task)
    lines = []
    for framing in FRAMINGS:
        reason = framing.unsupported_reason(settings)
        line = {"framing": f"[{framing.name}]({framing.name}.md)", "can it?": "no", "network or reason": str(reason)}
        if reason is None:
            X, y = frame_arrays(dataset, framing, dataset.train)
            spec = framing.make_spec(X, y, settings.model)
            kinds = ", ".join(f"`{layer.kind}`" for layer, _ in spec.layers().values())
            line |= {"can it?": "**yes**", "network or reason": kinds, "parameters": f"{spec.parameters:,}"}
        lines.append(line)
    return markdown_table(pd.DataFrame(lines).fillna(""))


def describe_flow(sees: NDArray[np.bool_]) -> str:
    """What an answer sees of the window, in a word or two: (answers, lookback).

    >>> describe_flow(np.tri(3, dtype=bool)), describe_flow(np.ones((4, 2), bool)), describe_flow(np.eye(3, dtype=bool))
    ('the steps up to it', 'the whole window', 'its own step alone')
    """
    if sees.shape[1] == 1:
        return "the one row read"
    if sees.all():
        return "the whole window"
    forms = {
        "its own step alone": np.eye(*sees.shape) > 0,
        "the steps up to it": np.tri(*sees.shape) > 0,
    }
    return next((words for words, form in forms.items() if np.array_equal(sees, form)), "a part of the window")


def _network(framing: Framing) -> str:
    return ", ".join(f"`{layer.kind}`" for layer, _ in example_of(framing).spec.layers().values())
