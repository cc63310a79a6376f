"""Run contexts with the settings of the tutorial or of a table, and the declarations of the catalog."""

from collections.abc import Iterable
from typing import Any

import yaml
from kedro.io import DataCatalog

from conftest import ROOT
from seqframe.config import parse_settings
from seqframe.settings import CONFIG_LOADER_ARGS, LayeredConfigLoader
from seqframe.tracking.outputs import Output, declared_outputs
from seqframe.tracking.records import RunContext


def make_run_context(*framings: str, pipeline: str = "compare", **groups: dict[str, Any]) -> RunContext:
    parameters = yaml.safe_load((ROOT / "conf" / "base" / "parameters.yml").read_text())
    for group, changed in groups.items():
        parameters[group] |= changed
    return RunContext("2026", pipeline, framings, parse_settings(parameters), "kedro run --pipeline=compare")


def declared(names: Iterable[str]) -> dict[str, Output]:
    """What the project's catalog declares for some datasets."""
    loader = LayeredConfigLoader(str(ROOT / "conf"), **CONFIG_LOADER_ARGS)
    catalog = DataCatalog.from_config(loader["catalog"])
    return declared_outputs({name: catalog.get(name) for name in names})
