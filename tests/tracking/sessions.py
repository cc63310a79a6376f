"""Sessions as they begin, with the settings of the tutorial or of a table."""

from typing import Any

import yaml

from conftest import ROOT
from seqframe.config import read_settings
from seqframe.tracking import Session


def session(*framings: str, pipeline: str = "compare", **groups: dict[str, Any]) -> Session:
    parameters = yaml.safe_load((ROOT / "conf" / "base" / "parameters.yml").read_text())
    for group, changed in groups.items():
        parameters[group] |= changed
    return Session("2026", pipeline, framings, read_settings(parameters), "kedro run --pipeline=compare")
