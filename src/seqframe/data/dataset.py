"""A problem, posed: rows with all that is needed to frame them, and to read answers back onto them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqframe.config import DataSettings, TaskSettings
from seqframe.data.imputation import fill_missing
from seqframe.data.scalers import InstanceStats, Scaler, fit_scaler, instance_stats
from seqframe.data.sources import load_data
from seqframe.data.splits import Split, split_data
from seqframe.data.tables import feature_columns, future_covariate_columns, target_columns
from seqframe.data.windows import Array, Floats, Windows, make_windows, make_windows_like, take_rows
from seqframe.errors import UserError

TRAIN, TEST = "train", "test"


@dataclass(frozen=True)
class ScaledData:
    """Rows without unit.

    Attributes:
        features: Those that are read: (rows, features); the columns that are known in advance stand last.
        targets: Those that are predicted: (rows, targets).
        n_future: How many of the features are known in advance.
        target_positions: By target, its place among the features; None where it is not read.
        normalise: What windows are read relative to, as `task.instance_norm`.
    """

    features: NDArray[np.float32]
    targets: NDArray[np.float32]
    n_future: int
    target_positions: tuple[int | None, ...]
    instance_norm: str

    def window_inputs(self, windows: Windows) -> tuple[Array, InstanceStats]:
        """What is read of some windows: (windows, lookback, features), relative to the levels, which are those read.

        Columns that are known in advance are read ahead: the last of a window's rows has those of the last row to be
        predicted.
        """
        starts, own = windows.starts(), self.features.shape[1] - self.n_future
        read = take_rows(self.features, starts, windows.lookback)
        if self.n_future:
            ahead = windows.first_target + windows.steps - windows.lookback
            read[..., own:] = take_rows(self.features, starts + ahead, windows.lookback)[..., own:]
        levels = instance_stats(read, self.instance_norm, without=self.n_future)
        return (read if self.instance_norm == "none" else levels.normalize(read)), levels

    def window_targets(self, windows: Windows, levels: InstanceStats) -> Array:
        """What is to be answered to some windows: (windows, steps, targets), relative to the levels read."""
        asked = take_rows(self.targets, windows.starts() + windows.first_target, windows.steps)
        return asked if self.instance_norm == "none" else levels.select(self.target_positions).normalize(asked)


@dataclass(frozen=True)
class SequenceDataset:
    """What every framing starts from.

    Attributes:
        df: (rows, columns), physical units; NaN where a value is missing.
        filled: The same, with what is missing filled in as `data.missing` says.
        scaler: Fitted on the rows that are trained on.
        split: The runs of rows of each part that windows are cut from.
        problem: Where they come from.
        task: What is asked of the windows.
        train: Training windows.
        unseen: Those of rows that are kept from training; there may be none.
        validation: Those that training is stopped by; there may be none.
        features: The columns that are read, those known in advance last.
        targets: The columns that are predicted.
        n_future: How many of the features are known in advance.
    """

    df: pd.DataFrame
    filled: pd.DataFrame
    scaler: Scaler
    split: Split
    data_settings: DataSettings
    task: TaskSettings
    train: Windows
    test: Windows
    validation: Windows
    features: list[str]
    targets: list[str]
    n_future: int

    def splits(self) -> Iterator[tuple[str, Windows]]:
        """The windows that are scored, by their part's name, without a part that has none."""
        yield TRAIN, self.train
        if len(self.test):
            yield TEST, self.test

    def shapes(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """Of one window: (lookback, features) and (steps, targets)."""
        return (self.train.lookback, len(self.features)), (self.train.steps, len(self.targets))

    def with_task(self, task: TaskSettings) -> "SequenceDataset":
        """The same with the windows of a task.

        Windows whose last row read was interpolated are left out: rows after it were looked at.

        Raises:
            UserError: Not even one window fits into the part that is trained on, or none that is not left out.
        """
        windows = make_windows(self.split.train, task)
        parts = [
            windows,
            *(make_windows_like(part, task, windows) for part in (self.split.test, self.split.validation)),
        ]
        if self.df is not self.filled:
            guessed = self.df.isna().any(axis=1).to_numpy() & (self.data_settings.missing == "interpolate")
            parts = [part.select(np.flatnonzero(~guessed[part.origins])) for part in parts]
            if not len(parts[0]):
                raise UserError(
                    "A window must end in a row of which nothing was interpolated. Received: none in the rows trained "
                    "on that does. Set data.missing to ffill, or task.stride to 1."
                )
        return replace(self, task=task, train=parts[0], test=parts[1], validation=parts[2])

    @cached_property
    def scaled(self) -> ScaledData:
        """The rows without unit: once for all parts and framings."""
        scaled = self.scaler.scale(self.filled)
        columns = {name: place for place, name in enumerate(self.scaler.columns)}
        features, targets = (
            _columns(scaled, [columns[name] for name in each]) for each in (self.features, self.targets)
        )
        places = tuple(self.features.index(name) if name in self.features else None for name in self.targets)
        return ScaledData(features, targets, self.n_future, places, self.task.instance_norm)

    def restore(self, relative: NDArray[Any], windows: Windows) -> Floats:
        """(windows, steps, targets) relative to the windows' levels -> the same in physical units."""
        if self.task.instance_norm != "none":
            _, levels = self.scaled.window_inputs(windows)
            relative = levels.select(self.scaled.target_positions).denormalize(relative)
        return self.scaler.unscale(relative, self.targets, self._groups(windows))

    def window_scale(self, windows: Windows) -> Floats:
        """In what unit the errors of each window count alike: (windows, 1, targets), physical units."""
        levels = [self.scaled.window_inputs(some)[1].select(self.scaled.target_positions) for some in windows.batches()]
        spread = np.concatenate([each.scale for each in levels])
        origin = np.zeros_like(spread)
        groups = self._groups(windows)
        return self.scaler.unscale(spread, self.targets, groups) - self.scaler.unscale(origin, self.targets, groups)

    def actuals(self, windows: Windows) -> Floats:
        """What was to be predicted: (windows, steps, targets), physical units; NaN where it is not known."""
        return take_rows(self._targets(self.df), windows.starts() + windows.first_target, windows.steps)

    def past_targets(self, windows: Windows) -> Floats:
        """The targets in the rows that are read: (windows, lookback, targets), physical units."""
        return take_rows(self._targets(self.filled), windows.starts(), windows.lookback)

    def _targets(self, rows: pd.DataFrame) -> Floats:
        values: Floats = rows[self.targets].to_numpy(np.float64)
        return values

    def _groups(self, windows: Windows) -> NDArray[np.intp]:
        return self.scaler.groups(self.df.index)[windows.starts()]


def _columns(values: NDArray[np.float32], chosen: list[int]) -> NDArray[np.float32]:
    """Some columns; the array itself, and no copy of it, where all are chosen in their order."""
    return values if chosen == list(range(values.shape[1])) else np.ascontiguousarray(values[:, chosen])


# From rows to a problem, posed: filled in, scaled and cut part by part; what is fitted sees the training part.


def make_dataset(data_settings: DataSettings, task: TaskSettings) -> SequenceDataset:
    """Go all the way from the settings: rows, split, scaler, windows."""
    rows = load_data(data_settings)
    return dataset_from_split(rows, split_data(rows, data_settings), data_settings, task)


def dataset_from_split(
    df: pd.DataFrame, split: Split, data_settings: DataSettings, task: TaskSettings
) -> SequenceDataset:
    """Pose a problem on the parts of a split: what is fitted sees the training part alone.

    Raises:
        UserError: Not even one window fits into the training part, or a column of it is constant.
    """
    read, runs = df, [split.train, split.validation, split.test]
    for number, part in enumerate(runs):
        read, runs[number] = fill_missing(read, part, data_settings.missing)
    training, validation, test = runs
    if not training:
        raise UserError(
            f"Every column needs a value in the rows trained on, to fill in others from. Received: {len(df)} rows, "
            "and none of them to train on. Leave out the column that is empty there."
        )
    available, empty = list(df.columns), Windows((), 0, 0, 0)
    dataset = SequenceDataset(
        df=df,
        filled=read,
        scaler=fit_scaler(read, training, data_settings),
        split=Split(training, test, validation),
        data_settings=data_settings,
        task=task,
        train=empty,
        test=empty,
        validation=empty,
        features=feature_columns(data_settings, available),
        targets=target_columns(data_settings, available),
        n_future=len(future_covariate_columns(data_settings)),
    )
    return dataset.with_task(task)
