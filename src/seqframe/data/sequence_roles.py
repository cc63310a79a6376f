"""Roles of the columns of a table of sequences with labels: sequence id, step, label, published split and inputs."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqframe.config import DataSettings
from seqframe.config.params import format_value
from seqframe.data.columns import as_list, check_column_roles
from seqframe.data.panel_ids import ID_NAMES
from seqframe.data.raw_table import RawTable
from seqframe.data.roles import (
    MAX_LEVELS,
    NONE,
    SAMPLE,
    TIME_NAMES,
    check_column_exists,
    is_row_number,
    is_text_column,
    text_levels,
)
from seqframe.data.sequence_splits import SPLIT_NAMES
from seqframe.data.time_columns import is_time_column
from seqframe.errors import UserError, list_names

LABEL_NAMES = ("label", "labels", "class", "target", "y", "tag")
SPLIT_COLUMNS = ("split", "set", "partition", "subset", "fold")
MOST_REPEATED = 0.5  # share of rows of a column of steps that repeat a step of their sequence
STEP_NAMES = ("step", "t", "time_step", "timestep", "frame", "position", "index", "row", *TIME_NAMES)


def resolve_sequence_roles(raw: RawTable, settings: DataSettings, file: str) -> tuple[DataSettings, dict[str, str]]:
    """The settings with a role for every column that is used, and the reason for each column that is not.

    Inputs are the columns in `data.features`, or all columns without another role.

    Raises:
        UserError: A column that the settings name is missing, or there is no column for the id or the label.
    """
    columns = raw.columns
    names = list(columns.columns)
    keys = [name for name in (*as_list(settings.time_column), *as_list(settings.id_column)) if name != NONE]
    for name in [*names, *keys, *as_list(settings.target), *as_list(settings.features)]:
        check_column_exists(name, names, file)
    check_column_roles(settings)
    if settings.wide_columns:
        raise UserError(
            f"A table of sequences with labels must be long: a row for each step. Received: {file} with "
            "`data.wide_columns`. Set data.wide_columns=null, and data.id_column to the sequence of each row."
        )
    target = as_list(settings.target) or [_find_label(names, settings, file)]
    ids = _find_ids(columns, settings, target, file)
    sequences = _number_groups(columns, ids)
    used = {*target, *ids, *as_list(settings.features)}
    split = _find_split(columns, settings, used, file)
    taken = {*target, *ids, *as_list(split)}
    time = _find_step(columns, settings, sequences, taken)
    others = [name for name in names if name not in {*taken, *as_list(time)}]
    ignored: dict[str, str] = {}
    if settings.split_column == NONE:
        ignored |= {name: "the published split" for name in others if _is_split(columns, name, used)}
        others = [name for name in others if name not in ignored]
    features = as_list(settings.features) or _find_inputs(raw, others, target, sequences, ignored)
    for name in set(target) & set(features):
        raise UserError(f"The label of {file} cannot be an input. Received: {name} in data.target and data.features.")
    if not features:
        shown = [f"{name} ({ignored[name]})" if name in ignored else name for name in names]
        raise UserError(
            f"A table of sequences needs an input column. Received: {file} with {list_names(shown)}. Set data.features."
        )
    found = {
        "id_column": ids[0] if len(ids) == 1 else ids or NONE,
        "time_column": time or NONE,
        "target": target[0] if len(target) == 1 else target,
        "split_column": split or NONE,
        "features": features,
        "categories": _find_categories(raw, features, settings),
    }
    return settings.model_copy(update=found), ignored


def coded_columns(settings: DataSettings) -> dict[str, list[str]]:
    """Categories of the text inputs that are read as codes; the others are one-hot."""
    encoding = settings.category_encoding
    return {
        name: levels
        for name, levels in settings.categories.items()
        if encoding == "codes" or (encoding == "auto" and len(levels) > MAX_LEVELS)
    }


def describe_sequence_roles(settings: DataSettings, ignored: dict[str, str]) -> str:
    """One line with the columns by role."""
    coded, features = coded_columns(settings), as_list(settings.features)
    one_hot = [name for name in settings.categories if name not in coded]
    parts = {
        "label": as_list(settings.target),
        "sequence": as_list(settings.id_column),
        "step": as_list(settings.time_column),
        "split": as_list(settings.split_column),
        "inputs": features,
        "one-hot": one_hot,
        "codes": list(coded),
        "ignored": [f"{name} ({reason})" for name, reason in ignored.items()],
    }
    shown = {role: [name for name in names if name != NONE] for role, names in parts.items()}
    return " · ".join(f"{role}: {list_names(names)}" for role, names in shown.items() if names)


def _find_label(names: list[str], settings: DataSettings, file: str) -> str:
    used = {*as_list(settings.features), *as_list(settings.id_column), *as_list(settings.time_column)}
    found = [name for name in names if name.lower().strip() in LABEL_NAMES and name not in used]
    if len(found) != 1:
        raise UserError(
            f"Sequences with labels need `data.target`, the column with the label. Received: {file} with columns "
            f"{list_names(names)}. Set data.target."
        )
    return found[0]


def _find_ids(columns: pd.DataFrame, settings: DataSettings, target: list[str], file: str) -> list[str]:
    """The id columns; the settings must name them, unless they are `none`."""
    if settings.id_column is not None:
        return [name for name in as_list(settings.id_column) if name != NONE]
    taken = {*target, *as_list(settings.features), *as_list(settings.time_column), *as_list(settings.split_column)}
    likely = [name for name in columns.columns if name not in taken and _is_id(columns[name])]
    likely.sort(key=lambda name: (name.lower() not in ID_NAMES, -columns[name].nunique()))
    hint = "Set it to the column with the sequence of each row."
    if likely:
        made = f"{likely[0]} would make {columns[likely[0]].nunique()} sequences"
        hint = f"Set data.id_column={format_value(likely[0])}: {made}."
    raise UserError(f"Sequences with labels need `data.id_column`. Received: {file} without it. {hint}")


def _is_id(column: pd.Series) -> bool:
    """Whether every value of a column is in one block of rows, and the blocks are several."""
    if pd.api.types.is_float_dtype(column):
        return False
    codes, levels = pd.factorize(column)
    return 1 < len(levels) < len(column) and 1 + int((np.diff(codes) != 0).sum()) == len(levels)


def _number_groups(columns: pd.DataFrame, ids: list[str]) -> NDArray[np.intp]:
    """Number of the sequence of each row: (rows,)."""
    if not ids:
        return np.zeros(len(columns), np.intp)
    return np.asarray(columns.groupby(ids, sort=False, dropna=False).ngroup(), np.intp)


def have_one_code(codes: NDArray[np.intp], groups: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Whether each group has one code: codes and groups (rows,), numbers from 0 -> (groups,)."""
    n_groups = int(groups.max(initial=-1)) + 1
    low, high = np.full(n_groups, np.iinfo(np.intp).max), np.full(n_groups, -1)
    np.minimum.at(low, groups, codes)
    np.maximum.at(high, groups, codes)
    return np.asarray(low == high)


