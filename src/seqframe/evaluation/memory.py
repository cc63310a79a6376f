"""Memory that a backtest needs, estimated from its sizes before anything is trained."""

import sys
from itertools import pairwise
from math import prod
from operator import attrgetter

from seqframe.config import BacktestSettings, ModelSettings, TrainingSettings
from seqframe.data.dataset import SequenceDataset
from seqframe.data.forecast_times import MAX_TABLE_VALUES
from seqframe.data.memory import MemoryNeed, check_memory
from seqframe.evaluation.folds import Folds
from seqframe.forecasting.baselines import select_baselines
from seqframe.training.limits import MAX_COMPILED_BYTES, MAX_LINEAR_VALUES
from seqframe.training.ridge import ridge_need

FLOAT64, FLOAT32 = 8, 4  # bytes
LIBRARIES = 250_000_000  # bytes that TensorFlow takes once it has built a network, without its files
GRAPHS = 200_000_000  # and once it has traced graphs to train networks
COPIES = 8  # arrays of the test forecasts of one run while a model is scored
ROW_BYTES = 300  # of a table of forecasts while it is made
DRAWN_BYTES = 100  # of a row of the forecasts that the report draws
GATES = 4  # of an LSTM, which has the most
WEIGHTS = 10  # arrays of the weights while a network is trained: gradients, moments of Adam, the best epoch, copies
SMALLER_NETWORK = "training.batch_size, task.lookback, model.units or model.hidden_sizes"
FEWER_FORECASTS = "backtest.max_forecasts, training.n_seeds or task.horizon"
STATES = 10  # arrays of the recurrent state that are kept for the gradient of a batch


def check_backtest_memory(
    folds: Folds, n_framings: int, model: ModelSettings, training: TrainingSettings, settings: BacktestSettings
) -> None:
    """Check that a backtest of `n_framings` framings fits into the memory that is available.

    Raises:
        UserError: It does not; one line with what takes most, and the settings that lower it.
    """
    check_memory(backtest_memory(folds, n_framings, model, training, settings))


def backtest_memory(
    folds: Folds, n_framings: int, model: ModelSettings, training: TrainingSettings, settings: BacktestSettings
) -> list[MemoryNeed]:
    """What a backtest of `n_framings` framings takes besides the memory that is in use already."""
    baselines = select_baselines(settings.named_baselines, folds.design.task, folds.design.seasons or (1,))
    runs = n_framings * training.n_seeds + sum(baseline.learned for baseline in baselines)
    test, validation = _forecast_values(folds)
    forecasts = FLOAT64 * (test + validation) * (runs + 1)
    return [
        library_need(graphs=training.backend == "tensorflow"),
        MemoryNeed("rows", _row_bytes(folds), "the number of rows, or of columns (data.features)"),
        MemoryNeed("forecasts", forecasts, FEWER_FORECASTS),
        max(step_memory(folds, n_framings, model, training), key=attrgetter("size")),
    ]


def library_need(graphs: bool) -> MemoryNeed:
    """What TensorFlow takes, if it is not imported yet; with `graphs`, it trains the networks."""
    size = 0 if "tensorflow" in sys.modules else LIBRARIES + GRAPHS * graphs
    return MemoryNeed("TensorFlow", size, "the memory that other programs use")


def step_memory(
    folds: Folds, n_framings: int, model: ModelSettings, training: TrainingSettings
) -> tuple[MemoryNeed, ...]:
    """What the steps of a backtest take while they run; they follow each other."""
    newest, (test, validation) = folds.newest, _forecast_values(folds)
    calendar, ((lookback, features), outputs) = newest.n_calendar, newest.shapes()
    tables = min(test, MAX_TABLE_VALUES) * (ROW_BYTES + n_framings * DRAWN_BYTES)
    network = _weight_bytes(newest, model) + _batch_bytes(newest, model, training)
    if training.head_init == "ridge":
        network += _head_bytes(newest, model)
    samples = _sample_bytes(folds) - FLOAT64 * (test + validation) * training.n_seeds  # it forecasts without them
    return (
        ridge_need(lookback * (features - calendar) + calendar, prod(outputs)),
        MemoryNeed("a network", network + max(0, samples), SMALLER_NETWORK),
        MemoryNeed("scores", FLOAT64 * COPIES * test, FEWER_FORECASTS),
        MemoryNeed("tables of forecasts", tables, FEWER_FORECASTS),
    )


def _forecast_values(folds: Folds) -> tuple[int, int]:
    """Number of values that one model forecasts in all test splits, and in all validation splits."""
    values = (folds.design.task.horizon or 0) * len(folds.newest.targets)
    test, validation = (
        sum(map(len, windows)) * values
        for windows in zip(*((each.test, each.validation) for each in folds.datasets), strict=True)
    )
    return test, validation


def _row_bytes(folds: Folds) -> int:
    """The scaled rows of every fold and of the refitted model, and copies while they are made."""
    columns = len(folds.newest.features) + len(folds.newest.targets)
    return len(folds.newest.df) * columns * (FLOAT32 * (len(folds.datasets) + 1) + 3 * FLOAT64)


def _sample_bytes(folds: Folds) -> int:
    """The windows of all folds, as compiled code has them in memory."""
    (lookback, features), (steps, targets) = folds.newest.shapes()
    values = FLOAT32 * (lookback * features + steps * targets)
    parts = zip(*((len(each.train), len(each.validation)) for each in folds.datasets), strict=True)
    return sum(min(MAX_COMPILED_BYTES, sum(windows) * values) for windows in parts)


def _batch_bytes(dataset: SequenceDataset, model: ModelSettings, training: TrainingSettings) -> int:
    """The inputs of one batch, and the state of the recurrent layers at every step."""
    channels = len(dataset.targets) if dataset.task.channels == "independent" else 1
    samples = training.batch_of(len(dataset.train)) * channels
    steps = max(dataset.train.lookback, dataset.train.steps)
    return FLOAT32 * samples * steps * (STATES * sum(model.widths) + 3 * len(dataset.features))


def _weight_bytes(dataset: SequenceDataset, model: ModelSettings) -> int:
    """The recurrent layers of a network, from the input to the output."""
    inputs = (len(dataset.features), *model.widths)
    parameters = sum(GATES * width * (before + width + 1) for before, width in pairwise(inputs))
    return FLOAT32 * WEIGHTS * parameters * (2 if model.bidirectional else 1)


def _head_bytes(dataset: SequenceDataset, model: ModelSettings) -> int:
    """The outputs of the layers and the targets of the training and validation windows, and what inputs explain."""
    (lookback, features), (steps, targets) = dataset.shapes()
    outputs = steps * model.widths[-1] * (2 if model.bidirectional else 1)  # with a state for every step
    windows = len(dataset.train) + len(dataset.validation)
    values = min(2 * MAX_LINEAR_VALUES, windows * (outputs + steps * targets))
    return 2 * FLOAT32 * values + 3 * FLOAT64 * lookback * features * outputs
