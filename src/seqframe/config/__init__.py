"""Typed, immutable settings. An invalid value or an unknown name is one clear line.

Users set them with `--params` (`training.epochs=300`) or in `conf/`, which defines each default once.
"""

from seqframe.config.data_settings import CsvSettings, DataSettings
from seqframe.config.loader import parse_settings, setting_names
from seqframe.config.paths import PROJECT_ROOT
from seqframe.config.schema import (
    LABEL_KINDS,
    RUNTIME_ONLY,
    BacktestSettings,
    ExecutionSettings,
    ExperimentsSettings,
    ModelSettings,
    Settings,
    TaskSettings,
    TrainingSettings,
)
from seqframe.config.sweep_settings import SearchRange, SweepSettings

__all__ = [
    "LABEL_KINDS",
    "PROJECT_ROOT",
    "RUNTIME_ONLY",
    "BacktestSettings",
    "CsvSettings",
    "DataSettings",
    "ExecutionSettings",
    "ExperimentsSettings",
    "ModelSettings",
    "SearchRange",
    "Settings",
    "SweepSettings",
    "TaskSettings",
    "TrainingSettings",
    "parse_settings",
    "setting_names",
]
