"""Which columns of the rows are read, and which are to be predicted."""

from seqframe.config import Problem
from seqframe.problems.generators import GENERATORS


def feature_columns(problem: Problem, available: list[str]) -> list[str]:
    """The columns that the network reads."""
    if problem.features is not None:
        return _as_list(problem.features)
    if problem.source in GENERATORS:
        return list(GENERATORS[problem.source].features)
    if problem.target is not None:
        return _as_list(problem.target)
    return [name for name in available if name != problem.time]


def target_columns(problem: Problem, available: list[str]) -> list[str]:
    """The columns that the network predicts."""
    if problem.target is not None:
        return _as_list(problem.target)
    if problem.source in GENERATORS:
        return list(GENERATORS[problem.source].target)
    return feature_columns(problem, available)


def _as_list(names: str | list[str]) -> list[str]:
    return [names] if isinstance(names, str) else list(names)
