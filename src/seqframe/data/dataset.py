"""The dataset that all framings share: data frame, split, scaler and windows."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd
from einops import rearrange
from numpy.typing import NDArray

from seqframe.config import DataSettings, TaskSettings
from seqframe.data.bounds import clip_to_bounds
from seqframe.data.calendar import calendar_features, calendar_steps
from seqframe.data.columns import (
    as_list,
    encoded_columns,
    feature_columns,
    future_covariate_columns,
    target_columns,
)
from seqframe.data.forecast_times import thin_windows
from seqframe.data.imputation import fill_missing
from seqframe.data.instance_norm import InstanceStats, instance_stats, running_input_stats, running_stats
from seqframe.data.scalers import Scaler, fit_scaler
from seqframe.data.sources import load_data
from seqframe.data.splits import RowRanges, Split, find_segments, join_adjacent, split_data
from seqframe.data.time_index import Frequency, infer_frequency, row_steps
from seqframe.data.transforms import IDENTITY, Transform, fit_transform
from seqframe.data.windows import Array, Floats, Windows, find_ranges, make_windows, make_windows_like, take_rows
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
        deviations: Standard deviation of each feature in the training rows, scaled units: (features,).
        running: Whether a target may only be normalized by the rows before it, since targets overlap the inputs.
        independent: Whether each target is predicted from its own past alone, as a sample of its own.
    """

    features: NDArray[np.float32]
    targets: NDArray[np.float32]
    n_future: int
    target_positions: tuple[int | None, ...]
    instance_norm: str
    deviations: NDArray[np.float32]
    running: bool = False
    independent: bool = False

    @property
    def n_channels(self) -> int:
        """Number of samples that one window is for a network that reads whole windows."""
        return self.targets.shape[1] if self.independent else 1

    def split_inputs(self, inputs: Array) -> Array:
        """Inputs (windows, lookback, features) -> one sample per window, or one per target with its own past.

        Features that are no targets are inputs of every target: (windows * targets, lookback, 1 + others).
        """
        if not self.independent:
            return inputs
        positions = [position for position in self.target_positions if position is not None]
        others = [column for column in range(inputs.shape[2]) if column not in positions]
        own = rearrange(inputs[..., positions], "b t c -> (b c) t 1")
        return np.concatenate([own, inputs[..., others].repeat(self.n_channels, axis=0)], axis=2)

    def split_targets(self, targets: Array) -> Array:
        """Targets (windows, steps, targets) -> (windows * targets, steps, 1) if channels are independent."""
        return rearrange(targets, "b t c -> (b c) t 1") if self.independent else targets

    def merge_targets(self, targets: Array) -> Array:
        """Inverse of `split_targets`."""
        return rearrange(targets, "(b c) t 1 -> b t c", c=self.n_channels) if self.independent else targets

    def window_inputs(self, windows: Windows) -> tuple[Array, InstanceStats]:
        """Inputs of the given windows (windows, lookback, features), instance-normalized, and their statistics.

        The statistics normalize the targets: (windows, 1, features), or (windows, lookback, features) if `running`.
        """
        inputs = self.raw_inputs(windows)
        if self.running:
            return self.normalize_running(inputs)
        stats = instance_stats(inputs, self.instance_norm, self.n_future, self.deviations)
        return (inputs if self.instance_norm == "none" else stats.normalize(inputs)), stats

    def normalize_running(self, inputs: Array) -> tuple[Array, InstanceStats]:
        """Inputs (windows, lookback, features), normalized by the rows read so far, and the statistics of targets."""
        stats = running_stats(inputs, self.instance_norm, self.n_future, self.deviations)
        if self.instance_norm == "none":
            return inputs, stats
        return running_input_stats(stats, self.instance_norm).normalize(inputs), stats

    def raw_inputs(self, windows: Windows) -> Array:
        """Inputs of the given windows (windows, lookback, features), not instance-normalized.

        Future covariates are shifted: the last input row has their values in the last target row.
        """
        starts, n_past = windows.starts(), self.features.shape[1] - self.n_future
        inputs = take_rows(self.features, starts, windows.lookback)
        if self.n_future:
            shift = windows.first_target + windows.steps - windows.lookback
            inputs[..., n_past:] = take_rows(self.features, starts + shift, windows.lookback)[..., n_past:]
        return inputs

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
        n_future: Number of future covariates, with calendar features.
        n_calendar: Number of calendar features, which are the last features.
        deviations: Standard deviation of each feature in the training rows, scaled units: (features,).
        transform: Transform of the targets, fitted on the training rows.
        histories: Consecutive rows of one series without a gap, across all parts: the rows that inputs may lie in.
        frequency: Frequency of the rows, if it is known and they may be too few to show it.
        every: One in this many forecast times has test and validation windows.
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
    n_calendar: int
    deviations: NDArray[np.float32]
    transform: Transform = IDENTITY
    histories: RowRanges = ()
    frequency: Frequency | None = None
    every: int = 1

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
        """Shapes of one window: (lookback, features) and (steps, targets); of one target for independent channels."""
        features, targets = sample_columns(self.task, len(self.features), len(self.targets))
        return (self.train.lookback, features), (self.train.steps, targets)

    def with_task(self, task: TaskSettings) -> "SequenceDataset":
        """The dataset with the windows of another task.

        Windows whose last input row is interpolated are dropped, since interpolation uses later rows.

        Raises:
            UserError: No window fits into the training rows, or all of them are dropped.
        """
        train = make_windows(self.split.train, task)
        later = [self.split.test, self.split.validation]
        histories = [rows[self.transform.lag :] for rows in self.histories]  # rows with a difference
        parts = [train, *(make_windows_like(part, task, train, histories) for part in later)]
        if self.df is not self.filled:
            interpolated = self.df.isna().any(axis=1).to_numpy() & (self.data_settings.missing == "interpolate")
            parts = [part.select(np.flatnonzero(~interpolated[part.origins])) for part in parts]
            if not len(parts[0]):
                raise UserError(
                    "A window must end in a row without interpolated values. Received: no such window in the training "
                    "rows. Set data.missing=ffill, or task.stride=1."
                )
        if self.every > 1:
            times = row_steps(self.df.index)
            parts[1:] = [thin_windows(part, times, self.every) for part in parts[1:]]
        return replace(self, task=task, train=parts[0], test=parts[1], validation=parts[2])

    def with_norm(self, kind: str | None) -> "SequenceDataset":
        """The dataset with another instance normalization; itself if there is none."""
        if kind in (None, self.task.instance_norm):
            return self
        return replace(self, task=self.task.model_copy(update={"instance_norm": kind}))

    def without_past_covariates(self) -> "SequenceDataset":
        """The dataset that recursive forecasts read; itself if there are no past covariates."""
        unused = encoded_columns(as_list(self.data_settings.past_covariates), self.data_settings)
        used = [position for position, name in enumerate(self.features) if name not in unused]
        if len(used) == len(self.features):
            return self
        features = [self.features[position] for position in used]
        return replace(self, features=features, deviations=self.deviations[used])

    @cached_property
    def scaled(self) -> ScaledData:
        """Scaled rows, computed once for all splits and framings."""
        scaled = self.scaler.scale(self.transform.apply(self.filled, self.histories))
        positions = {name: position for position, name in enumerate(self.scaler.columns)}
        features, targets = (
            _select_columns(scaled, [positions[name] for name in names]) for names in (self.features, self.targets)
        )
        target_positions = tuple(self.features.index(name) if name in self.features else None for name in self.targets)
        return ScaledData(
            features,
            targets,
            self.n_future,
            target_positions,
            self.task.instance_norm,
            self.deviations,
            running=self.task.kind == "next_step",
            independent=self.task.channels == "independent",
        )

    def restore(self, normalized: NDArray[Any], windows: Windows) -> Floats:
        """Instance-normalized targets (windows, steps, targets) of the given windows -> the same in physical units.

        They are clipped to the bounds of the targets.
        """
        if self.task.instance_norm != "none":
            _, stats = self.scaled.window_inputs(windows)
            normalized = stats.select(self.scaled.target_positions).denormalize(normalized)
        return self.unscale(normalized, windows)

    def unscale(self, scaled: NDArray[Any], windows: Windows) -> Floats:
        """Scaled targets (windows, steps, targets) -> physical units, clipped to the bounds of the targets.

        A series that is constant in its training rows and in the input rows of a window is forecast as that constant.
        """
        values = self.scaler.unscale(self._hold_constants(scaled, windows), self.targets, self._groups(windows))
        lag = self.transform.lag
        past = take_rows(self._target_values(self.filled), windows.origins + 1 - lag, lag) if lag else values[:, :0]
        return clip_to_bounds(self.transform.invert(values, past, self.task.gap), self.data_settings)

    def window_scale(self, windows: Windows) -> Floats:
        """Scale of the errors of each window: (windows, 1, targets), physical units."""
        batches = [
            self.scaled.window_inputs(batch)[1].select(self.scaled.target_positions) for batch in windows.batches()
        ]
        scale = np.concatenate([stats.scale for stats in batches])
        zero = np.zeros_like(scale)
        groups = self._groups(windows)
        span = self.scaler.unscale(scale, self.targets, groups) - self.scaler.unscale(zero, self.targets, groups)
        return span * self.transform.slope(self.past_targets(windows)) if self.transform.floor else span

    def actuals(self, windows: Windows, targets: slice = slice(None)) -> Floats:
        """Actual values of the target rows: (windows, steps, targets), physical units; NaN for missing values.

        `targets` are some of the targets, by their positions.
        """
        values = self._target_values(self.df)[:, targets]
        return take_rows(values, windows.starts() + windows.first_target, windows.steps)

    def past_targets(self, windows: Windows) -> Floats:
        """Targets in the input rows: (windows, lookback, targets), physical units, imputed."""
        return take_rows(self._target_values(self.filled), windows.starts(), windows.lookback)

    def _target_values(self, df: pd.DataFrame) -> Floats:
        values: Floats = df[self.targets].to_numpy(np.float64)
        return values

    def _hold_constants(self, scaled: NDArray[Any], windows: Windows) -> NDArray[Any]:
        """Scaled targets (windows, steps, targets) with 0, the scaled constant, where a series stays constant."""
        positions = [self.scaler.columns.index(name) for name in self.targets]
        if not (self.forecasts_a_table and self.scaler.constant_[:, positions].any()):
            return scaled
        constant = self.scaler.constant_[self._groups(windows)][:, positions]  # (windows, targets)
        numbers = np.flatnonzero(constant.any(axis=1))
        inputs = take_rows(self.scaled.targets, windows.starts()[numbers], windows.lookback)
        held = constant[numbers] & (inputs == 0).all(axis=1)
        scaled = np.array(scaled)
        scaled[numbers] = np.where(held[:, None], 0, scaled[numbers])
        return scaled

    @cached_property
    def _row_groups(self) -> NDArray[np.intp]:
        """Position of the scale of each row: (rows,)."""
        return self.scaler.groups(self.df.index)

    def _groups(self, windows: Windows) -> NDArray[np.intp]:
        """Position of the scale of each window: (windows,)."""
        return self._row_groups[windows.starts()]


