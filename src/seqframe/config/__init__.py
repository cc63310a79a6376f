"""The settings, typed and frozen: a bad value or an unknown name is one clear line.

A user types them after `--params` (`training.epochs=300`) or writes them into `conf/`, where each number stands once.
"""

from seqframe.config.loader import parse_settings, setting_names
from seqframe.config.schema import (
    PROJECT_ROOT,
    RUNTIME_ONLY,
    BacktestSettings,
    DataSettings,
    ExperimentsSettings,
    ModelSettings,
    Settings,
    TaskSettings,
    TrainingSettings,
)

__all__ = [
    "BacktestSettings",
    "DataSettings",
    "ExperimentsSettings",
    "ModelSettings",
    "PROJECT_ROOT",
    "RUNTIME_ONLY",
    "Settings",
    "TaskSettings",
    "TrainingSettings",
    "parse_settings",
    "setting_names",
]
