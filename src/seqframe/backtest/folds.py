"""All folds of a backtest, posed; what every entry is scored on: origins, leads and truth, in physical units."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from seqframe.backtest.design import Design
from seqframe.config import Problem
from seqframe.errors import UserError
from seqframe.forecasts.measures import seasonal_scale
from seqframe.posing import Posed, Values, pose_split
from seqframe.problems import SEQUENCE
from seqframe.problems.time import count_steps, find_step
from seqframe.splits import cut_folds, find_timeline


@dataclass(frozen=True)
class Folds:
    """A backtest, posed: one `Posed` for each fold, the oldest test part first."""

    design: Design
    posed: tuple[Posed, ...]

    @property
    def newest(self) -> Posed:
        """The fold that is trained on most rows."""
        return self.posed[-1]

    def truth(self) -> Values:
        """What was to be predicted at all origins, fold after fold: (origins, leads, targets)."""
        return np.concatenate([posed.truth(posed.unseen) for posed in self.posed])

    @cached_property
    def origins(self) -> pd.DataFrame:
        """Every forecast origin that is scored: its fold from 1, and the number, sequence, name and time of its row.

        The time is in steps, and comparable over sequences.
        """
        tables = []
        step = find_step(self.newest.rows.index)
        for number, posed in enumerate(self.posed, start=1):
            rows = posed.unseen.origins
            index = posed.rows.index
            sequence: Any = index.get_level_values(SEQUENCE)[rows] if SEQUENCE in index.names else 0
            name = index.get_level_values(-1)[rows]
            times = 0 if step is None else count_steps(index, step)[rows]
            about = {"fold": number, "row_number": rows, "sequence": sequence, "row": name, "time": times}
            tables.append(pd.DataFrame(about))
        return pd.concat(tables, ignore_index=True)

    def by_time(self, losses: Values) -> Values:
        """The mean loss of the origins at each time, in the order of time: (origins,) -> (times,); NaN is left out."""
        means: Values = pd.Series(losses).groupby(self.origins["time"].to_numpy()).mean().to_numpy()
        return means

    @cached_property
    def scale(self) -> Values:
        """What errors are divided by to compare folds, series and targets: (origins, 1, targets), physical units."""
        scales = np.empty((len(self.origins), 1, len(self.newest.targets)))
        for (fold, sequence), origins in self.origins.groupby(["fold", "sequence"], sort=False):
            scales[origins.index, 0] = _scale_of(self.posed[fold - 1], sequence, self.design.season)
        return scales


def pose_folds(rows: pd.DataFrame, design: Design, problem: Problem) -> Folds:
    """Cut the folds, and pose each.

    Raises:
        UserError: A part of a fold has no window, a column is constant in a training part, or no truth is known.
    """
    splits = cut_folds(find_timeline(rows), design.folds, design.validation, design.test, design.embargo)
    posed = []
    for number, split in enumerate(splits, start=1):
        if not split.training:
            raise UserError(
                f"Every fold needs rows to train on. Received: none in fold {number}. Lower backtest.folds."
            )
        posed.append(pose_split(rows, split, problem, design.task))
        for part, windows in (("validation", posed[-1].validation), ("test", posed[-1].unseen)):
            if not len(windows):
                raise UserError(
                    f"Every part must hold a window without a gap. Received: none in the {part} part of fold {number}. "
                    f"Give it more rows (backtest.{part}), fill gaps (problem.missing), or ask for fewer folds."
                )
    folds = Folds(design, tuple(posed))
    if np.isnan(folds.truth()).all():
        raise UserError(
            "Forecasts are scored where the truth is known. Received: test parts in which it is nowhere. "
            "Give backtest.test more rows."
        )
    _ = folds.scale  # what cannot be scored is refused before anything is trained
    return folds


def _scale_of(posed: Posed, sequence: Any, season: int) -> Values:
    """The scale of the targets of one series in one fold: (targets,), from its training rows, or else from all."""
    values, index = posed.read[posed.targets].to_numpy(np.float64), posed.rows.index
    runs = posed.split.training
    if SEQUENCE in index.names:
        own = tuple(run for run in runs if index[run.start][0] == sequence)
        runs = own if max(map(len, own), default=0) > season else runs
    fits = max(map(len, runs)) > season  # where gaps cut runs short, the value one row before is the measure
    return seasonal_scale([values[run.start : run.stop] for run in runs], season if fits else 1, posed.targets)
