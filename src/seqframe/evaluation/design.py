"""Design of a backtest: horizon, folds, lookback and transforms, inferred where the settings leave them open."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import pandas as pd

from seqframe.config import BacktestSettings, DataSettings, TaskSettings
from seqframe.data.columns import feature_columns, future_covariate_columns, target_columns
from seqframe.data.forecast_times import thinning_interval
from seqframe.data.leaks import find_leaks
from seqframe.data.memory import check_memory
from seqframe.data.seasonality import Seasonality
from seqframe.data.splits import Segments, find_segments, split_folds
from seqframe.data.table_seasons import find_table_seasons
from seqframe.data.transforms import find_lag
from seqframe.data.windows import find_ranges
from seqframe.errors import UserError, count_noun
from seqframe.evaluation.bootstrap import MIN_INDEPENDENT
from seqframe.evaluation.selection import MAX_INPUTS, MIN_WINDOWS, Choice, candidates, select_inputs, use_covariates
from seqframe.evaluation.series_notes import describe_series
from seqframe.evaluation.split_dates import SplitSizes, resolve_split_dates
from seqframe.forecasting.intervals import min_calibration_origins
from seqframe.training.ridge import ridge_need

MIN_TRAIN_SHARE = 0.5  # share of the rows that the first fold trains on
INSPECTED_SHARE = 0.6  # share of the rows that are before the first test split, so that they may be inspected
MAX_FOLDS = 3
SOURCES = {"frequency": "from the frequency", "autocorrelation": "from the autocorrelation", "setting": "data.season"}
SPLIT_DIVISOR = 8  # a split is an eighth of the rows, or as many as its forecasts need
MAX_HORIZON = 60  # rows of an inferred horizon: a longer season is forecast in parts
MAX_LOOKBACK = 336  # rows of an inferred lookback: two weeks of hours
DEFAULT_LENGTHS = (24, 6)  # lookback and horizon without seasonality
MIN_LENGTHS = (8, 2)  # the same for a short series
MAX_SEARCHED = 20  # longest series considered, in lengths of the series, to say how many rows a ranking needs


@dataclass(frozen=True)
class BacktestConfig:
    """A backtest with all its numbers.

    Attributes:
        task: The task, with lookback, horizon and instance normalization.
        season: The shortest seasonal period of the first target, in rows; 1 where none was found.
        n_folds: Number of folds.
        val_size: Rows of a validation split.
        test_size: Rows of a test split.
        embargo: Rows skipped between the splits.
        interval_level: Nominal coverage of the prediction intervals.
        reasons: One sentence for each group of inferred numbers.
        seasons: All seasonal periods, in rows.
        transform: Transform of the targets.
        calendar: Calendar features.
        covariates: Whether past covariates are used: `all` or `none`.
        end: The step after the last test row; None for the newest row.
        every: One in this many forecast times of the validation and test splits is used.
    """

    task: TaskSettings
    season: int
    n_folds: int
    val_size: int
    test_size: int
    embargo: int
    interval_level: float
    reasons: tuple[str, ...]
    seasons: tuple[int, ...] = ()
    transform: str = "none"
    calendar: str = "none"
    covariates: str = "all"
    end: int | None = None
    every: int = 1

    def resolve(self, data_settings: DataSettings) -> DataSettings:
        """The data settings with the seasons, the transform, the calendar features and covariates of this design."""
        data_settings = use_covariates(data_settings, self.covariates)
        resolved = {"season": list(self.seasons) or 1, "transform": self.transform, "calendar": self.calendar}
        return data_settings.model_copy(update=resolved)


def design_backtest(
    rows: pd.DataFrame, data_settings: DataSettings, task: TaskSettings, settings: BacktestSettings
) -> BacktestConfig:
    """Infer what the settings leave open, from the oldest rows and the number of rows.

    Raises:
        UserError: A window does not fit into every split.
    """
    time = find_segments(rows)
    sizes = resolve_split_dates(rows, time, settings)
    length = sizes.end - time.begin
    inspected = time.between(time.first, time.begin + _inspected_rows(length, sizes))
    found = find_table_seasons(rows, inspected, data_settings)
    design, length = _find_design(time, task, tuple(each.period for each in found), sizes)
    has_calendar = any(each.source != "autocorrelation" for each in found)
    choice = _select(rows, time, length, design, data_settings, task, has_calendar)
    selected = ("lookback", "instance_norm", "recursive_norm", "channels")
    resolved = design.task.model_copy(update={name: getattr(choice, name) for name in selected})
    chosen = {name: getattr(choice, name) for name in ("transform", "calendar", "covariates")}
    design = replace(design, task=resolved, **chosen)
    design = replace(design, every=_choose_interval(rows, design, length, data_settings, settings))
    reasons = explain_design((task, design.task), sizes, found, (design.n_folds, *_first_fold(design, length)))
    about_rows = _explain_rows(rows, time, design, data_settings, inspected)
    too_few = _explain_ranking(task, design, length, sizes) if len(time.ranges) == 1 else ()
    selection = (*explain_choice(data_settings, task, choice), *explain_thinning(design, settings))
    return replace(design, reasons=(*reasons, *too_few, *about_rows, *selection))


def _find_design(
    time: Segments, task: TaskSettings, periods: tuple[int, ...], sizes: SplitSizes
) -> tuple[BacktestConfig, int]:
    """The preferred design, and the number of steps that its splits divide: of most series, or else of the longest.

    Raises:
        UserError: A window does not fit into every split.
    """
    lengths, feasible = list(_candidate_lengths(task, periods)), []
    for begin in dict.fromkeys((time.begin, time.first)):
        length = sizes.end - begin
        designs = [design for each in lengths for design in _feasible_designs(task, each, periods, length, sizes)]
        if design := next(filter(partial(_fits, time), designs), None):
            return design, length
        feasible += [(each, length) for each in designs[:1]]
    if not feasible:
        raise UserError(too_short_message(task, lengths, sizes.end - time.first, sizes))
    return feasible[0]  # gaps leave none: make_folds raises


def _explain_rows(
    rows: pd.DataFrame, time: Segments, design: BacktestConfig, data_settings: DataSettings, inspected: Sequence[range]
) -> Iterator[str]:
    """Sentences on series that are not used like all others, and on covariates that contain the future."""
    columns, future = list(rows.columns), future_covariate_columns(data_settings)
    targets = target_columns(data_settings, columns)
    past = [name for name in feature_columns(data_settings, columns) if name not in future]
    folds = split_folds(time, design.n_folds, design.val_size, design.test_size, design.embargo, design.end)
    if folds[0].train:
        yield from describe_series(rows, time, folds, window_length(design.task), targets)
    yield from find_leaks(rows, inspected, past, targets, design.task.horizon or 1, design.season)


def _select(
    rows: pd.DataFrame,
    time: Segments,
    length: int,
    design: BacktestConfig,
    data_settings: DataSettings,
    task: TaskSettings,
    has_calendar: bool,
) -> Choice:
    """Lookback, transform, calendar features and instance normalization, from the rows before the first test split.

    The splits divide `length` steps. A season that was found by autocorrelation alone may drift, so its phase is no
    candidate.
    """
    train = _first_fold(design, length)[0]
    longest = train - task.gap - (design.task.horizon or 0) - MIN_WINDOWS + 1
    shortest = design.task.lookback or 1
    lookbacks = [each for each in _candidate_lookbacks(design.seasons) if shortest < each <= min(longest, train // 2)]
    lookbacks = [each for each in lookbacks if _fits(time, _with_lookback(design, each))]
    seasonal = data_settings.model_copy(update={"season": list(design.seasons) or 1})
    columns, end = list(rows.columns), time.end if design.end is None else design.end
    n_features = len(feature_columns(use_covariates(data_settings, "none"), columns))
    n_targets = len(target_columns(data_settings, columns))
    lookbacks = [each for each in lookbacks if each * n_features <= MAX_INPUTS]
    longest = max([shortest, *lookbacks])
    check_memory([ridge_need(longest * n_features, (design.task.horizon or 1) * n_targets)])
    among = candidates(seasonal, task, sorted({shortest, *lookbacks}), has_calendar, columns)
    widest = _with_lookback(design, longest)
    fitting = [name for name in among.transform if _fits(time, widest, find_lag(name, design.season))]
    among = replace(among, transform=tuple(fitting) or among.transform)
    inspected_end = end - design.n_folds * design.test_size - design.embargo
    return select_inputs(rows, time, inspected_end, seasonal, design.task, among)


def _choose_interval(
    rows: pd.DataFrame, design: BacktestConfig, length: int, data_settings: DataSettings, settings: BacktestSettings
) -> int:
    """The n for which one in n forecast times of a split is used; all series together are `length` steps long."""
    task, horizon = design.task, design.task.horizon or 1
    times = (max(design.test_size, design.val_size) - horizon) // task.stride + 1
    values = len(rows) / length * horizon * len(target_columns(data_settings, list(rows.columns)))
    overlap = -(-(task.gap + horizon) // task.stride)
    return thinning_interval(times, values, overlap, design.seasons, settings.max_forecasts)


def _inspected_rows(length: int, settings: SplitSizes) -> int:
    """Number of the oldest rows that are before every test split."""
    if settings.n_folds is None or settings.test_size is None:
        return int(INSPECTED_SHARE * length)
    before_tests = length - settings.n_folds * settings.test_size - settings.embargo
    return max(0, min(int(INSPECTED_SHARE * length), before_tests))


def _candidate_lengths(task: TaskSettings, seasons: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The shortest lookback and the horizon, the preferred ones first; lengths in the settings are fixed."""
    short = [season for season in seasons if season <= MAX_HORIZON][:1]
    seasonal = [pair for season in short for pair in ((season, season), (season, (season + 1) // 2))]
    for lookback, horizon in [*seasonal, DEFAULT_LENGTHS, MIN_LENGTHS, (2, 1)]:
        yield task.lookback or lookback, task.horizon or horizon


def _candidate_lookbacks(seasons: Sequence[int]) -> list[int]:
    """Lookbacks to choose from: up to four times each season."""
    multiples = [count * season for season in seasons for count in (1, 2, 4)] or [6, 12, 24, 48, 96]
    return [each for each in multiples if each <= MAX_LOOKBACK]


def _feasible_designs(
    task: TaskSettings, lengths: tuple[int, int], seasons: tuple[int, ...], length: int, settings: SplitSizes
) -> Iterator[BacktestConfig]:
    """Designs with these lengths that fit into the series, the preferred one first.

    Six forecasts that do not overlap are preferred, then as many as leave enough rows to train on.
    """
    resolved, horizon = _with_lengths(task, lengths), lengths[1]
    season, embargo = (*seasons, 1)[0], settings.embargo
    validation = settings.val_size or _validation_size(resolved, length, settings)
    for folds, test in _test_splits(horizon, length, settings):
        design = BacktestConfig(
            resolved, season, folds, validation, test, embargo, settings.interval_level, (), seasons, end=settings.end
        )
        train = _first_fold(design, length)[0]
        inspected = length - folds * test - embargo >= _inspected_rows(length, settings)
        enough = train >= _min_train_rows(window_length(resolved), length, settings)
        if inspected and enough and min(validation, test) >= horizon:
            yield design


def _min_train_rows(window: int, length: int, settings: SplitSizes) -> int:
    """Fewest rows to train on: a share of the series, unless the number and the size of the test splits are given."""
    if settings.n_folds is None or settings.test_size is None:
        return max(window + MIN_WINDOWS - 1, int(MIN_TRAIN_SHARE * length))
    return window if settings.val_size is not None else window + MIN_WINDOWS - 1


def _test_splits(horizon: int, length: int, settings: SplitSizes) -> Iterator[tuple[int, int]]:
    """Number of folds and rows of a test split, the preferred ones first."""
    most, two = MAX_FOLDS, 2 * horizon
    preferred = [(most, max(length // SPLIT_DIVISOR, two)), (most, two), (2, two), (most, horizon)]
    for folds, test in [*preferred, (2, horizon), (1, two), (1, horizon)]:
        yield settings.n_folds or folds, settings.test_size or test


def _validation_size(task: TaskSettings, length: int, settings: SplitSizes) -> int:
    """Rows of a validation split: an eighth, or enough for the forecasts that calibrate the intervals."""
    origins = (min_calibration_origins(settings.interval_level) - 1) * task.stride + 1
    return max((task.horizon or 0) + origins - 1, length // SPLIT_DIVISOR)


def _with_lengths(task: TaskSettings, lengths: tuple[int, int]) -> TaskSettings:
    return task.model_copy(update=dict(zip(("lookback", "horizon"), lengths, strict=True)))


def _with_lookback(design: BacktestConfig, lookback: int) -> BacktestConfig:
    return replace(design, task=design.task.model_copy(update={"lookback": lookback}))


def _first_fold(design: BacktestConfig, length: int) -> tuple[int, int, int]:
    """Rows of the training, validation and test split of the first fold, in a series of `length` rows."""
    train = length - design.n_folds * design.test_size - design.val_size - 2 * design.embargo
    return train, design.val_size, design.test_size


def _fits(time: Segments, design: BacktestConfig, lag: int = 0) -> bool:
    """Whether every split has a window without a gap, and the `lag` rows before it that a difference needs."""
    folds = split_folds(time, design.n_folds, design.val_size, design.test_size, design.embargo, design.end)
    least, horizon = window_length(design.task) + lag, design.task.horizon or 0
    return all(
        max(map(len, fold.train), default=0) >= least
        and all(_has_window(time, part, horizon, least) for part in (fold.validation, fold.test))
        for fold in folds
    )


def _has_window(time: Segments, part: Sequence[range], horizon: int, least: int) -> bool:
    """Whether targets of a window fit into a part, and the window into the same segment: its inputs may be earlier."""
    segments = find_ranges(time.ranges, part)
    return any(
        len(rows) >= horizon and rows.stop - segment.start >= least
        for rows, segment in zip(part, segments, strict=True)
        if segment is not None
    )


def window_length(task: TaskSettings) -> int:
    """Rows of a window: lookback, gap and horizon."""
    return (task.lookback or 0) + task.gap + (task.horizon or 0)


def too_short_message(task: TaskSettings, lengths: Sequence[tuple[int, int]], length: int, settings: SplitSizes) -> str:
    """Error message where no window fits: how many rows are needed for what, or the setting that is too small.

    `lengths` are the candidates for lookback and horizon, the shortest windows last.
    """
    resolved = _with_lengths(task, lengths[-1])
    window = f"lookback={resolved.lookback}, gap={resolved.gap}, horizon={resolved.horizon}"
    for name in ("test_size", "val_size"):
        rows = getattr(settings, name)
        if rows is not None and rows < (resolved.horizon or 0):
            return (
                f"`backtest.{name}` must be at least `task.horizon` rows. Received: {name}={rows}, {window}. "
                f"Raise backtest.{name}, or shorten the horizon."
            )
    needed, design = _fewest_rows(task, lengths[-1], length, settings)
    names = ("n_folds", "val_size", "test_size", "embargo")
    given = {name: getattr(settings, name) for name in names if getattr(settings, name)}
    received = "".join(f", {name}={rows}" for name, rows in given.items())
    lower = f"lower {', '.join(f'backtest.{name}' for name in given)}, " if given else ""
    train, validation, test = _first_fold(design, needed)
    return (
        f"A backtest needs {needed} rows: {train} to train on windows of {window_length(resolved)}, {validation} to "
        f"calibrate intervals, {f'{design.n_folds} x ' * (design.n_folds > 1)}{test} to forecast. "
        f"Received: {count_noun(length, 'row')}, {window}{received}. "
        f"Use a longer series, {lower}or shorten the windows."
    )


def _fewest_rows(
    task: TaskSettings, lengths: tuple[int, int], length: int, settings: SplitSizes
) -> tuple[int, BacktestConfig]:
    """Rows of the shortest series that a design with these lengths fits into, more than `length`; and the design."""

    def first_design(rows: int) -> BacktestConfig | None:
        return next(_feasible_designs(task, lengths, (), rows, settings), None)

    too_few, enough = length, max(2 * length, 2)
    while first_design(enough) is None:
        too_few, enough = enough, 2 * enough
    while enough - too_few > 1:
        middle = (too_few + enough) // 2
        too_few, enough = (too_few, middle) if first_design(middle) else (middle, enough)
    design = first_design(enough)
    assert design is not None
    return enough, design


def explain_design(
    tasks: tuple[TaskSettings, TaskSettings],
    settings: SplitSizes,
    seasons: Sequence[Seasonality],
    sizes: tuple[int, int, int, int],
) -> Iterator[str]:
    """One sentence for each group of inferred numbers.

    `tasks` are the task of the settings and the resolved one; `sizes` are the number of folds, and the rows of the
    training, validation and test split of the first fold.
    """
    inspected = f"first {INSPECTED_SHARE:.0%} of the data"
    task, resolved = tasks
    if seasons:
        named = ", ".join(f"{each.period} (strength {each.strength:.2f}, {SOURCES[each.source]})" for each in seasons)
        yield f"Season: {named}; {inspected}."
    else:
        yield f"Season: none found in the {inspected}."
    if task.horizon is None:
        yield f"Inferred horizon={resolved.horizon} from the {'season' if seasons else 'number of rows'}."
    if None in (settings.n_folds, settings.val_size, settings.test_size):
        folds, train, validation, test = sizes
        rows = f"train {train} rows, validation {validation} rows (early stopping, intervals), test {test} rows"
        if folds == 1:
            yield f"Inferred splits: 1 fold, {rows}."
        else:
            first = f"First fold: {rows}; later folds train on all earlier rows."
            yield f"Inferred splits: {folds} folds, expanding window. {first}"


def explain_thinning(design: BacktestConfig, settings: BacktestSettings) -> Iterator[str]:
    """How many forecast times are used, in one sentence; nothing if all are."""
    if design.every > 1:
        yield (
            f"Validation and test splits have many forecast times: one in {design.every} is used, since neighboring "
            f"forecasts overlap (backtest.max_forecasts={settings.max_forecasts}; null uses all)."
        )


def _explain_ranking(task: TaskSettings, design: BacktestConfig, length: int, settings: SplitSizes) -> Iterator[str]:
    """How many rows it takes to rank models, where a series has fewer."""
    lengths = design.task.lookback or 1, design.task.horizon or 1
    if _count_forecasts(design) >= MIN_INDEPENDENT or None not in (settings.n_folds, settings.test_size):
        return
    for rows in range(length + 1, MAX_SEARCHED * length):
        made = next(_feasible_designs(task, lengths, design.seasons, rows, settings), None)
        if made and _count_forecasts(made) >= MIN_INDEPENDENT:
            yield (
                f"A ranking needs {MIN_INDEPENDENT} forecasts that do not overlap, which takes {rows} rows; the test "
                f"splits of these {length} rows have {_count_forecasts(design)}."
            )
            return


def _count_forecasts(design: BacktestConfig) -> int:
    """Number of forecasts in the test splits that do not overlap."""
    horizon, gap = design.task.horizon or 0, design.task.gap
    return design.n_folds * (design.test_size - horizon + 1) // (horizon + gap)


def explain_choice(data_settings: DataSettings, task: TaskSettings, choice: Choice) -> Iterator[str]:
    """The settings that ridge regression has selected, in one sentence."""
    selected = {
        "task.lookback": choice.lookback if task.lookback is None else None,
        "data.transform": choice.transform if data_settings.transform == "auto" else None,
        "data.calendar": choice.calendar if data_settings.calendar == "auto" else None,
        "task.instance_norm": choice.instance_norm if task.instance_norm == "auto" else None,
        "task.recursive_norm": choice.recursive_norm if task.recursive_norm == "auto" else None,
        "data.covariates": choice.covariates
        if data_settings.covariates == "auto" and data_settings.past_covariates
        else None,
        "task.channels": choice.channels if task.channels == "auto" and choice.channels != "joint" else None,
    }
    named = ", ".join(f"{name}={value}" for name, value in selected.items() if value is not None)
    if named:
        yield f"Selected by ridge regression on rows before the first test split: {named}."
