"""Sessions as they begin, with the settings of the tutorial or of a table."""

from typing import Any

import yaml

from conftest import ROOT
from seqframe.config import parse_settings
from seqframe.tracking.records import RunContext


def session(*framings: str, pipeline: str = "compare", **groups: dict[str, Any]) -> RunContext:
    parameters = yaml.safe_load((ROOT / "conf" / "base" / "parameters.yml").read_text())
    for group, changed in groups.items():
        parameters[group] |= changed
    return RunContext("2026", pipeline, framings, parse_settings(parameters), "kedro run --pipeline=compare")
