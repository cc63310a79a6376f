"""Sequences with labels from arrays in memory, for the Python API."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqframe.data.cells import NumberFormat
from seqframe.data.class_labels import ClassLabels, encode_labels
from seqframe.data.roles import text_levels
from seqframe.data.sequences import MISSING_LABEL, Sequences
from seqframe.errors import UserError, show_value

ARRAYS = "the arrays"  # how messages call the data


def sequences_from_arrays(
    X: Sequence[Any] | NDArray[Any],
    y: Sequence[Any] | NDArray[Any],
    *,
    per_step: bool | None = None,
    features: Sequence[str] | None = None,
    classes: Sequence[str] | None = None,
    ids: Sequence[object] | None = None,
    split: Sequence[str] | None = None,
) -> Sequences:
    """Sequences from a list of arrays, one for each sequence, or from one array of sequences of equal length.

    Args:
        X: Inputs of each sequence: (steps,), (steps, features), or (steps, ...) such as images; numbers, or text as
            categories. NaN is a missing input.
        y: Labels of any type. For each sequence a label, the labels of its steps (steps,), or 0 and 1 for each class
            (classes,) or (steps, classes). None or NaN is a label that is not known.
        per_step: Whether every step has a label; None means that it has if there are as many labels as steps.
        features: Names of the inputs; None means `x_1`, `x_2`, ...
        classes: Names of the classes in the order of their codes; None means found, or numbered with 0 and 1 for each.
        ids: Names of the sequences; None means their numbers, from 1.
        split: `train`, `validation` or `test` for each sequence; None means that they are split at random.

    Raises:
        UserError: There is no sequence, one is empty or has another shape, or the labels do not fit the inputs.

    >>> sequences_from_arrays([[1.0, 2.0], [3.0]], ["up", "down"]).labels.tolist()
    [[1], [0]]
    """
    names = list(map(str, range(1, len(X) + 1) if ids is None else ids))
    _check_counts(X, y, names, split)
    steps = [np.asarray(each) for each in X]
    shape = steps[0].shape[1:]
    for each, name in zip(steps, names, strict=True):
        if each.ndim < 1 or each.shape[1:] != shape or not len(each):
            raise UserError(
                f"Every sequence must be an array (steps, ...) of one step shape, with at least one step. Received: "
                f"shape {each.shape} of sequence {name}, and {steps[0].shape} of sequence {names[0]}."
            )
    lengths = np.array(list(map(len, steps)), np.intp)
    rows = np.concatenate(steps).reshape(int(lengths.sum()), -1)  # (rows, features)
    columns = [f"x_{number + 1}" for number in range(rows.shape[1])] if features is None else list(map(str, features))
    if len(columns) != rows.shape[1]:
        raise UserError(f"`features` must name every input. Received: {len(columns)} names of {rows.shape[1]} inputs.")
    values, categories = _read_values(rows, columns)
    labels, of_steps = _read_labels(y, lengths, per_step, classes)
    return Sequences(
        values=values,
        lengths=lengths,
        labels=labels.codes,
        classes=labels.classes,
        features=tuple(columns),
        ids=tuple(names),
        per_step=of_steps,
        multi_label=labels.multi_label,
        split=None if split is None else tuple(map(str, split)),
        categories=categories,
        step_shape=shape if len(shape) > 1 else (),
    )


def _check_counts(X: Any, y: Any, names: list[str], split: Sequence[str] | None) -> None:
    for name, given in (("labels", y), ("ids", names), ("split", split)):
        if given is not None and len(given) != len(X):
            raise UserError(
                f"There must be as many {name} as sequences. Received: {len(given)} for {len(X)} sequences."
            )
    if not len(X):
        raise UserError("Sequences with labels must be several. Received: none.")


def _read_values(
    rows: NDArray[Any], columns: list[str]
) -> tuple[NDArray[np.float64], tuple[tuple[str, tuple[str, ...]], ...]]:
    """Inputs as numbers, text as codes (rows, features), and the categories of text by column."""
    if rows.dtype.kind in "fiub":
        return rows.astype(np.float64), ()
    values, categories = np.empty(rows.shape), []
    for place, name in enumerate(columns):
        column = pd.Series(rows[:, place])
        numbers = pd.to_numeric(column, errors="coerce")
        if not (numbers.isna() & column.notna()).any():
            values[:, place] = numbers
            continue
        levels = text_levels(column.dropna())
        codes = pd.Index(levels).get_indexer(pd.Index(column.astype("str").where(column.notna())))
        values[:, place] = np.where(codes < 0, np.nan, codes)
        categories.append((name, tuple(levels)))
    return values, tuple(categories)


def _read_labels(
    y: Any, lengths: NDArray[np.intp], per_step: bool | None, classes: Sequence[str] | None
) -> tuple[ClassLabels, bool]:
    """Labels as codes, and whether every step has one."""
    each = [np.asarray(label, object) for label in y]
    shapes = [label.shape for label in each]
    fits = all(shape[:1] == (length,) for shape, length in zip(shapes, lengths, strict=True))
    of_steps = fits if per_step is None else per_step
    inner = {shape[1:] if of_steps else shape for shape in shapes}  # shapes of the labels of one row
    if (of_steps and not fits) or len(inner) > 1 or len(next(iter(inner))) > 1:
        wanted = "a label for each step" if of_steps else "one label for each sequence, or 0 and 1 for each class"
        raise UserError(
            f"The labels must fit the inputs: {wanted}. Received: labels of the shapes "
            f"{show_value(sorted(set(shapes)))} for sequences of {lengths.min()} to {lengths.max()} steps."
        )
    rows = np.concatenate(each) if of_steps else np.stack(each)
    rows = rows.reshape(len(rows), -1)
    several = rows.shape[1] > 1
    names = [str(number) for number in range(rows.shape[1])] if classes is None or not several else list(classes)
    table = pd.DataFrame({name: pd.Series(rows[:, place].tolist()) for place, name in enumerate(names)})
    return encode_labels(table, ARRAYS, NumberFormat(), None if several else classes), of_steps


def sequences_to_table(sequences: Sequences) -> pd.DataFrame:
    """Sequences as a long table, which a pipeline reads: a row for each step, with `id`, `step` and the inputs.

    The label is in the column `label`, or where several classes may hold, in one column of 0 and 1 for each class. A
    published split is in the column `split`. Shapes of steps are not stored: an image is a row of its values.
    """
    every = np.arange(len(sequences), dtype=np.intp)
    rows, lengths = sequences.rows(every), sequences.lengths
    columns: dict[str, Any] = {"id": np.repeat(sequences.ids, lengths), "step": sequences.positions(every)}
    if sequences.split is not None:
        columns["split"] = np.repeat(sequences.split, lengths)
    categories = dict(sequences.categories)
    for place, name in enumerate(sequences.features):
        values = sequences.values[rows, place]
        columns[name] = _names_of_codes(values, categories[name]) if name in categories else values
    labels = sequences.step_labels(every)
    if not sequences.multi_label:
        return pd.DataFrame({**columns, "label": _names_of_codes(labels[:, 0], sequences.classes)})
    known = np.where(labels == MISSING_LABEL, np.nan, labels)
    return pd.DataFrame({**columns, **{name: known[:, place] for place, name in enumerate(sequences.classes)}})


def _names_of_codes(codes: NDArray[Any], names: tuple[str, ...]) -> NDArray[np.object_]:
    """The name of each code (rows,); None where it is missing."""
    known = np.where(np.isnan(codes), MISSING_LABEL, codes).astype(np.intp)
    return np.array([*names, None], object)[known]  # -1 is the last one
