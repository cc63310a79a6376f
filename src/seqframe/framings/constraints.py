"""What framings cannot do: each function looks at the settings, and says why not as the rest of a sentence, or None."""

from seqframe.config import Settings
from seqframe.data.alignment import window_lengths
from seqframe.data.columns import feature_columns, future_covariate_columns, target_columns


def equal_lengths(settings: Settings) -> str | None:
    """For framings that answer once for every step that they read."""
    task = settings.task
    if task.equal_lengths:
        return None
    return (
        "gives one output for every input step, so `task.lookback` and `task.horizon` must be equal. "
        f"Received: lookback={task.lookback}, horizon={task.horizon}."
    )


def features_are_targets(settings: Settings) -> str | None:
    """For framings that forecast a table from their own answers: these must be all that they go on reading."""
    data_settings = settings.data
    if data_settings.features is None:
        return None
    answered = [*target_columns(data_settings, []), *future_covariate_columns(data_settings)]
    unanswered = [name for name in feature_columns(data_settings, []) if name not in answered]
    if not unanswered:
        return None
    return (
        "forecasts row by row from its own answers, so every feature must be a target, or known in advance. "
        f"Received: {', '.join(unanswered)}, which is neither."
    )


def no_next_step(settings: Settings) -> str | None:
    """For framings that answer after they have read the whole window."""
    task = settings.task
    if task.kind != "next_step" or task.lookback == 1 or task.allow_leakage:
        return None
    return (
        "answers after it has read the whole window, and `task.kind` next_step asks for rows of that window, which it "
        "would have seen."
    )


def single_row_input(settings: Settings) -> str | None:
    """For framings that make a sequence from one row."""
    lookback = known_lookback(settings)
    if lookback == 1:
        return None
    unknown = "null, which is inferred" if settings.forecasts_a_table else "a whole table"
    return f"makes a sequence from one row, so `task.lookback` must be 1. Received: {lookback or unknown}."


def known_lookback(settings: Settings) -> int | None:
    """The rows of a window, as far as they can be known before a table is read."""
    data_settings, task = settings.data, settings.task
    return task.lookback if data_settings.is_table else window_lengths(task, data_settings.sequence_length)[0]


def batch_size_one(settings: Settings) -> str | None:
    """For framings that carry a state from sample to sample."""
    batch_size = settings.training.batch_size
    if batch_size in ("full", 1):
        return None
    return (
        "carries its state from one sample to the next, so that a batch is one sample: "
        f"`training.batch_size` must be 1, or all, which means 1 here. Received: {batch_size}."
    )


def no_shuffle(settings: Settings) -> str | None:
    """For framings whose samples must come one after the other."""
    if not settings.training.shuffle:
        return None
    return "carries its state from one sample to the next, so `training.shuffle` must be false. Received: true."


def unidirectional(settings: Settings) -> str | None:
    """For framings that are fed a step at a time."""
    if not settings.model.bidirectional:
        return None
    return (
        "is given one step at a time, so there is no later step to read backwards from: "
        "`model.bidirectional` must be false. Received: true."
    )


RECURSIVE_CONSTRAINTS = (features_are_targets, unidirectional)  # of all framings that forecast from their own answers