def sample_columns(task: TaskSettings, features: int, targets: int) -> tuple[int, int]:
    """Numbers of input and target columns of one sample, which has one target if channels are independent."""
    return (features - targets + 1, 1) if task.channels == "independent" else (features, targets)


def _select_columns(values: NDArray[np.float32], selected: list[int]) -> NDArray[np.float32]:
    """Some columns, in the given order; the array itself without a copy if that is all columns in order."""
    return values if selected == list(range(values.shape[1])) else np.ascontiguousarray(values[:, selected])


def make_dataset(data_settings: DataSettings, task: TaskSettings) -> SequenceDataset:
    """Load the data, split it, and make the dataset."""
    df = load_data(data_settings).df
    return dataset_from_split(df, split_data(df, data_settings), data_settings, task)


def dataset_from_split(
    df: pd.DataFrame,
    split: Split,
    data_settings: DataSettings,
    task: TaskSettings,
    every: int = 1,
    calendar: pd.DataFrame | None = None,
) -> SequenceDataset:
    """Make a dataset from split data (rows, columns). Everything that is fitted uses training rows only.

    One in `every` forecast times has test and validation windows. `calendar` are the calendar features of the rows, if
    they are computed already.

    Raises:
        UserError: A column is empty in the training rows, or no window fits into them.
    """
    available = list(df.columns)
    features, targets = feature_columns(data_settings, available), target_columns(data_settings, available)
    df, empty = df[list(dict.fromkeys([*features, *targets]))], Windows((), 0, 0, 0)
    parts = chain(split.train, split.validation, split.test, split.skipped)
    joined = join_adjacent(parts, starts={rows.start for rows in find_segments(df).ranges})
    filled, split = _fill_split(df, split, data_settings)
    filled, histories = fill_missing(filled, joined, "ffill")  # at the edges of splits, for inputs only
    transform = _fit_transform(filled, split.train, targets, data_settings, task)
    split = _skip_rows(split, histories, transform.lag)
    calendar = calendar_of(df, data_settings) if calendar is None else calendar
    if calendar is not None:
        df, filled = _join_columns(df, filled, calendar)
        features = features + list(calendar.columns)
    transformed = transform.apply(filled, histories)
    scaler = fit_scaler(transformed, split.train, data_settings)
    dataset = SequenceDataset(
        df=df,
        filled=filled,
        scaler=scaler,
        split=split,
        data_settings=data_settings,
        task=task,
        train=empty,
        test=empty,
        validation=empty,
        features=features,
        targets=targets,
        n_future=len(future_covariate_columns(data_settings)) + (0 if calendar is None else calendar.shape[1]),
        n_calendar=0 if calendar is None else calendar.shape[1],
        deviations=_deviations(scaler, transformed, split.train, features),
        transform=transform,
        histories=histories,
        every=every,
    )
    return dataset.with_task(task)


