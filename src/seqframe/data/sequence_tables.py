"""Sequences with labels from a long table: a row for each step, with the id of its sequence.

Bad input is reported, never repaired silently.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqframe.config import DataSettings
from seqframe.data.cells import MISSING, to_numeric
from seqframe.data.class_labels import ClassLabels, encode_labels
from seqframe.data.columns import as_list, encoded_columns
from seqframe.data.files import find_table, read_raw_table
from seqframe.data.imputation import FILLERS
from seqframe.data.raw_table import RawTable
from seqframe.data.roles import NONE, check_column_exists
from seqframe.data.sequence_roles import coded_columns, describe_sequence_roles, have_one_code, resolve_sequence_roles
from seqframe.data.sequence_splits import SPLIT_NAMES
from seqframe.data.sequences import MISSING_LABEL, Sequences
from seqframe.data.series_names import name_some
from seqframe.data.table_input import to_raw_table
from seqframe.data.tables import prepare_columns
from seqframe.data.timestamps import parse_timestamps
from seqframe.data.windows import Floats
from seqframe.errors import UserError, join_words, show_value

MISSING_POLICIES = "Set data.missing=drop, interpolate, ffill or mask, or fix the table."
SAVED_POLICY = "Fix the table, or train the model again with data.missing=drop, interpolate, ffill or mask."
LARGEST_WHOLE = 2**53  # from here on, float64 does not hold every whole number


@dataclass(frozen=True)
class LoadedSequences:
    """Sequences that are ready to be split.

    Attributes:
        sequences: The sequences. NaN for inputs that are imputed later.
        settings: The settings with a role for every column that is used.
        notes: One sentence for each group of things that were found or repaired while reading.
    """

    sequences: Sequences
    settings: DataSettings
    notes: tuple[str, ...] = ()


def read_sequences(data_settings: DataSettings, per_step: bool) -> LoadedSequences:
    """Read the table that the settings name, with one label a step, or one a sequence.

    Raises:
        UserError: As for `load_sequence_table`, or the file is missing, empty or damaged.
    """
    path = find_table(str(data_settings.path))
    return load_sequence_table(read_raw_table(path, data_settings.csv), data_settings, per_step, path.name)


def load_sequence_table(raw: RawTable, data_settings: DataSettings, per_step: bool, name: str) -> LoadedSequences:
    """Find the roles of the columns of a table, and read the sequences; messages call the table `name`.

    Raises:
        UserError: A column is missing or has the wrong type, an input is missing or infinite, a step has two rows, or
            a label or the published split changes within a sequence.
    """
    settings, ignored = resolve_sequence_roles(raw, data_settings, name)
    notes: list[str] = []
    sequences = read_sequence_columns(raw, settings, per_step, name, notes=notes)
    read = [f"{note.removesuffix('.')}, " for note in raw.notes if note.startswith(f"Read {name}: ")]
    others = [note for note in raw.notes if not note.startswith(f"Read {name}: ")]
    summary = f"{read[0] if read else f'Read {name}: '}{describe_sequences(sequences)}."
    roles = f"{describe_sequence_roles(settings, ignored)}."
    return LoadedSequences(sequences, settings, (summary, *others, roles, *notes))


def read_sequence_columns(
    table: Any,
    settings: DataSettings,
    per_step: bool,
    name: str,
    classes: Sequence[str] | None = None,
    notes: list[str] | None = None,
) -> Sequences:
    """Read sequences with the roles in the settings, as `resolve_sequence_roles` finds them.

    `classes` are the classes of a model that predicts; the columns of the label and of the split are then not read.

    Raises:
        UserError: As for `load_sequence_table`.
    """
    notes = [] if notes is None else notes
    coded = coded_columns(settings)
    one_hot = {column: levels for column, levels in settings.categories.items() if column not in coded}
    keys = {key: None for key in ("time_column", "id_column") if getattr(settings, key) == NONE}
    encoding = settings.model_copy(update={"categories": one_hot, **keys})
    raw = _prepare(table, encoding, name, notes)
    names = encoded_columns(as_list(settings.features), encoding)
    for column in names:
        check_column_exists(column, list(raw.columns.columns), name)
    groups, ids = _number_sequences(raw.columns, encoding.id_name, name)
    rows = _order_rows(raw.columns, groups, ids, encoding, name, notes)
    groups = groups[rows]
    values = _read_inputs(raw, names, coded, name, notes)[rows]
    labels = _read_labels(raw, settings, name, notes) if classes is None else _no_labels(raw, settings, classes)
    labels = replace(labels, codes=labels.codes[rows])
    remedy = MISSING_POLICIES if classes is None else SAVED_POLICY
    _check_inputs(values, names, groups, ids, settings.missing, name, remedy)
    split = None if classes is not None else _read_split(raw.columns, settings.split_column, rows, groups, ids, name)
    if settings.missing == "drop":
        complete = ~np.isnan(values).any(axis=1)
        values, groups, labels = values[complete], groups[complete], replace(labels, codes=labels.codes[complete])
    lengths = np.bincount(groups, minlength=len(ids)).astype(np.intp)
    _fill_sequences(values, lengths, settings.missing, [column in coded or "=" in column for column in names])
    sequences = Sequences(
        values=values,
        lengths=lengths,
        labels=labels.codes,
        classes=labels.classes,
        features=tuple(names),
        ids=ids,
        per_step=True,
        multi_label=labels.multi_label,
        split=split,
        categories=tuple((column, tuple(levels)) for column, levels in coded.items()),
    )
    sequences = _without(sequences, lengths == 0, "no step without missing values", notes)
    return sequences if per_step else _one_label_each(sequences, classes is not None, name, notes)


def describe_sequences(sequences: Sequences) -> str:
    """Numbers of sequences, steps, features and classes, and the published split.

    For example: `640 sequences of 7 to 29 steps, 12 features, 9 classes; published split 270 train, 370 test`.
    """
    low, high = (int(bound) for bound in (sequences.lengths.min(), sequences.lengths.max()))
    steps = f"{low} to {high} steps" if low < high else _count(high, "step")
    classes = "labels, 0 or 1 each" if sequences.multi_label else f"class{'es' * (len(sequences.classes) != 1)}"
    text = (
        f"{_count(len(sequences), 'sequence')} of {steps}, {_count(len(sequences.features), 'feature')}, "
        f"{len(sequences.classes):,} {classes}"
    )
    if sequences.split is None:
        return text
    counts = {part: sequences.split.count(part) for part in dict.fromkeys(SPLIT_NAMES.values())}
    return f"{text}; published split {', '.join(f'{count:,} {part}' for part, count in counts.items() if count)}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'s' * (number != 1)}"


def _prepare(table: Any, settings: DataSettings, file: str, notes: list[str]) -> RawTable:
    """The table with joined columns and one-hot categories; messages name the columns of the table."""
    raw = to_raw_table(table, settings.csv)
    keys = [name for name in (settings.id_column, settings.time_column) if isinstance(name, str)]
    for name in [*keys, *(name for name in as_list(settings.features) if name not in settings.categories)]:
        check_column_exists(name, list(raw.columns.columns), file)
    return prepare_columns(raw, settings, file, notes)


def _number_sequences(
    columns: pd.DataFrame, id_name: str | None, file: str
) -> tuple[NDArray[np.intp], tuple[str, ...]]:
    """Number of the sequence of each row, in the order of the table (rows,), and the names of the sequences."""
    if id_name is None:
        return np.zeros(len(columns), np.intp), ("1",)
    check_column_exists(id_name, list(columns.columns), file)
    codes, ids = pd.factorize(columns[id_name])
    if (codes < 0).any():
        raise UserError(
            f"Column {id_name} of {file} must have an id in every row. Received: none in row {int(codes.argmin()) + 1} "
            f"({(codes < 0).sum()} such rows)."
        )
    return codes.astype(np.intp), tuple(map(str, ids))


def _order_rows(
    columns: pd.DataFrame,
    groups: NDArray[np.intp],
    ids: tuple[str, ...],
    settings: DataSettings,
    file: str,
    notes: list[str],
) -> NDArray[np.intp]:
    """Numbers of the rows, sequence by sequence, in the order of their times: (rows,). Repeated times are merged."""
    if settings.time_name is None:
        return np.argsort(groups, kind="stable")
    check_column_exists(settings.time_name, list(columns.columns), file)
    times = parse_timestamps(columns[settings.time_name], file, settings.date_format, settings.timezone, notes)
    ranks = pd.factorize(times, sort=True)[0]
    rows = np.lexsort((ranks, groups))
    in_table = np.argsort(groups, kind="stable")
    late = int(((np.diff(groups[in_table]) == 0) & (np.diff(ranks[in_table]) < 0)).sum())
    if late:
        notes.append(f"The rows of {file} were sorted by {settings.time_name}: {late} follow a later step.")
    repeated = (np.diff(groups[rows]) == 0) & (np.diff(ranks[rows]) == 0)  # (rows - 1,)
    if not repeated.any():
        return rows
    if settings.duplicates in ("raise", "mean"):
        row = rows[1:][repeated][0]
        raise UserError(
            f"A step of a sequence must have one row. Received: {settings.time_name} "
            f"{columns[settings.time_name].iloc[row]} in two rows of sequence {ids[groups[row]]} of {file} "
            f"({int(repeated.sum())} such rows). Set data.duplicates=first or last, or for the order of the table, "
            "data.time_column=none."
        )
    notes.append(f"Of rows of {file} with the same step, the {settings.duplicates} was taken: {int(repeated.sum())}.")
    first = (
        np.concatenate([[True], ~repeated]) if settings.duplicates == "first" else np.concatenate([~repeated, [True]])
    )
    return np.asarray(rows[first])


def _read_inputs(
    raw: RawTable, names: list[str], coded: dict[str, list[str]], file: str, notes: list[str]
) -> NDArray[np.float64]:
    """The inputs of every row of the table, text as codes: (rows, features), NaN where missing."""
    values = np.empty((len(raw.columns), len(names)))
    for place, name in enumerate(names):
        if name in coded:
            values[:, place] = _read_codes(raw.columns[name], coded[name], file)
        else:
            values[:, place] = to_numeric(raw.columns[name], file, raw.parse(name), notes)
    return values


def _read_codes(column: pd.Series, levels: list[str], file: str) -> Floats:
    """Codes of a text column: (rows,), NaN where missing."""
    text = column.astype("str").where(column.notna())
    codes = pd.Index(levels).get_indexer(pd.Index(text)).astype(np.float64)
    empty = text.isna() | (text.str.lower().isin(MISSING) & (codes < 0))
    for row in np.flatnonzero((codes < 0) & ~empty)[:1]:
        raise UserError(
            f"Column {column.name} of {file} must hold a category of the training table. Received: "
            f"{show_value(text.iloc[row])} in row {row + 1}, which is none of its {len(levels)} categories."
        )
    return np.where(codes < 0, np.nan, codes)


def _read_labels(raw: RawTable, settings: DataSettings, file: str, notes: list[str]) -> ClassLabels:
    """The labels of every row of the table; a note has the words that were read as no label."""
    targets = as_list(settings.target)
    for target in targets:
        check_column_exists(target, list(raw.columns.columns), file)
    columns = pd.DataFrame({target: _exact_labels(raw, target) for target in targets})
    labels = encode_labels(columns, file, raw.numbers)
    if len(targets) == 1:
        gone = columns[targets[0]][labels.codes[:, 0] == MISSING_LABEL].dropna()
        words = [word for cell in gone if (word := str(cell).strip())]
        if words:
            notes.append(
                f"Column {targets[0]} of {file} has no label where it has {name_some(dict.fromkeys(words))}: "
                f"{_count(len(words), 'row')}. If that is a class, give it another name."
            )
    return labels


def _exact_labels(raw: RawTable, target: str) -> pd.Series:
    """A column of labels; as it is written, where float64 does not hold its whole numbers."""
    column: pd.Series = raw.columns[target]
    if raw.as_text is None or not pd.api.types.is_float_dtype(column) or not (column.abs() >= LARGEST_WHOLE).any():
        return column
    return raw.as_text(target)


def _no_labels(raw: RawTable, settings: DataSettings, classes: Sequence[str]) -> ClassLabels:
    """The labels of a table to predict, which are not known."""
    targets = as_list(settings.target)
    codes = np.full((len(raw.columns), len(targets)), MISSING_LABEL, np.int64)
    return ClassLabels(codes, tuple(classes), multi_label=len(targets) > 1)


def _check_inputs(
    values: Floats,
    names: list[str],
    groups: NDArray[np.intp],
    ids: tuple[str, ...],
    missing: str,
    file: str,
    remedy: str,
) -> None:
    """Check that no input is infinite, and that none is missing if `missing` is `raise`; values (rows, features).

    Raises:
        UserError: One is, or a column has no value at all.
    """
    for place in np.flatnonzero(np.isnan(values).all(axis=0))[:1]:
        raise UserError(
            f"Column {names[place]} of {file} must hold numbers. Received: missing values in all {len(values)} rows. "
            "Remove the column from data.features, or fix the table."
        )
    wrong = np.isinf(values) | (np.isnan(values) & (missing == "raise"))
    if not wrong.any():
        return
    row, place = (int(each[0]) for each in np.nonzero(wrong))
    infinite = bool(np.isinf(values[row, place]))
    step = row - int(np.searchsorted(groups, groups[row])) + 1
    raise UserError(
        f"Column {names[place]} of {file} must hold finite numbers. Received: "
        f"{'an infinite' if infinite else 'a missing'} value in step {step} of sequence {ids[groups[row]]}, one of "
        f"{int(wrong[:, place].sum())}. {'Fix the table.' if infinite else remedy}"
    )


def _fill_sequences(values: Floats, lengths: NDArray[np.intp], policy: str, categorical: list[bool]) -> None:
    """Fill missing inputs from their own sequence, in place: values (rows, features). Categories are repeated.

    What no earlier value fills, or for `interpolate` no earlier and later one, stays NaN: it is filled with the mean of
    the training sequences.
    """
    if policy not in FILLERS or not np.isnan(values).any():
        return
    stops = np.cumsum(lengths)
    incomplete = np.unique(np.searchsorted(stops, np.flatnonzero(np.isnan(values).any(axis=1)), side="right"))
    for number in incomplete:
        part = values[stops[number] - lengths[number] : stops[number]]
        for column, is_category in zip(part.T, categorical, strict=True):
            if not np.isnan(column).all():
                FILLERS["ffill" if is_category else policy](column)


def _read_split(
    columns: pd.DataFrame,
    name: str | None,
    rows: NDArray[np.intp],
    groups: NDArray[np.intp],
    ids: tuple[str, ...],
    file: str,
) -> tuple[str, ...] | None:
    """The published split of each sequence; None if there is none."""
    if name in (None, NONE):
        return None
    codes, values = pd.factorize(columns[name].iloc[rows].astype("str").str.strip().str.lower())
    for number in np.flatnonzero(~have_one_code(codes, groups))[:1]:
        raise UserError(
            f"`data.split_column` must be constant in each sequence. Received: {name} of {file}, which changes in "
            f"sequence {ids[number]}. Correct it, or set data.split_column=none."
        )
    parts = [str(values[code]) for code in codes[np.searchsorted(groups, np.arange(len(ids)))]]
    for number, part in enumerate(parts):
        if part not in SPLIT_NAMES:
            raise UserError(
                f"`data.split_column` must hold {join_words(('train', 'validation', 'test'))}. Received: "
                f"{show_value(part)} for sequence {ids[number]} of {file}. Correct it, or set data.split_column=none."
            )
    return tuple(SPLIT_NAMES[part] for part in parts)


def _without(sequences: Sequences, gone: NDArray[np.bool_], reason: str, notes: list[str]) -> Sequences:
    """The sequences except some, (sequences,), which a note names with the reason."""
    if not gone.any():
        return sequences
    ids = [sequences.ids[number] for number in np.flatnonzero(gone)]
    if gone.all():
        raise UserError(
            f"A table must have a sequence to learn from. Received: {len(ids)} sequences, all with {reason}."
        )
    notes.append(f"Sequence{'s' * (len(ids) > 1)} {name_some(ids)} skipped: {reason}.")
    return sequences.select(np.flatnonzero(~gone))


def _one_label_each(sequences: Sequences, predicts: bool, file: str, notes: list[str]) -> Sequences:
    """The sequences with their label, which must be the same in all steps, in place of one label a step.

    Raises:
        UserError: A sequence has several labels.
    """
    owner = np.repeat(np.arange(len(sequences)), sequences.lengths)
    labels = np.full((len(sequences), sequences.labels.shape[1]), MISSING_LABEL, np.int64)
    np.maximum.at(labels, owner, sequences.labels)
    differs = (sequences.labels != labels[owner]) & (sequences.labels != MISSING_LABEL)
    for row, place in np.argwhere(differs)[:1]:
        codes = (sequences.labels[row, place], labels[owner[row], place])
        shown = [str(code) if sequences.multi_label else sequences.classes[code] for code in codes]
        raise UserError(
            f"`task.kind=classify` needs one label for each sequence. Received: {show_value(shown[0])} and "
            f"{show_value(shown[1])} in sequence {sequences.ids[owner[row]]} of {file}. Set task.kind=label for one "
            "label a step."
        )
    sequences = replace(sequences, labels=labels, per_step=False)
    unknown = np.zeros(len(labels), bool) if predicts else (labels == MISSING_LABEL).all(axis=1)
    return _without(sequences, unknown, "no label", notes)
