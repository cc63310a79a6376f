"""The settings by group, as they are typed after `--params`: problem.*, task.*, model.*, training.*, answers.*."""

from pathlib import Path

from seqframe.config.answers import Answers
from seqframe.config.base import Group
from seqframe.config.model import Model
from seqframe.config.problem import Problem
from seqframe.config.task import Task
from seqframe.config.training import Training

PROJECT_ROOT = Path(__file__).resolve().parents[3]


class Settings(Group):
    """All settings, as they stand in `conf/` and after `--params`."""

    problem: Problem
    task: Task
    model: Model
    training: Training
    answers: Answers = Answers()
