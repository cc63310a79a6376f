"""The settings by group, as they are typed after `--params`: problem.*, task.*, model.*, training.* and so on."""

from pathlib import Path

from pydantic import model_validator

from seqframe.config.answers import Answers
from seqframe.config.backtest import Backtest
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
    backtest: Backtest = Backtest()
    answers: Answers = Answers()

    @property
    def forecasts_a_table(self) -> bool:
        """Whether forecasts of a table are asked for, which are tried on rows that were kept from training."""
        return self.problem.source == "table" and self.task.kind == "forecast"

    def trains_many(self, pipeline: str) -> bool:
        """Whether a pipeline trains many networks of each framing: from many seeds, and of a table in many folds."""
        return pipeline == "seed_study" or self.forecasts_a_table

    @model_validator(mode="after")
    def _lengths_are_given(self) -> "Settings":
        task = self.task
        if task.kind == "forecast" and not self.forecasts_a_table and None in (task.lookback, task.horizon):
            raise ValueError("a forecast of generated rows needs `task.lookback` and `task.horizon`")
        return self
