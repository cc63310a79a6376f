"""Where the numbers of a backtest come from, in sentences; or why there are none, in one."""

from collections.abc import Iterator

from seqframe.config import Backtest, Task
from seqframe.forecasts.season import Season

OLDEST = 0.58  # of the rows lie before the first test part, so that they may be looked at before the split


def window_of(task: Task) -> int:
    """The rows of a window, those read and those predicted."""
    return (task.lookback or 0) + task.gap + (task.horizon or 0)


def say_no_room(task: Task, length: int, asked: Backtest) -> str:
    """Why no window fits, naming the setting that is too small or too large, or else the series."""
    window = f"lookback={task.lookback}, gap={task.gap}, horizon={task.horizon}"
    parts = "training, validation and test parts"
    for name in ("test", "validation"):
        rows = getattr(asked, name)
        if rows is not None and rows < window_of(task):
            return (
                f"`backtest.{name}` must hold a window of `task.lookback` + `task.gap` + `task.horizon` rows. "
                f"Received: {name}={rows}, {window}."
            )
    given = {name: getattr(asked, name) for name in ("folds", "validation", "test", "embargo") if getattr(asked, name)}
    received = "".join(f", {name}={rows}" for name, rows in given.items())
    lower = f"lower {', '.join(f'backtest.{name}' for name in given)}, " if given else ""
    return (
        f"A series must have room for a window of `task.lookback` + `task.gap` + `task.horizon` rows in its {parts}, "
        f"and for forecasts to try. Received: a series of {length} rows, {window}{received}. "
        f"Give a longer series, {lower}or ask for shorter windows."
    )


def say_reasons(
    tasks: tuple[Task, Task], asked: Backtest, season: Season | None, sizes: tuple[int, int, int, int]
) -> Iterator[str]:
    """Where the numbers come from that the settings do not give.

    `tasks` are as it was asked and as it is settled; `sizes` the folds, and the rows of the parts of the first.
    """
    oldest = f"in the oldest {OLDEST:.0%} of the rows"
    why = (
        f"a season of {season.period} rows was found (autocorrelation {season.strength:.2f}) {oldest}"
        if season
        else f"no season was found {oldest}"
    )
    task, settled = tasks
    inferred = {name: getattr(settled, name) for name in ("lookback", "horizon") if getattr(task, name) is None}
    if inferred:
        yield f"{' and '.join(f'{name} {value}' for name, value in inferred.items())}, since {why}."
    if None in (asked.folds, asked.validation, asked.test):
        folds, trained, validation, test = sizes
        first = f"trained on {trained} rows, stopped and calibrated on {validation} after them, tested on {test} more"
        if folds == 1:
            yield f"1 fold, {first}."
        else:
            yield (
                f"{folds} folds: the first is {first}; each of the others is trained on all rows before its own "
                f"{validation} and {test}."
            )