def _find_split(columns: pd.DataFrame, settings: DataSettings, used: set[str], file: str) -> str | None:
    """The column of the published split: the named one, or one with such a name and such values."""
    if settings.split_column == NONE:
        return None
    if settings.split_column is not None:
        check_column_exists(settings.split_column, list(columns.columns), file)
        return settings.split_column
    return next((str(name) for name in columns.columns if _is_split(columns, name, used)), None)


def _is_split(columns: pd.DataFrame, name: str, used: set[str]) -> bool:
    """Whether a column looks like a published split: other values are refused when it is read, and are no input."""
    if name.lower().strip() not in SPLIT_COLUMNS or name in used:
        return False
    return "train" in {SPLIT_NAMES.get(str(value).strip().lower()) for value in columns[name].unique()}


def _find_step(
    columns: pd.DataFrame, settings: DataSettings, sequences: NDArray[np.intp], taken: set[str]
) -> str | list[str] | None:
    """The column with the order of the steps; None if the rows are in order.

    Its values mostly differ within a sequence; where some are equal, reading refuses them.
    """
    if settings.time_column is not None:
        return None if settings.time_column == NONE else settings.time_column
    free = [name for name in columns.columns if name not in {*taken, *as_list(settings.features)}]
    named = [name for name in free if name.lower().strip() in STEP_NAMES or is_time_column(columns[name].iloc[:SAMPLE])]
    numbered = pd.DataFrame({"sequence": sequences}, columns.index)
    for name in named:
        column = columns[name]
        repeated = pd.concat([numbered, column.rename("step")], axis=1).duplicated().mean()
        if column.notna().all() and repeated <= MOST_REPEATED:
            return str(name)
    return None


def _find_inputs(
    raw: RawTable, others: list[str], target: list[str], sequences: NDArray[np.intp], ignored: dict[str, str]
) -> list[str]:
    """All columns that can be inputs; `ignored` receives the reason for the others."""
    found = []
    labels = np.asarray(raw.columns.groupby(target, sort=False).ngroup().fillna(-1), np.intp)
    for name in others:
        column = raw.columns[name]
        reason = _reason_to_ignore(raw, name)
        if not reason and _is_renamed(column, labels):
            reason = "the label by other names"
        if not reason and not pd.api.types.is_numeric_dtype(column) and _is_renamed(column, sequences):
            reason = "the sequence by other names"
        if reason:
            ignored[name] = reason
        else:
            found.append(name)
    return found


def _is_renamed(column: pd.Series, labels: NDArray[np.intp]) -> bool:
    """Whether a column has one value for each label, and every value has one label: labels (rows,), -1 if missing."""
    known = labels >= 0
    if not known.any():
        return False
    codes, labels = pd.factorize(column)[0][known], labels[known]
    if codes.max(initial=-1) != labels.max(initial=-1):
        return False
    pairs = codes * (int(labels.max(initial=0)) + 1) + labels
    return len(np.unique(pairs)) == len(np.unique(labels)) == len(np.unique(codes))


def _reason_to_ignore(raw: RawTable, name: str) -> str:
    """Why a column is no input; empty if it is one."""
    column = raw.columns[name]
    if column.isna().all():
        return "empty"
    levels = column.nunique()
    if is_time_column(column.iloc[:SAMPLE]) or column.dtype.kind in "mM":
        return "times"
    if levels == 1:
        return "constant"
    if is_row_number(column):
        return "row number"
    if is_text_column(raw.parse(name), raw.is_missing(name)) and levels > max(MAX_LEVELS, len(column) // 2):
        return f"text, {levels} values"
    return ""


def _find_categories(raw: RawTable, features: list[str], settings: DataSettings) -> dict[str, list[str]]:
    """The categories of every text input."""
    found = dict(settings.categories)
    for name in features:
        column = raw.columns[name]
        if name in found or pd.api.types.is_numeric_dtype(column) or column.dtype.kind in "mM":
            continue
        empty = raw.is_missing(name)
        if is_text_column(raw.parse(name), empty):
            found[name] = text_levels(column[~empty])
    return {name: levels for name, levels in found.items() if name in features}
