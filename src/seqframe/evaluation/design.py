"""What a table is asked, where the settings leave it open: lookback, horizon, folds, and the sizes of their parts."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import product

import pandas as pd

from seqframe.config import BacktestSettings, DataSettings, TaskSettings
from seqframe.data.imputation import fill_missing
from seqframe.data.seasonality import Seasonality, find_seasonality
from seqframe.data.splits import Segments, find_segments, split_folds
from seqframe.data.columns import target_columns
from seqframe.errors import UserError
from seqframe.forecasting.intervals import min_calibration_origins

# Where the numbers of a backtest come from, in sentences; or why there are none, in one.

MAX_TRAIN_SHARE = 0.58  # of the rows lie before the first test part, so that they may be looked at before the split


def window_length(task: TaskSettings) -> int:
    """The rows of a window, those read and those predicted."""
    return (task.lookback or 0) + task.gap + (task.horizon or 0)


def too_short_message(task: TaskSettings, length: int, asked: BacktestSettings) -> str:
    """Why no window fits, naming the setting that is too small or too large, or else the series."""
    window = f"lookback={task.lookback}, gap={task.gap}, horizon={task.horizon}"
    parts = "training, validation and test parts"
    for name in ("test_size", "val_size"):
        rows = getattr(asked, name)
        if rows is not None and rows < window_length(task):
            return (
                f"`backtest.{name}` must hold a window of `task.lookback` + `task.gap` + `task.horizon` rows. "
                f"Received: {name}={rows}, {window}."
            )
    given = {
        name: getattr(asked, name) for name in ("n_folds", "val_size", "test_size", "embargo") if getattr(asked, name)
    }
    received = "".join(f", {name}={rows}" for name, rows in given.items())
    lower = f"lower {', '.join(f'backtest.{name}' for name in given)}, " if given else ""
    return (
        f"A series must have room for a window of `task.lookback` + `task.gap` + `task.horizon` rows in its {parts}, "
        f"and for forecasts to try. Received: a series of {length} rows, {window}{received}. "
        f"Give a longer series, {lower}or ask for shorter windows."
    )


def explain_design(
    tasks: tuple[TaskSettings, TaskSettings],
    asked: BacktestSettings,
    season: Seasonality | None,
    sizes: tuple[int, int, int, int],
) -> Iterator[str]:
    """Where the numbers come from that the settings do not give.

    `tasks` are as it was asked and as it is settled; `sizes` the folds, and the rows of the parts of the first.
    """
    oldest = f"in the oldest {MAX_TRAIN_SHARE:.0%} of the rows"
    why = (
        f"a season of {season.period} rows was found (autocorrelation {season.strength:.2f}) {oldest}"
        if season
        else f"no season was found {oldest}"
    )
    task, settled = tasks
    inferred = {name: getattr(settled, name) for name in ("lookback", "horizon") if getattr(task, name) is None}
    if inferred:
        yield f"{' and '.join(f'{name} {value}' for name, value in inferred.items())}, since {why}."
    if None in (asked.n_folds, asked.val_size, asked.test_size):
        folds, trained, validation, test = sizes
        first = f"trained on {trained} rows, stopped and calibrated on {validation} after them, tested on {test} more"
        if folds == 1:
            yield f"1 fold, {first}."
        else:
            yield (
                f"{folds} folds: the first is {first}; each of the others is trained on all rows before its own "
                f"{validation} and {test}."
            )


MOST_FOLDS = 3
PART = 8  # a part is an eighth of the rows, or as many as its forecasts need
HORIZONS = (3, 1)  # so many horizons of forecast origins has a test part; fewer where there is hardly room
LONGEST = 208  # rows of a lookback that nobody asked for: four years of weeks
PLAIN = (24, 6)  # lookback and horizon where there is no season
SHORT = (8, 2)  # and where there is hardly room


@dataclass(frozen=True)
class BacktestConfig:
    """A backtest with all its numbers.

    Attributes:
        task: With lookback and horizon.
        season: The rows of one season of the first target; 1 where none was found.
        n_folds: Number of folds.
        val_size: Rows of a validation part.
        test_size: Rows of a test part.
        embargo: Rows left out between the parts.
        interval_level: Nominal coverage of the prediction intervals.
        reasons: Where a number comes from, if not from the settings; a sentence each.
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
    rows: pd.DataFrame, data_settings: DataSettings, task: TaskSettings, asked: BacktestSettings
) -> BacktestConfig:
    """Settle what the settings leave open, from the oldest rows and the number of all.

    Raises:
        UserError: A window does not fit into every part.
    """
    time = find_segments(rows)
    length = time.end - time.first
    found = _find_season(rows, time, data_settings, _oldest(length, asked))
    lengths = list(_lengths(task, found))
    season = found.period if found else 1
    designs = [design for each in lengths for design in _with_room(task, each, season, length, asked)]
    if not designs:
        raise UserError(too_short_message(_settle(task, lengths[-1]), length, asked))
    design = next(filter(partial(_fits, time), designs), designs[0])  # gaps that none fits are refused when it is posed
    reasons = explain_design((task, design.task), asked, found, (design.n_folds, *_first_fold(design, length)))
    return replace(design, reasons=tuple(reasons))


