"""Which columns of the rows are read, which are known in advance, and which are to be predicted."""

from collections import Counter

from seqframe.config import Problem
from seqframe.errors import UserError
from seqframe.problems.generators import GENERATORS


def feature_columns(problem: Problem, available: list[str]) -> list[str]:
    """The columns that the network reads; those that are known in advance come last."""
    known = known_columns(problem)
    return [name for name in _own_features(problem, available) if name not in known] + known


def known_columns(problem: Problem) -> list[str]:
    """The columns that are known in advance for the rows to be predicted: the last ones of the features."""
    return _as_list(problem.known)


def target_columns(problem: Problem, available: list[str]) -> list[str]:
    """The columns that the network predicts."""
    if problem.target is not None:
        return _as_list(problem.target)
    if problem.source in GENERATORS:
        return list(GENERATORS[problem.source].target)
    known = known_columns(problem)
    return [name for name in _own_features(problem, available) if name not in known]


def value_column(problem: Problem) -> str:
    """What the one column of an unfolded table is called."""
    return problem.target if isinstance(problem.target, str) else "value"


def check_parts(problem: Problem) -> None:
    """Hold every column of a table to one part.

    Raises:
        UserError: A column is named twice, as the time and the target, or twice in one list.
    """
    parts = {name: _as_list(getattr(problem, name)) for name in ("time", "series", "features", "target", "known")}
    parts["unfold"] = _as_list(problem.unfold)
    for name, columns in parts.items():
        for column, count in Counter(columns).items():
            if count > 1:
                raise UserError(f"`problem.{name}` must name a column once. Received: {column}, {count} times.")
    for one, other in _APART:
        for column in parts[one]:
            if column in parts[other]:
                raise UserError(
                    f"A column cannot be both `problem.{one}` and `problem.{other}`. Received: {column}. "
                    "Take it out of one of them."
                )


_APART = [
    *(("time", other) for other in ("series", "features", "target", "known", "unfold")),
    *(("series", other) for other in ("features", "target", "known", "unfold")),
    ("target", "known"),
]


def _own_features(problem: Problem, available: list[str]) -> list[str]:
    """The columns that are read and need not be known in advance, though some of them may be."""
    if problem.features is not None:
        return _as_list(problem.features)
    if problem.source in GENERATORS:
        return list(GENERATORS[problem.source].features)
    if problem.target is not None:
        return _as_list(problem.target)
    return [name for name in available if name not in (problem.time, problem.series)]


def _as_list(names: str | list[str] | None) -> list[str]:
    if names is None:
        return []
    return [names] if isinstance(names, str) else list(names)
