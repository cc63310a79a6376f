"""Keyword arguments as settings: any setting by its own name, by its full name, or as a group."""

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pydantic import BaseModel

from seqframe.config import Settings, parse_settings
from seqframe.config.layers import complete_settings
from seqframe.config.params import flatten_settings, nest_settings
from seqframe.framings import Framing

ALIASES = {"time": "data.time_column", "id": "data.id_column", "task": "task.kind"}
PREFERRED = {"seed": "training.seed", "n_seeds": "training.n_seeds"}  # names that two groups have
GROUPS = ("data", "task", "model", "training", "backtest", "sweep", "execution")


def make_settings(keywords: Mapping[str, Any]) -> Settings:
    """Typed settings from keyword arguments, with the defaults of `conf/` for all others.

    >>> make_settings({"epochs": 3, "data": {"n_test": 4}, "training.seed": 1}).training.epochs
    3

    Raises:
        UserError: A name is unknown, a setting is given twice, or a value is invalid.
    """
    return parse_settings(complete_settings(group_keywords(keywords)))


def group_keywords(keywords: Mapping[str, Any]) -> dict[str, Any]:
    """Keyword arguments as settings by group; unknown names stay as they are.

    >>> group_keywords({"time": "date", "units": 8, "model": {"cell": "gru"}})
    {'data': {'time_column': 'date'}, 'model': {'units': 8, 'cell': 'gru'}}

    Raises:
        UserError: A setting is given twice.
    """
    names = _names_by_leaf()
    parts: list[tuple[tuple[str, ...], Any]] = []
    for name, given in keywords.items():
        value = plain_value(given)
        if name in GROUPS and isinstance(value, dict):
            parts += [((name, *rest), each) for rest, each in flatten_settings(value)]
        else:
            full = tuple((ALIASES.get(name) or names.get(name, name)).split("."))
            parts += [(full + rest, each) for rest, each in _members(full, value)]
    return nest_settings(parts)


def full_name(name: str) -> str:
    """Full name of a setting by its last part.

    >>> full_name("units"), full_name("training.epochs")
    ('model.units', 'training.epochs')
    """
    return ALIASES.get(name) or _names_by_leaf().get(name, name)


def _members(name: tuple[str, ...], value: Any) -> Iterable[tuple[tuple[str, ...], Any]]:
    """The settings of a group inside a group; another value as it is."""
    return flatten_settings(value) if name == ("data", "csv") and isinstance(value, dict) else [((), value)]


def _names_by_leaf() -> dict[str, str]:
    """Full names of settings by their last part; a group inside a group has one, too, such as `csv`."""
    names: dict[str, str] = {}

    def add(model: type[BaseModel], prefix: str) -> None:
        for name, field in model.model_fields.items():
            names.setdefault(name, prefix + name)
            if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
                add(field.annotation, f"{prefix}{name}.")

    for group in GROUPS:
        annotation: Any = Settings.model_fields[group].annotation
        add(annotation, f"{group}.")
    return names | PREFERRED


def plain_value(value: Any) -> Any:
    """A value as settings have it: lists, numbers and text instead of tuples, NumPy numbers, paths, dates and framings.

    >>> plain_value((np.int64(3), Path("x"), date(2020, 1, 31)))
    [3, 'x', '2020-01-31']
    """
    if isinstance(value, Mapping):
        return {str(name): plain_value(each) for name, each in value.items()}
    if isinstance(value, set | frozenset):  # in an order that is the same in every process
        return [plain_value(each) for each in sorted(value, key=str)]
    if isinstance(value, np.ndarray | pd.Index | pd.Series | list | tuple):
        return [plain_value(each) for each in value]
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Framing):
        return value.name
    return str(value) if isinstance(value, Path | date) else value
