"""What a table is asked, where the settings leave it open: lookback, horizon, folds, and the sizes of their parts."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import product

import pandas as pd

from seqframe.backtest.reasons import OLDEST, say_no_room, say_reasons, window_of
from seqframe.config import Backtest, Problem, Task
from seqframe.errors import UserError
from seqframe.forecasts.conformal import fewest_origins
from seqframe.forecasts.season import Season, find_season
from seqframe.missing import fill_missing
from seqframe.problems import target_columns
from seqframe.splits import Timeline, cut_folds, find_timeline

MOST_FOLDS = 3
PART = 8  # a part is an eighth of the rows, or as many as its forecasts need
HORIZONS = (3, 1)  # so many horizons of forecast origins has a test part; fewer where there is hardly room
LONGEST = 208  # rows of a lookback that nobody asked for: four years of weeks
PLAIN = (24, 6)  # lookback and horizon where there is no season
SHORT = (8, 2)  # and where there is hardly room


@dataclass(frozen=True)
class Design:
    """A backtest with all its numbers.

    Attributes:
        task: With lookback and horizon.
        season: The rows of one season of the first target; 1 where none was found.
        folds: How many.
        validation: Rows of a validation part.
        test: Rows of a test part.
        embargo: Rows left out between the parts.
        confidence: The share of values that intervals are to hold.
        reasons: Where a number comes from, if not from the settings; a sentence each.
    """

    task: Task
    season: int
    folds: int
    validation: int
    test: int
    embargo: int
    confidence: float
    reasons: tuple[str, ...]


def design_backtest(rows: pd.DataFrame, problem: Problem, task: Task, asked: Backtest) -> Design:
    """Settle what the settings leave open, from the oldest rows and the number of all.

    Raises:
        UserError: A window does not fit into every part.
    """
    time = find_timeline(rows)
    length = time.end - time.first
    found = _find_season(rows, time, problem, _oldest(length, asked))
    lengths = list(_lengths(task, found))
    season = found.period if found else 1
    designs = [design for each in lengths for design in _with_room(task, each, season, length, asked)]
    if not designs:
        raise UserError(say_no_room(_settle(task, lengths[-1]), length, asked))
    design = next(filter(partial(_fits, time), designs), designs[0])  # gaps that none fits are refused when it is posed
    reasons = say_reasons((task, design.task), asked, found, (design.folds, *_first_fold(design, length)))
    return replace(design, reasons=tuple(reasons))


def _with_room(task: Task, lengths: tuple[int, int], season: int, length: int, asked: Backtest) -> Iterator[Design]:
    """The designs with such a lookback and horizon that have room in so many rows, the best one first."""
    settled, oldest = _settle(task, lengths), _oldest(length, asked)
    for horizons, folds in product(HORIZONS, _folds(asked)):
        validation, test = _parts(settled, length, asked, horizons, folds)
        design = Design(settled, season, folds, validation, test, asked.embargo, asked.confidence, ())
        before = length - folds * test - asked.embargo
        if min(_first_fold(design, length)) >= window_of(settled) and before >= oldest:
            yield design


def _settle(task: Task, lengths: tuple[int, int]) -> Task:
    return task.model_copy(update=dict(zip(("lookback", "horizon"), lengths, strict=True)))


def _first_fold(design: Design, length: int) -> tuple[int, int, int]:
    """The rows of the training, validation and test part of the first fold, out of so many."""
    trained = length - design.folds * design.test - design.validation - 2 * design.embargo
    return trained, design.validation, design.test


def _fits(time: Timeline, design: Design) -> bool:
    """Whether every part has a window without a gap."""
    splits = cut_folds(time, design.folds, design.validation, design.test, design.embargo)
    parts = [part for split in splits for part in (split.training, split.validation, split.unseen)]
    return all(max(map(len, part), default=0) >= window_of(design.task) for part in parts)


def _oldest(length: int, asked: Backtest) -> int:
    """How many of the oldest rows lie before every test part."""
    if asked.folds is None or asked.test is None:
        return int(OLDEST * length)
    return max(0, min(int(OLDEST * length), length - asked.folds * asked.test - asked.embargo))


def _find_season(rows: pd.DataFrame, time: Timeline, problem: Problem, oldest: int) -> Season | None:
    """The season of the first target in the longest run of the oldest rows."""
    target = target_columns(problem, list(rows.columns))[:1]
    filled, runs = fill_missing(rows[target], time.between(time.first, time.first + oldest), problem.missing)
    if not runs:
        return None
    longest = max(runs, key=len)
    return find_season(filled[target[0]].to_numpy()[longest.start : longest.stop])


def _lengths(task: Task, season: Season | None) -> Iterator[tuple[int, int]]:
    """Lookback and horizon, first as one would like them, then shorter; what is given stays."""
    period = season.period if season else 0
    seasonal = [(min(2 * period, max(period, LONGEST)), period), (period, period), (period, (period + 1) // 2)]
    for lookback, horizon in [*(seasonal if period else []), PLAIN, SHORT, (2, 1)]:
        yield task.lookback or lookback, task.horizon or horizon


def _folds(asked: Backtest) -> list[int]:
    return [asked.folds] if asked.folds else list(range(MOST_FOLDS, 0, -1))


def _parts(task: Task, length: int, asked: Backtest, horizons: int, folds: int) -> tuple[int, int]:
    """The rows of a validation and of a test part: an eighth, or room for enough forecasts to calibrate and to score.

    They are fewer than an eighth where many folds are asked for. Windows overlap, so that forecasts tell no more than
    as many of them as are a horizon apart.
    """
    horizon = task.horizon or 0
    calibrated = max(horizon, (fewest_origins(asked.confidence) - 1) * task.stride + 1)
    scored = horizons * max(horizon, task.stride)
    least = min(length // PART, int((1 - OLDEST) * length) // folds)
    validation, test = (max(window_of(task) + origins - 1, least) for origins in (calibrated, scored))
    return asked.validation or validation, asked.test or test