def _fill_split(df: pd.DataFrame, split: Split, data_settings: DataSettings) -> tuple[pd.DataFrame, Split]:
    """The data with missing values filled part by part, and the rows of each part that could be filled.

    Raises:
        UserError: No training row could.
    """
    filled, parts = df, [split.train, split.test, split.validation, split.skipped]
    for number, part in enumerate(parts):
        filled, parts[number] = fill_missing(filled, part, data_settings.missing)
    if not parts[0]:
        raise UserError(
            f"Every column needs a value in the training rows, from which missing values are filled. "
            f"Received: {len(df)} rows, and no training row after imputation. Remove the column that is empty there."
        )
    return filled, Split(*parts)


def _fit_transform(
    filled: pd.DataFrame, train: RowRanges, targets: list[str], data_settings: DataSettings, task: TaskSettings
) -> Transform:
    """The transform of the targets; forecasts of tables alone have one."""
    if not (data_settings.is_table and task.kind == "forecast"):
        return IDENTITY
    season, ahead = (*data_settings.seasons, 1)[0], task.gap + (task.horizon or 0)
    return fit_transform(data_settings.transform, filled, train, targets, season, ahead, task.gap)


def _skip_rows(split: Split, histories: RowRanges, lag: int) -> Split:
    """The split without the first `lag` rows of every history, which have no difference."""
    if not lag:
        return split

    def skip(parts: RowRanges) -> RowRanges:
        later = (
            range(max(part.start, history.start + lag), part.stop)
            for part, history in zip(parts, find_ranges(histories, parts), strict=True)
            if history is not None
        )
        return tuple(rows for rows in later if rows)

    return Split(skip(split.train), skip(split.test), skip(split.validation), skip(split.skipped))


