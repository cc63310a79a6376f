"""Memory that a comparison on sequences with labels needs, estimated from its sizes before anything is trained."""

from seqframe.config import ModelSettings, TrainingSettings
from seqframe.data.memory import MemoryNeed, check_memory
from seqframe.evaluation.label_folds import LabelFolds
from seqframe.evaluation.memory import FLOAT32, FLOAT64, ROW_BYTES, STATES, library_need
from seqframe.forecasting.label_baselines import label_baselines

COPIES = 4  # arrays of the test probabilities while a model is scored


def check_label_memory(folds: LabelFolds, n_framings: int, model: ModelSettings, training: TrainingSettings) -> None:
    """Check that a comparison of `n_framings` framings fits into the memory that is available.

    Raises:
        UserError: It does not; one line with what takes most, and the settings that lower it.
    """
    check_memory(label_memory(folds, n_framings, model, training))


def label_memory(
    folds: LabelFolds, n_framings: int, model: ModelSettings, training: TrainingSettings
) -> list[MemoryNeed]:
    """What a comparison of `n_framings` framings takes besides the memory that is in use already."""
    probabilities, batch = _probability_bytes(folds, n_framings, training.n_seeds), _batch_bytes(folds, model, training)
    return [
        library_need(graphs=True),
        MemoryNeed("steps", _step_bytes(folds), "the number of steps, or of columns (data.features)"),
        MemoryNeed("probabilities", probabilities, "the number of classes, training.n_seeds or backtest.test_size"),
        MemoryNeed("one batch", batch, "training.batch_size, model.units or the length of the longest sequence"),
    ]


def _step_bytes(folds: LabelFolds) -> int:
    """The scaled steps of every fold and of the refitted model, and copies while they are made."""
    return folds.whole.sequences.values.size * (FLOAT32 * (folds.n_parts + 2) + 3 * FLOAT64)


def _probability_bytes(folds: LabelFolds, n_framings: int, n_seeds: int) -> int:
    """The probabilities of all models, and what scores and tables take."""
    sequences, n_classes = folds.whole.sequences, len(folds.whole.classes)
    test = len(sequences.row_labels(folds.test))
    validation = max(len(sequences.row_labels(each.splits["validation"])) for each in folds.distinct)
    runs = n_framings * (n_seeds + 1) + len(label_baselines(folds.whole.task))
    tables = n_framings * test * (ROW_BYTES + FLOAT64 * n_classes)
    return FLOAT64 * n_classes * ((test + validation) * runs + COPIES * n_seeds * test) + tables


def _batch_bytes(folds: LabelFolds, model: ModelSettings, training: TrainingSettings) -> int:
    """The inputs of one batch, padded to the longest sequence, and the state of the recurrent layers at every step."""
    sequences, numbers = folds.whole.sequences, folds.whole.splits["train"]
    steps = int(sequences.lengths[numbers].max(initial=1))
    values = STATES * sum(model.widths) + 3 * len(sequences.features) + 3 * len(sequences.classes)
    return FLOAT32 * training.batch_of(len(numbers)) * steps * values
