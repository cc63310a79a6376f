"""Design of a backtest: lookback, horizon, folds and split sizes, inferred where the settings leave them open."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import product

import pandas as pd

from seqframe.config import BacktestSettings, DataSettings, TaskSettings
from seqframe.data.seasonality import Seasonality
from seqframe.data.splits import Segments, find_segments, split_folds
from seqframe.data.table_seasons import find_table_seasons
from seqframe.errors import UserError
from seqframe.forecasting.intervals import min_calibration_origins

MAX_TRAIN_SHARE = 0.58  # share of the rows before the first test split: they may be inspected before the split
MAX_FOLDS = 3
SPLIT_DIVISOR = 8  # a split is an eighth of the rows, or as many as its forecasts need
TEST_HORIZONS = (3, 1)  # forecast origins of a test split, in horizons; the second where the first does not fit
MAX_LOOKBACK = 208  # rows of an inferred lookback: four years of weeks
DEFAULT_LENGTHS = (24, 6)  # lookback and horizon without seasonality
MIN_LENGTHS = (8, 2)  # the same for a short series


@dataclass(frozen=True)
class BacktestConfig:
    """A backtest with all its numbers.

    Attributes:
        task: The task, with lookback and horizon.
        season: Seasonal period of the first target, in rows; 1 where none was found.
        n_folds: Number of folds.
        val_size: Rows of a validation split.
        test_size: Rows of a test split.
        embargo: Rows skipped between the splits.
        interval_level: Nominal coverage of the prediction intervals.
        reasons: One sentence for each group of inferred numbers.
    """

    task: TaskSettings
    season: int
    n_folds: int
    val_size: int
    test_size: int
    embargo: int
    interval_level: float
    reasons: tuple[str, ...]


def design_backtest(
    rows: pd.DataFrame, data_settings: DataSettings, task: TaskSettings, settings: BacktestSettings
) -> BacktestConfig:
    """Infer what the settings leave open, from the oldest rows and the number of rows.

    Raises:
        UserError: A window does not fit into every split.
    """
    time = find_segments(rows)
    length = time.end - time.first
    found = _find_season(rows, time, data_settings, _inspected_rows(length, settings))
    lengths = list(_candidate_lengths(task, found))
    season = found.period if found else 1
    designs = [design for each in lengths for design in _feasible_designs(task, each, season, length, settings)]
    if not designs:
        raise UserError(too_short_message(_with_lengths(task, lengths[-1]), length, settings))
    design = next(filter(partial(_fits, time), designs), designs[0])  # if gaps leave none, make_folds raises
    reasons = explain_design((task, design.task), settings, found, (design.n_folds, *_first_fold(design, length)))
    return replace(design, reasons=tuple(reasons))


def _find_season(rows: pd.DataFrame, time: Segments, data_settings: DataSettings, inspected: int) -> Seasonality | None:
    """Shortest season of the first target in the oldest rows."""
    seasons = find_table_seasons(rows, time.between(time.first, time.first + inspected), data_settings)
    return seasons[0] if seasons else None


def _inspected_rows(length: int, settings: BacktestSettings) -> int:
    """Number of the oldest rows that are before every test split."""
    if settings.n_folds is None or settings.test_size is None:
        return int(MAX_TRAIN_SHARE * length)
    before_tests = length - settings.n_folds * settings.test_size - settings.embargo
    return max(0, min(int(MAX_TRAIN_SHARE * length), before_tests))


def _candidate_lengths(task: TaskSettings, season: Seasonality | None) -> Iterator[tuple[int, int]]:
    """Lookback and horizon, the preferred lengths first, then shorter ones; lengths in the settings are fixed."""
    period = season.period if season else 0
    seasonal = [(min(2 * period, max(period, MAX_LOOKBACK)), period), (period, period), (period, (period + 1) // 2)]
    for lookback, horizon in [*(seasonal if period else []), DEFAULT_LENGTHS, MIN_LENGTHS, (2, 1)]:
        yield task.lookback or lookback, task.horizon or horizon


def _feasible_designs(
    task: TaskSettings, lengths: tuple[int, int], season: int, length: int, settings: BacktestSettings
) -> Iterator[BacktestConfig]:
    """Designs with these lengths that fit into the series, the preferred one first."""
    resolved, inspected = _with_lengths(task, lengths), _inspected_rows(length, settings)
    n_folds = [settings.n_folds] if settings.n_folds else list(range(MAX_FOLDS, 0, -1))
    for horizons, folds in product(TEST_HORIZONS, n_folds):
        validation, test = _split_sizes(resolved, length, settings, horizons, folds)
        design = BacktestConfig(
            resolved, season, folds, validation, test, settings.embargo, settings.interval_level, ()
        )
        before_tests = length - folds * test - settings.embargo
        if min(_first_fold(design, length)) >= window_length(resolved) and before_tests >= inspected:
            yield design


def _with_lengths(task: TaskSettings, lengths: tuple[int, int]) -> TaskSettings:
    return task.model_copy(update=dict(zip(("lookback", "horizon"), lengths, strict=True)))


def _split_sizes(
    task: TaskSettings, length: int, settings: BacktestSettings, horizons: int, folds: int
) -> tuple[int, int]:
    """Rows of a validation and of a test split: an eighth, or enough for the forecasts that calibrate and score.

    With many folds they are smaller than an eighth. Windows overlap, so origins are counted in horizons.
    """
    horizon = task.horizon or 0
    calibration = max(horizon, (min_calibration_origins(settings.interval_level) - 1) * task.stride + 1)
    scored = horizons * max(horizon, task.stride)
    least = min(length // SPLIT_DIVISOR, int((1 - MAX_TRAIN_SHARE) * length) // folds)
    validation, test = (max(window_length(task) + origins - 1, least) for origins in (calibration, scored))
    return settings.val_size or validation, settings.test_size or test


def _first_fold(design: BacktestConfig, length: int) -> tuple[int, int, int]:
    """Rows of the training, validation and test split of the first fold, in a series of `length` rows."""
    train = length - design.n_folds * design.test_size - design.val_size - 2 * design.embargo
    return train, design.val_size, design.test_size


def _fits(time: Segments, design: BacktestConfig) -> bool:
    """Whether every split has a window without a gap."""
    folds = split_folds(time, design.n_folds, design.val_size, design.test_size, design.embargo)
    splits = [split for fold in folds for split in (fold.train, fold.validation, fold.test)]
    return all(max(map(len, split), default=0) >= window_length(design.task) for split in splits)


def window_length(task: TaskSettings) -> int:
    """Rows of a window: lookback, gap and horizon."""
    return (task.lookback or 0) + task.gap + (task.horizon or 0)


def too_short_message(task: TaskSettings, length: int, settings: BacktestSettings) -> str:
    """Error message where no window fits; it names the setting that is too small or too large."""
    window = f"lookback={task.lookback}, gap={task.gap}, horizon={task.horizon}"
    for name in ("test_size", "val_size"):
        rows = getattr(settings, name)
        if rows is not None and rows < window_length(task):
            return (
                f"`backtest.{name}` must be at least `task.lookback` + `task.gap` + `task.horizon` rows. "
                f"Received: {name}={rows}, {window}. Raise backtest.{name}, or shorten the windows."
            )
    names = ("n_folds", "val_size", "test_size", "embargo")
    given = {name: getattr(settings, name) for name in names if getattr(settings, name)}
    received = "".join(f", {name}={rows}" for name, rows in given.items())
    lower = f"lower {', '.join(f'backtest.{name}' for name in given)}, " if given else ""
    return (
        "Each of the training, validation and test splits must fit a window of `task.lookback` + `task.gap` + "
        "`task.horizon` rows, and enough forecasts to calibrate and score. "
        f"Received: a series of {length} rows, {window}{received}. "
        f"Use a longer series, {lower}or shorten the windows."
    )


def explain_design(
    tasks: tuple[TaskSettings, TaskSettings],
    settings: BacktestSettings,
    season: Seasonality | None,
    sizes: tuple[int, int, int, int],
) -> Iterator[str]:
    """One sentence for each group of inferred numbers.

    `tasks` are the task of the settings and the resolved one; `sizes` are the number of folds, and the rows of the
    training, validation and test split of the first fold.
    """
    inspected = f"first {MAX_TRAIN_SHARE:.0%} of the data"
    reason = (
        f"from seasonality {season.period} (ACF {season.strength:.2f}; {inspected})"
        if season
        else f"without seasonality (none found in the {inspected})"
    )
    task, resolved = tasks
    inferred = {name: getattr(resolved, name) for name in ("lookback", "horizon") if getattr(task, name) is None}
    if inferred:
        yield f"Inferred {', '.join(f'{name}={value}' for name, value in inferred.items())} {reason}."
    if None in (settings.n_folds, settings.val_size, settings.test_size):
        folds, train, validation, test = sizes
        rows = f"train {train} rows, validation {validation} rows (early stopping, intervals), test {test} rows"
        if folds == 1:
            yield f"Inferred splits: 1 fold, {rows}."
        else:
            first = f"First fold: {rows}; later folds train on all earlier rows."
            yield f"Inferred splits: {folds} folds, expanding window. {first}"
