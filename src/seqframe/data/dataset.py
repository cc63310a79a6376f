"""The dataset that all framings share: data frame, split, scaler and windows."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqframe.config import DataSettings, TaskSettings
from seqframe.data.bounds import clip_to_bounds
from seqframe.data.columns import feature_columns, future_covariate_columns, target_columns
from seqframe.data.imputation import fill_missing
from seqframe.data.instance_norm import InstanceStats, instance_stats
from seqframe.data.scalers import Scaler, fit_scaler
from seqframe.data.sources import load_data
from seqframe.data.splits import Split, split_data
from seqframe.data.windows import Array, Floats, Windows, make_windows, make_windows_like, take_rows
from seqframe.errors import UserError

TRAIN, TEST = "train", "test"  # names of the splits that are scored


@dataclass(frozen=True)
class ScaledData:
    """Scaled rows, float32.

    Attributes:
        features: Inputs (rows, features); future covariates are the last columns.
        targets: Targets (rows, targets).
        n_future: Number of future covariates.
        target_positions: Position of each target among the features; None if it is not an input.
        instance_norm: Instance normalization, as `task.instance_norm`.
    """

    features: NDArray[np.float32]
    targets: NDArray[np.float32]
    n_future: int
    target_positions: tuple[int | None, ...]
    instance_norm: str

    def window_inputs(self, windows: Windows) -> tuple[Array, InstanceStats]:
        """Inputs of the given windows (windows, lookback, features), instance-normalized, and their statistics.

        Future covariates are shifted: the last input row has their values in the last target row.
        """
        starts, n_past = windows.starts(), self.features.shape[1] - self.n_future
        inputs = take_rows(self.features, starts, windows.lookback)
        if self.n_future:
            shift = windows.first_target + windows.steps - windows.lookback
            inputs[..., n_past:] = take_rows(self.features, starts + shift, windows.lookback)[..., n_past:]
        stats = instance_stats(inputs, self.instance_norm, self.n_future)
        return (inputs if self.instance_norm == "none" else stats.normalize(inputs)), stats

    def window_targets(self, windows: Windows, stats: InstanceStats) -> Array:
        """Targets of the given windows (windows, steps, targets), normalized with the statistics of their inputs."""
        targets = take_rows(self.targets, windows.starts() + windows.first_target, windows.steps)
        return targets if self.instance_norm == "none" else stats.select(self.target_positions).normalize(targets)


@dataclass(frozen=True)
class SequenceDataset:
    """A prediction problem: the data with its split, scaler and windows. All framings start from it.

    Attributes:
        df: Data frame (rows, columns), physical units; NaN for missing values.
        filled: The same with missing values imputed as `data.missing` says.
        scaler: Scaler, fitted on the training rows.
        split: Segments of rows of each part, from which windows are made.
        data_settings: Source of the data.
        task: The prediction task.
        train: Training windows.
        test: Test windows; may be empty.
        validation: Validation windows for early stopping; may be empty.
        features: Input columns; future covariates are the last ones.
        targets: Columns to predict.
        n_future: Number of future covariates.
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

    @property
    def forecasts_a_table(self) -> bool:
        """Whether rows of a table are forecast, which is evaluated in a backtest."""
        return self.data_settings.is_table and self.task.kind == "forecast"

    def splits(self) -> Iterator[tuple[str, Windows]]:
        """Name and windows of each split that is scored; an empty one is skipped."""
        yield TRAIN, self.train
        if len(self.test):
            yield TEST, self.test

    def shapes(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """Shapes of one window: (lookback, features) and (steps, targets)."""
        return (self.train.lookback, len(self.features)), (self.train.steps, len(self.targets))

    def with_task(self, task: TaskSettings) -> "SequenceDataset":
        """The dataset with the windows of another task.

        Windows whose last input row is interpolated are dropped, since interpolation uses later rows.

        Raises:
            UserError: No window fits into the training rows, or all of them are dropped.
        """
        train = make_windows(self.split.train, task)
        parts = [train, *(make_windows_like(part, task, train) for part in (self.split.test, self.split.validation))]
        if self.df is not self.filled:
            interpolated = self.df.isna().any(axis=1).to_numpy() & (self.data_settings.missing == "interpolate")
            parts = [part.select(np.flatnonzero(~interpolated[part.origins])) for part in parts]
            if not len(parts[0]):
                raise UserError(
                    "A window must end in a row without interpolated values. Received: no such window in the training "
                    "rows. Set data.missing=ffill, or task.stride=1."
                )
        return replace(self, task=task, train=parts[0], test=parts[1], validation=parts[2])

    @cached_property
    def scaled(self) -> ScaledData:
        """Scaled rows, computed once for all splits and framings."""
        scaled = self.scaler.scale(self.filled)
        positions = {name: position for position, name in enumerate(self.scaler.columns)}
        features, targets = (
            _select_columns(scaled, [positions[name] for name in names]) for names in (self.features, self.targets)
        )
        target_positions = tuple(self.features.index(name) if name in self.features else None for name in self.targets)
        return ScaledData(features, targets, self.n_future, target_positions, self.task.instance_norm)

    def restore(self, normalized: NDArray[Any], windows: Windows) -> Floats:
        """Instance-normalized targets (windows, steps, targets) of the given windows -> the same in physical units.

        They are clipped to the bounds of the targets.
        """
        if self.task.instance_norm != "none":
            _, stats = self.scaled.window_inputs(windows)
            normalized = stats.select(self.scaled.target_positions).denormalize(normalized)
        values = self.scaler.unscale(normalized, self.targets, self._groups(windows))
        return clip_to_bounds(values, self.data_settings)

    def window_scale(self, windows: Windows) -> Floats:
        """Scale of the errors of each window: (windows, 1, targets), physical units."""
        batches = [
            self.scaled.window_inputs(batch)[1].select(self.scaled.target_positions) for batch in windows.batches()
        ]
        scale = np.concatenate([stats.scale for stats in batches])
        zero = np.zeros_like(scale)
        groups = self._groups(windows)
        return self.scaler.unscale(scale, self.targets, groups) - self.scaler.unscale(zero, self.targets, groups)

    def actuals(self, windows: Windows) -> Floats:
        """Actual values of the target rows: (windows, steps, targets), physical units; NaN for missing values."""
        return take_rows(self._target_values(self.df), windows.starts() + windows.first_target, windows.steps)

    def past_targets(self, windows: Windows) -> Floats:
        """Targets in the input rows: (windows, lookback, targets), physical units, imputed."""
        return take_rows(self._target_values(self.filled), windows.starts(), windows.lookback)

    def _target_values(self, df: pd.DataFrame) -> Floats:
        values: Floats = df[self.targets].to_numpy(np.float64)
        return values

    def _groups(self, windows: Windows) -> NDArray[np.intp]:
        """Position of the scale of each window: (windows,)."""
        return self.scaler.groups(self.df.index)[windows.starts()]


def _select_columns(values: NDArray[np.float32], selected: list[int]) -> NDArray[np.float32]:
    """Some columns, in the given order; the array itself without a copy if that is all columns in order."""
    return values if selected == list(range(values.shape[1])) else np.ascontiguousarray(values[:, selected])


def make_dataset(data_settings: DataSettings, task: TaskSettings) -> SequenceDataset:
    """Load the data, split it, and make the dataset."""
    df = load_data(data_settings)
    return dataset_from_split(df, split_data(df, data_settings), data_settings, task)


def dataset_from_split(
    df: pd.DataFrame, split: Split, data_settings: DataSettings, task: TaskSettings
) -> SequenceDataset:
    """Make a dataset from split data (rows, columns). Everything that is fitted uses training rows only.

    Raises:
        UserError: A column is empty or constant in the training rows, or no window fits into them.
    """
    filled, parts = df, [split.train, split.validation, split.test]
    for number, part in enumerate(parts):
        filled, parts[number] = fill_missing(filled, part, data_settings.missing)
    train, validation, test = parts
    if not train:
        raise UserError(
            f"Every column needs a value in the training rows, from which missing values are filled. "
            f"Received: {len(df)} rows, and no training row after imputation. Remove the column that is empty there."
        )
    available, empty = list(df.columns), Windows((), 0, 0, 0)
    dataset = SequenceDataset(
        df=df,
        filled=filled,
        scaler=fit_scaler(filled, train, data_settings),
        split=Split(train, test, validation),
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
