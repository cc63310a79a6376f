"""The folds of a backtest, and what every model is scored on: forecast origins, actual values and error scales."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqframe.config import DataSettings
from seqframe.data.dataset import SequenceDataset, calendar_of, dataset_from_split
from seqframe.data.splits import find_segments, split_folds
from seqframe.data.time_index import SEQUENCE, row_steps, series_starts
from seqframe.data.windows import Floats, RowNumbers, Windows
from seqframe.errors import UserError
from seqframe.evaluation.design import BacktestConfig
from seqframe.evaluation.error_scales import error_scales
from seqframe.forecasting.intervals import count_overlap
from seqframe.framings import Framing


@dataclass(frozen=True)
class Folds:
    """The datasets of a backtest, one per fold, the oldest test split first.

    Attributes:
        design: The design of the backtest.
        datasets: One dataset per fold.
        recursive: The same without past covariates, for recursive forecasts.
    """

    design: BacktestConfig
    datasets: tuple[SequenceDataset, ...]
    recursive: tuple[SequenceDataset, ...] = ()

    def of(self, framing: Framing) -> "Folds":
        """The folds that a framing reads."""
        return replace(self, datasets=self.recursive, recursive=()) if framing.recursive and self.recursive else self

    @property
    def newest(self) -> SequenceDataset:
        """The newest fold, which has the largest training split."""
        return self.datasets[-1]

    @property
    def fold_slices(self) -> list[slice]:
        """The places of the forecasts of each fold in the test forecasts of all folds."""
        ends = np.cumsum([0, *(len(dataset.test) for dataset in self.datasets)]).tolist()
        return [slice(*each) for each in pairwise(ends)]

    def actuals(self) -> Floats:
        """Actual values of all forecasts: (origins, horizon, targets), in physical units; NaN if missing."""
        return np.concatenate([dataset.actuals(dataset.test) for dataset in self.datasets])

    @cached_property
    def row_times(self) -> NDArray[np.int64]:
        """Time of every row of the data, in steps: (rows,)."""
        return row_steps(self.newest.df.index)

    @cached_property
    def origins(self) -> pd.DataFrame:
        """All forecast origins of the test splits: fold (from 1), and number, sequence, name and time of the row.

        The time is in steps and comparable across sequences.
        """
        return self._tabulate_origins([dataset.test for dataset in self.datasets])

    @cached_property
    def validation_origins(self) -> pd.DataFrame:
        """All forecast origins of the validation splits, as `origins`."""
        return self._tabulate_origins([dataset.validation for dataset in self.datasets])

    @cached_property
    def scale(self) -> Floats:
        """Divisor of the MASE for each origin: (origins, 1, targets), physical units.

        Errors of folds, series and targets are comparable after division by it.
        """
        return self._scales(self.origins)

    @cached_property
    def validation_scale(self) -> Floats:
        """Divisor of the MASE for each validation origin, as `scale`: (validation origins, 1, targets)."""
        return self._scales(self.validation_origins)

    def count_overlap(self, origins: pd.DataFrame) -> int:
        """Number of neighboring forecast times that overlap: those within one forecast, gap and horizon together."""
        task = self.design.task
        return count_overlap(origins["time"].to_numpy(), task.gap + (task.horizon or 0))

    def _tabulate_origins(self, windows: Sequence[Windows]) -> pd.DataFrame:
        """Forecast origins of the given windows, one element per fold."""
        tables = []
        for number, (dataset, part) in enumerate(zip(self.datasets, windows, strict=True), start=1):
            rows = part.origins
            index = dataset.df.index
            sequence: Any = index.get_level_values(SEQUENCE)[rows] if SEQUENCE in index.names else 0
            name = index.get_level_values(-1)[rows]
            about = {
                "fold": number,
                "row_number": rows,
                "sequence": sequence,
                "row": name,
                "time": self.row_times[rows],
            }
            tables.append(pd.DataFrame(about))
        return pd.concat(tables, ignore_index=True)

    def _scales(self, origins: pd.DataFrame) -> Floats:
        """Divisor of the MASE for each of some origins: (origins, 1, targets)."""
        scales = np.empty((len(origins), 1, len(self.newest.targets)))
        for fold, of_fold in origins.groupby("fold"):
            dataset = self.datasets[fold - 1]
            scales[of_fold.index, 0] = _row_scales(dataset, of_fold["row_number"].to_numpy(), self.design.season)
        return scales


def make_folds(rows: pd.DataFrame, design: BacktestConfig, data_settings: DataSettings) -> Folds:
    """Split the rows into folds, and make a dataset of each.

    Raises:
        UserError: A split of a fold has no window, or every actual value of the test splits is missing.
    """
    data_settings = design.resolve(data_settings)
    splits = split_folds(
        find_segments(rows), design.n_folds, design.val_size, design.test_size, design.embargo, design.end
    )
    datasets, calendar = list[SequenceDataset](), calendar_of(rows, data_settings)  # one calendar for all folds
    for number, split in enumerate(splits, start=1):
        if not split.train:
            raise UserError(f"Every fold needs training rows. Received: none in fold {number}. Lower backtest.n_folds.")
        datasets.append(dataset_from_split(rows, split, data_settings, design.task, design.every, calendar))
        for name, setting, windows in (
            ("validation", "val_size", datasets[-1].validation),
            ("test", "test_size", datasets[-1].test),
        ):
            if not len(windows):
                raise UserError(
                    f"Every split needs a window without a gap. Received: none in the {name} split of fold {number}. "
                    f"Raise backtest.{setting}, fill gaps (data.missing), or lower backtest.n_folds."
                )
    folds = Folds(design, tuple(datasets), tuple(each.without_past_covariates() for each in datasets))
    if np.isnan(folds.actuals()).all():
        raise UserError(
            "Test splits need actual values. Received: test splits in which every value is missing. "
            "Raise backtest.test_size."
        )
    return folds


def _row_scales(dataset: SequenceDataset, rows: RowNumbers, season: int) -> Floats:
    """Divisor of the MASE for the series of some rows, from the training rows of a fold: (rows, targets)."""
    values = dataset.filled[dataset.targets].to_numpy(np.float64)
    starts, train = series_starts(dataset.df.index), dataset.split.train
    series = np.searchsorted(starts, [each.start for each in train], side="right") - 1
    scales = error_scales(values, train, series, season)
    known = np.isin(np.arange(len(starts)), series)
    numbers = np.searchsorted(starts, rows, side="right") - 1
    return np.asarray(scales[np.where(known[numbers], numbers, -1)])
