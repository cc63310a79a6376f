"""Settings that each framing does not support, with the error message: every constraint is given such settings."""

from typing import Any

import pandas as pd

from seqframe.framings import Framing
from seqframe.framings.base import Constraint
from seqframe.framings.constraints import RECURSIVE_CONSTRAINTS
from tools.docs.examples import change_settings, format_params

TABLE = {"data.path": "my.csv", "data.target": "y", "task.kind": "forecast"}
CASES: tuple[dict[str, Any], ...] = (
    {"task.kind": "forecast", "task.lookback": 100, "task.horizon": 10},
    {"task.kind": "next_step"},
    {"model.bidirectional": True},
    {"training.batch_size": 32},
    {"training.shuffle": True},
    {"model.hidden_sizes": [8, 8, 8, 8, 8]},
    {**TABLE, "data.features": ["x", "y"]},
)


def violating_case(constraint: Constraint) -> tuple[dict[str, Any], str] | None:
    """The first case that violates a constraint, and the reason as the rest of a sentence; None if there is none."""
    return next(((case, reason) for case in CASES if (reason := constraint(change_settings(case)))), None)


def all_constraints(framing: Framing) -> tuple[Constraint, ...]:
    """The constraints of a framing, and `features_are_targets` if it is recursive."""
    return (*framing.constraints, *RECURSIVE_CONSTRAINTS[: 1 if framing.recursive else 0])


def unsupported_settings(framing: Framing) -> pd.DataFrame:
    """One line per constraint: the settings, and the error message."""
    found = [case for constraint in all_constraints(framing) if (case := violating_case(constraint))]
    return pd.DataFrame(
        {
            "settings": [" ".join(f"`{format_params({name: case[name]}, '')}`" for name in case) for case, _ in found],
            "message": [f"{framing.name} {reason}" for _, reason in found],
        }
    )
