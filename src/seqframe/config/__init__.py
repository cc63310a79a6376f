"""The settings, typed and frozen: a bad value or an unknown name is one clear line.

A user types them after `--params` (`training.epochs=300`) or writes them into `conf/`, where each number stands once.
"""

from seqframe.config.groups import NO_NUMBERS, PROJECT_ROOT, Model, Problem, Settings, Task, Training
from seqframe.config.reading import known_names, read_settings

__all__ = [
    "NO_NUMBERS",
    "PROJECT_ROOT",
    "Model",
    "Problem",
    "Settings",
    "Task",
    "Training",
    "known_names",
    "read_settings",
]
