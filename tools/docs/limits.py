"""What each framing refuses, in its own words: every limit is given settings that it refuses."""

from typing import Any

import pandas as pd

from seqframe.framings import Framing
from seqframe.framings.base import Constraint
from seqframe.framings.constraints import RECURSIVE_CONSTRAINTS
from tools.docs.examples import change, typed

A_TABLE = {"data.path": "my.csv", "data.target": "y", "task.kind": "forecast"}
TRIALS: tuple[dict[str, Any], ...] = (
    {"task.kind": "forecast", "task.lookback": 100, "task.horizon": 10},
    {"task.kind": "next_step"},
    {"model.bidirectional": True},
    {"training.batch_size": 32},
    {"training.shuffle": True},
    {"model.hidden_sizes": [8, 8, 8, 8, 8]},
    {**A_TABLE, "data.features": ["x", "y"]},
)


def refused_by(limit: Constraint) -> tuple[dict[str, Any], str] | None:
    """The first trial that a limit refuses, and why, as the rest of a sentence; None where it refuses none."""
    return next(((trial, reason) for trial in TRIALS if (reason := limit(change(trial)))), None)


def write_limits(framing: Framing) -> pd.DataFrame:
    """A line a limit: what is asked for, and what the framing says."""
    constraints = (*framing.constraints, *RECURSIVE_CONSTRAINTS[: 1 if framing.recursive else 0])
    found = [refused for limit in constraints if (refused := refused_by(limit))]
    return pd.DataFrame(
        {
            "asked for": [" ".join(f"`{typed({name: trial[name]}, '')}`" for name in trial) for trial, _ in found],
            "what it says": [f"{framing.name} {reason}" for _, reason in found],
        }
    )