def _with_room(
    task: TaskSettings, lengths: tuple[int, int], season: int, length: int, asked: BacktestSettings
) -> Iterator[BacktestConfig]:
    """The designs with such a lookback and horizon that have room in so many rows, the best one first."""
    settled, oldest = _settle(task, lengths), _oldest(length, asked)
    for horizons, folds in product(HORIZONS, _folds(asked)):
        validation, test = _parts(settled, length, asked, horizons, folds)
        design = BacktestConfig(settled, season, folds, validation, test, asked.embargo, asked.interval_level, ())
        before = length - folds * test - asked.embargo
        if min(_first_fold(design, length)) >= window_length(settled) and before >= oldest:
            yield design


def _settle(task: TaskSettings, lengths: tuple[int, int]) -> TaskSettings:
    return task.model_copy(update=dict(zip(("lookback", "horizon"), lengths, strict=True)))


def _first_fold(design: BacktestConfig, length: int) -> tuple[int, int, int]:
    """The rows of the training, validation and test part of the first fold, out of so many."""
    trained = length - design.n_folds * design.test_size - design.val_size - 2 * design.embargo
    return trained, design.val_size, design.test_size


def _fits(time: Segments, design: BacktestConfig) -> bool:
    """Whether every part has a window without a gap."""
    splits = split_folds(time, design.n_folds, design.val_size, design.test_size, design.embargo)
    parts = [part for split in splits for part in (split.train, split.validation, split.test)]
    return all(max(map(len, part), default=0) >= window_length(design.task) for part in parts)


def _oldest(length: int, asked: BacktestSettings) -> int:
    """How many of the oldest rows lie before every test part."""
    if asked.n_folds is None or asked.test_size is None:
        return int(MAX_TRAIN_SHARE * length)
    return max(0, min(int(MAX_TRAIN_SHARE * length), length - asked.n_folds * asked.test_size - asked.embargo))


def _find_season(rows: pd.DataFrame, time: Segments, data_settings: DataSettings, oldest: int) -> Seasonality | None:
    """The season of the first target in the longest run of the oldest rows."""
    target = target_columns(data_settings, list(rows.columns))[:1]
    filled, runs = fill_missing(rows[target], time.between(time.first, time.first + oldest), data_settings.missing)
    if not runs:
        return None
    longest = max(runs, key=len)
    return find_seasonality(filled[target[0]].to_numpy()[longest.start : longest.stop])


def _lengths(task: TaskSettings, season: Seasonality | None) -> Iterator[tuple[int, int]]:
    """Lookback and horizon, first as one would like them, then shorter; what is given stays."""
    period = season.period if season else 0
    seasonal = [(min(2 * period, max(period, LONGEST)), period), (period, period), (period, (period + 1) // 2)]
    for lookback, horizon in [*(seasonal if period else []), PLAIN, SHORT, (2, 1)]:
        yield task.lookback or lookback, task.horizon or horizon


def _folds(asked: BacktestSettings) -> list[int]:
    return [asked.n_folds] if asked.n_folds else list(range(MOST_FOLDS, 0, -1))


def _parts(task: TaskSettings, length: int, asked: BacktestSettings, horizons: int, folds: int) -> tuple[int, int]:
    """The rows of a validation and of a test part: an eighth, or room for enough forecasts to calibrate and to score.

    They are fewer than an eighth where many folds are asked for. Windows overlap, so that forecasts tell no more than
    as many of them as are a horizon apart.
    """
    horizon = task.horizon or 0
    calibrated = max(horizon, (min_calibration_origins(asked.interval_level) - 1) * task.stride + 1)
    scored = horizons * max(horizon, task.stride)
    least = min(length // PART, int((1 - MAX_TRAIN_SHARE) * length) // folds)
    validation, test = (max(window_length(task) + origins - 1, least) for origins in (calibrated, scored))
    return asked.val_size or validation, asked.test_size or test
