"""Labels of any type as codes of classes: text, whole numbers, booleans, and several columns of 0 and 1."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqframe.data.cells import NumberFormat, parse_cells
from seqframe.data.sequences import MISSING_LABEL
from seqframe.errors import UserError, shorten, show_value, suggest_names

MISSING_CLASS = frozenset({"", "nan", "<na>", "na", "n/a", "null", "?"})  # in lower case; "none" may be a class
INTEGER = re.compile(r"[-+]?\d+")


@dataclass(frozen=True)
class ClassLabels:
    """Labels as codes.

    Attributes:
        codes: Codes of the classes, from 0: (rows, 1), or with `multi_label` 0 or 1 for each class: (rows, classes).
            A label that is not known is `MISSING_LABEL`.
        classes: Names of the classes, in the order of their codes: numbers by size, other names by letters.
        multi_label: Whether several classes may hold at once.
    """

    codes: NDArray[np.int64]
    classes: tuple[str, ...]
    multi_label: bool = False


def encode_labels(
    columns: pd.DataFrame, file: str, numbers: NumberFormat, classes: Sequence[str] | None = None
) -> ClassLabels:
    """Labels in one column (rows, 1), or in several columns of 0 and 1 (rows, classes), as codes.

    `classes` are the classes of a model, None to find them; with several columns they are the names of the columns.

    Raises:
        UserError: A label is a number that is not whole or is no class of the model, or one of several columns holds
            anything but 0 and 1.
    """
    if columns.shape[1] > 1:
        return _encode_several(columns, file, numbers)
    names = class_names(columns.iloc[:, 0], file, numbers.missing)
    known = tuple(classes) if classes is not None else sort_names(names.dropna().unique())
    codes = pd.Index(known).get_indexer(pd.Index(names)).astype(np.int64)
    unknown = (codes < 0) & names.notna().to_numpy()
    for row in np.flatnonzero(unknown)[:1]:
        raise UserError(
            f"Column {columns.columns[0]} of {file} must hold classes of the model. Received: "
            f"{show_value(names.iloc[row])} in row {row + 1}. {suggest_names(str(names.iloc[row]), known, 'Classes')}"
        )
    return ClassLabels(np.where(codes < 0, MISSING_LABEL, codes)[:, None], known)


def class_names(column: pd.Series, file: str, missing: frozenset[str] = frozenset()) -> pd.Series:
    """Names of the classes of a column (rows,): whole numbers without a point, text without spaces around it.

    >>> class_names(pd.Series([2.0, np.nan, 1.0]), "a table").tolist()
    ['2', nan, '1']

    Raises:
        UserError: A label is a number that is not whole.
    """
    cells, unique = pd.factorize(column)
    names = [_class_name(cell) for cell in unique]
    for cell, name in zip(unique, names, strict=True):
        if name is None:
            raise UserError(
                f"Column {column.name} of {file} must hold classes: text, whole numbers or booleans. Received: "
                f"{shorten(str(cell))}. Predict numbers with task.kind=forecast, or name another data.target."
            )
    gone = [str(name).lower() in MISSING_CLASS or name in missing for name in names]
    known = np.array([np.nan if empty else name for name, empty in zip(names, gone, strict=True)] + [np.nan], object)
    return pd.Series(known[cells], name=column.name, dtype=object)


def _class_name(cell: Any) -> str | None:
    """Name of a class; None for a number that is not whole."""
    if isinstance(cell, float | np.floating):
        return str(int(cell)) if np.isfinite(cell) and cell == int(cell) else None
    return str(cell).strip()


def sort_names(names: Sequence[str]) -> tuple[str, ...]:
    """Names of classes in order: by size if all of them are whole numbers, otherwise by letters.

    >>> sort_names(["10", "9"]), sort_names(["b", "10", "9"])
    (('9', '10'), ('10', '9', 'b'))
    """
    whole = all(INTEGER.fullmatch(name) for name in names)
    return tuple(sorted(names, key=int if whole else None))


def _encode_several(columns: pd.DataFrame, file: str, numbers: NumberFormat) -> ClassLabels:
    codes = np.empty(columns.shape, np.int64)
    for place, name in enumerate(columns.columns):
        parsed = parse_cells(columns[name], numbers)
        wrong = parsed.bad | ~(np.isnan(parsed.values) | np.isin(parsed.values, (0, 1)))
        for row in np.flatnonzero(wrong)[:1]:
            raise UserError(
                f"Several label columns must hold 0 and 1, one column for each class. Received: "
                f"{shorten(str(columns[name].iloc[row]))} in column {name} of {file}, row {row + 1}. Set data.target "
                "to one column, or to columns of 0 and 1."
            )
        codes[:, place] = np.where(np.isnan(parsed.values), MISSING_LABEL, parsed.values)
    return ClassLabels(codes, tuple(map(str, columns.columns)), multi_label=True)
