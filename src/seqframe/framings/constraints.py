"""What framings do not support: each function returns the reason, as the rest of a sentence, or None."""

from seqframe.config import Settings
from seqframe.data.alignment import window_lengths
from seqframe.data.columns import (
    as_list,
    encoded_columns,
    feature_columns,
    future_covariate_columns,
    target_columns,
)
from seqframe.errors import list_names


def equal_lengths(settings: Settings) -> str | None:
    """For framings with one output for every input step."""
    task = settings.task
    if task.equal_lengths:
        return None
    return (
        "gives one output for every input step, so `task.lookback` and `task.horizon` must be equal. "
        f"Received: lookback={task.lookback}, horizon={task.horizon}."
    )


def features_are_targets(settings: Settings) -> str | None:
    """For recursive forecasts of a table, where predictions are the next inputs: they must be all that is read."""
    data_settings = settings.data
    if data_settings.features is None:
        return None
    ignored = encoded_columns(as_list(data_settings.past_covariates), data_settings)  # these framings do not read them
    available = [*target_columns(data_settings, []), *future_covariate_columns(data_settings), *ignored]
    missing = [name for name in feature_columns(data_settings, []) if name not in available]
    if not missing:
        return None
    return (
        "forecasts recursively, so every feature must be in `data.target` or `data.future_covariates`. "
        f"Received: {list_names(missing)}, which is in neither."
    )


def no_next_step(settings: Settings) -> str | None:
    """For framings that predict after they have read the whole window."""
    task = settings.task
    if task.kind != "next_step" or task.lookback == 1 or task.allow_leakage:
        return None
    return (
        "predicts after it has read the whole window, and the targets of `task.kind=next_step` lie in that window: "
        "that would be data leakage."
    )


def single_row_input(settings: Settings) -> str | None:
    """For framings that make a sequence from one row."""
    lookback = fixed_lookback(settings)
    if lookback == 1:
        return None
    unknown = "null, which is inferred" if settings.forecasts_a_table else "a whole table"
    return f"makes a sequence from one row, so `task.lookback` must be 1. Received: {lookback or unknown}."


def fixed_lookback(settings: Settings) -> int | None:
    """The input rows of a window, if they are fixed before a table is read."""
    data_settings, task = settings.data, settings.task
    return task.lookback if data_settings.is_table else window_lengths(task, data_settings.sequence_length)[0]


def batch_size_one(settings: Settings) -> str | None:
    """For stateful framings."""
    batch_size = settings.training.batch_size
    if batch_size in ("full", 1):
        return None
    return (
        "keeps its state from one sample to the next, so `training.batch_size` must be 1, or full, which means 1 here. "
        f"Received: {batch_size}."
    )


def no_shuffle(settings: Settings) -> str | None:
    """For framings whose samples must be in the order of time."""
    if not settings.training.shuffle:
        return None
    return "keeps its state from one sample to the next, so `training.shuffle` must be false. Received: true."


def unidirectional(settings: Settings) -> str | None:
    """For framings that read one step at a time."""
    if not settings.model.bidirectional:
        return None
    return "reads one step at a time and cannot read backwards, so `model.bidirectional` must be false. Received: true."


def no_labels(settings: Settings) -> str | None:
    """For framings that do not support the tasks `classify` and `label`."""
    return "has no outputs for labels: it is for task.kind=forecast and the other tasks that predict numbers."


def one_vector_of_steps(settings: Settings) -> str | None:
    """For framings that read all steps as one vector."""
    return "reads all steps as one vector, and sequences with labels may differ in their number of steps."


def no_masks(settings: Settings) -> str | None:
    """For framings that put neighboring steps together."""
    return "puts neighboring steps together, which no mask of padded steps follows."


def one_label_a_sequence(settings: Settings) -> str | None:
    """For framings with one output for a whole sequence."""
    if settings.task.kind == "classify":
        return None
    return "has one output for a whole sequence, and task.kind=label needs one for each step."


def one_label_a_step(settings: Settings) -> str | None:
    """For framings that have an output after every step, before the next one is read."""
    if settings.task.kind == "label":
        return None
    return "reads one step at a time to label it, and task.kind=classify has one label for a whole sequence."


def no_masked_inputs(settings: Settings) -> str | None:
    """For the framing that reads every step in a call of its own: the output of a masked step would be zero there."""
    if settings.data.missing != "mask":
        return None
    return (
        "reads one step at a time and has no output for a step that it skips, so `data.missing` must not be mask. "
        "Set drop, interpolate or ffill."
    )


def no_decoder(settings: Settings) -> str | None:
    """For the framing whose encoder alone classifies a sequence."""
    if settings.task.kind == "classify":
        return "decodes a sequence from the last state, and one label needs no decoder: its encoder is many_to_one."
    return "makes every output from the last state, which does not align with the steps that have the labels."


def past_steps(settings: Settings) -> str | None:
    """For framings whose labels depend on later steps if their layers are bidirectional."""
    task = settings.task
    if task.kind != "label" or task.available == "whole" or task.allow_leakage or not settings.model.bidirectional:
        return None
    return (
        "labels a step from later steps too if it is bidirectional, which task.available=past has not: that would be "
        "data leakage. Set task.available=whole if sequences are complete when they are labeled."
    )


def no_quantiles(settings: Settings) -> str | None:
    """For recursive forecasts, where one prediction is the next input."""
    if settings.training.loss != "quantile":
        return None
    return "forecasts recursively and cannot predict quantiles of later rows, so `training.loss` must not be quantile."


RECURSIVE_CONSTRAINTS = (features_are_targets, unidirectional, no_quantiles)  # of all recursive forecasts of tables
