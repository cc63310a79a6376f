"""All folds of a backtest, posed; what every entry is scored on: origins, leads and truth, in physical units."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from seqframe.config import DataSettings
from seqframe.data.dataset import SequenceDataset, dataset_from_split
from seqframe.data.splits import find_segments, split_folds
from seqframe.data.time_index import SEQUENCE, count_steps, infer_frequency
from seqframe.data.windows import Floats
from seqframe.errors import UserError
from seqframe.evaluation.design import BacktestConfig
from seqframe.evaluation.metrics import seasonal_scale


@dataclass(frozen=True)
class Folds:
    """A backtest, posed: one `Posed` for each fold, the oldest test part first."""

    design: BacktestConfig
    datasets: tuple[SequenceDataset, ...]

    @property
    def newest(self) -> SequenceDataset:
        """The fold that is trained on most rows."""
        return self.datasets[-1]

    def actuals(self) -> Floats:
        """What was to be predicted at all origins, fold after fold: (origins, leads, targets)."""
        return np.concatenate([dataset.actuals(dataset.test) for dataset in self.datasets])

    @cached_property
    def origins(self) -> pd.DataFrame:
        """Every forecast origin that is scored: its fold from 1, and the number, sequence, name and time of its row.

        The time is in steps, and comparable over sequences.
        """
        tables = []
        step = infer_frequency(self.newest.df.index)
        for number, dataset in enumerate(self.datasets, start=1):
            rows = dataset.test.origins
            index = dataset.df.index
            sequence: Any = index.get_level_values(SEQUENCE)[rows] if SEQUENCE in index.names else 0
            name = index.get_level_values(-1)[rows]
            times = 0 if step is None else count_steps(index, step)[rows]
            about = {"fold": number, "row_number": rows, "sequence": sequence, "row": name, "time": times}
            tables.append(pd.DataFrame(about))
        return pd.concat(tables, ignore_index=True)

    def by_time(self, losses: Floats) -> Floats:
        """The mean loss of the origins at each time, in the order of time: (origins,) -> (times,); NaN is left out."""
        means: Floats = pd.Series(losses).groupby(self.origins["time"].to_numpy()).mean().to_numpy()
        return means

    @cached_property
    def scale(self) -> Floats:
        """What errors are divided by to compare folds, series and targets: (origins, 1, targets), physical units."""
        scales = np.empty((len(self.origins), 1, len(self.newest.targets)))
        for (fold, sequence), origins in self.origins.groupby(["fold", "sequence"], sort=False):
            scales[origins.index, 0] = _scale_of(self.datasets[fold - 1], sequence, self.design.season)
        return scales


def make_folds(rows: pd.DataFrame, design: BacktestConfig, data_settings: DataSettings) -> Folds:
    """Cut the folds, and pose each.

    Raises:
        UserError: A part of a fold has no window, a column is constant in a training part, or no truth is known.
    """
    splits = split_folds(find_segments(rows), design.n_folds, design.val_size, design.test_size, design.embargo)
    datasets: list[SequenceDataset] = []
    for number, split in enumerate(splits, start=1):
        if not split.train:
            raise UserError(
                f"Every fold needs rows to train on. Received: none in fold {number}. Lower backtest.n_folds."
            )
        datasets.append(dataset_from_split(rows, split, data_settings, design.task))
        for part, setting, windows in (
            ("validation", "val_size", datasets[-1].validation),
            ("test", "test_size", datasets[-1].test),
        ):
            if not len(windows):
                raise UserError(
                    f"Every part must hold a window without a gap. Received: none in the {part} part of fold {number}. "
                    f"Give it more rows (backtest.{setting}), fill gaps (data.missing), or ask for fewer folds."
                )
    folds = Folds(design, tuple(datasets))
    if np.isnan(folds.actuals()).all():
        raise UserError(
            "Forecasts are scored where the truth is known. Received: test parts in which it is nowhere. "
            "Give backtest.test_size more rows."
        )
    _ = folds.scale  # what cannot be scored is refused before anything is trained
    return folds


def _scale_of(dataset: SequenceDataset, sequence: Any, season: int) -> Floats:
    """The scale of the targets of one series in one fold: (targets,), from its training rows, or else from all."""
    values, index = dataset.filled[dataset.targets].to_numpy(np.float64), dataset.df.index
    runs = dataset.split.train
    if SEQUENCE in index.names:
        own = tuple(run for run in runs if index[run.start][0] == sequence)
        runs = own if max(map(len, own), default=0) > season else runs
    fits = max(map(len, runs)) > season  # where gaps cut runs short, the value one row before is the measure
    return seasonal_scale([values[run.start : run.stop] for run in runs], season if fits else 1, dataset.targets)
