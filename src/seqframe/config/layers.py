"""Layers of settings in `conf/`: defaults for all tasks, for tables and labels, and for forecasts of tables."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

from seqframe.config.params import merge_settings
from seqframe.config.paths import DEFAULTS
from seqframe.config.schema import LABEL_KINDS

BASE = "base"  # folders in `conf/`
TABLE_DEFAULTS = "table_defaults"
FORECAST_DEFAULTS = "forecast_defaults"


def add_defaults(
    settings: Mapping[str, Any],
    read_layer: Callable[[str], Mapping[str, Any]],
    own: Mapping[str, Any],
    base: str = BASE,
) -> dict[str, Any]:
    """Settings with the defaults for tables, for labels and for forecasts; `own` overrides all defaults.

    `settings` are the settings without these defaults, and `read_layer` reads one folder of `conf/`.
    """
    kind = read_value(settings, "task", "kind")
    if read_value(settings, "data", "path") is None and kind not in LABEL_KINDS:
        return dict(settings)
    layers = [read_layer(base), read_layer(TABLE_DEFAULTS)]
    if read_value(merge_settings(*layers, own), "task", "kind") == "forecast":
        layers.append(read_layer(FORECAST_DEFAULTS))
    return merge_settings(*layers, own)


def complete_settings(given: Mapping[str, Any]) -> dict[str, Any]:
    """The given settings by group, and the defaults of `conf/` for all others."""
    return add_defaults(merge_settings(read_defaults(BASE), given), read_defaults, given)


def read_defaults(folder: str) -> dict[str, Any]:
    """The settings in one folder of `conf/`."""
    path: Path = DEFAULTS / folder / "parameters.yml"
    loaded: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded


def read_value(settings: Mapping[str, Any], group: str, name: str) -> Any:
    """A value of a group; None if there is none, also where the group is no group."""
    members = settings.get(group)
    return members.get(name) if isinstance(members, Mapping) else None
