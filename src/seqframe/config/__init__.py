"""The settings, typed and frozen: a bad value or an unknown name is one clear line.

A user types them after `--params` (`training.epochs=300`) or writes them into `conf/`, where each number stands once.
"""

from seqframe.config.answers import Answers
from seqframe.config.backtest import Backtest
from seqframe.config.groups import PROJECT_ROOT, Settings
from seqframe.config.model import Model
from seqframe.config.problem import Problem
from seqframe.config.reading import known_names, read_settings
from seqframe.config.task import Task
from seqframe.config.training import NO_NUMBERS, Training

__all__ = [
    "NO_NUMBERS",
    "PROJECT_ROOT",
    "Answers",
    "Backtest",
    "Model",
    "Problem",
    "Settings",
    "Task",
    "Training",
    "known_names",
    "read_settings",
]