def calendar_of(df: pd.DataFrame, data_settings: DataSettings) -> pd.DataFrame | None:
    """Calendar features (rows, features); None if there are none."""
    frequency = infer_frequency(df.index) if data_settings.calendar == "season" and data_settings.seasons else None
    steps = None if frequency is None else calendar_steps(df.index, frequency)
    return None if frequency is None or steps is None else calendar_features(steps, data_settings.seasons, df.index)


def _join_columns(df: pd.DataFrame, filled: pd.DataFrame, calendar: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Both data frames with the calendar features; they stay one and the same if no value is missing."""
    joined = pd.concat([df, calendar], axis=1)
    return joined, joined if filled is df else pd.concat([filled, calendar], axis=1)


def _deviations(scaler: Scaler, df: pd.DataFrame, train: RowRanges, features: list[str]) -> NDArray[np.float32]:
    """Standard deviation of each feature in the training rows, scaled units: (features,); 1 for a constant one."""
    scaled = scaler.scale(df)

    def deviation(column: int) -> float:  # one column after the other, since a table may be long
        values = np.concatenate([scaled[part.start : part.stop, column] for part in train])
        return float(values.std(dtype=np.float64)) or 1.0

    return np.array([deviation(scaler.columns.index(name)) for name in features], np.float32)
