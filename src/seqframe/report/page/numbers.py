"""Numbers, as people read them."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

POINTS = 250  # of a line on a chart: more are not seen, and make the page large
DIGITS = 4
PLAIN = "{:.3g}"


def write_cell(value: Any, form: str = PLAIN) -> str:
    """A cell of a table: nothing where there is no value, whole numbers whole.

    >>> write_cell(1297.0), write_cell(0.012345), write_cell(float("nan")), write_cell("dense"), write_cell(12345)
    ('1,297', '0.0123', '', 'dense', '12,345')
    """
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, int | np.integer):
        return f"{value:,}"
    if not isinstance(value, float):
        return "" if value is None else str(value)
    if np.isnan(value):
        return ""
    whole = form == PLAIN and abs(value) < 1e15 and (value.is_integer() or abs(value) >= 1000)
    return f"{value:,.0f}" if whole else form.format(value)


def write_columns(table: pd.DataFrame, columns: Iterable[tuple[str, str, str | Callable[[Any], str]]]) -> pd.DataFrame:
    """A table to be read: of every (column, title, form) that `table` has, the cells in that form."""
    shown = {}
    for column, title, form in columns:
        if column in table:
            write = form if callable(form) else partial(write_cell, form=form)
            shown[title] = [write(value) for value in table[column]]
    return pd.DataFrame(shown, dtype=object)


def thin_out(values: NDArray[Any], most: int = POINTS) -> NDArray[np.intp]:
    """Which of many values are drawn: all of few, else evenly spread ones with the first and the last: (places,).

    >>> thin_out(np.zeros(7), most=4).tolist()
    [0, 2, 4, 6]
    """
    places = np.linspace(0, len(values) - 1, min(len(values), most)).round().astype(np.intp)
    return np.unique(places)


def shorten(values: Iterable[Any]) -> list[float | None]:
    """Numbers to four digits, which no eye tells from the whole ones; None where there is none.

    >>> shorten([0.123456, float("nan")])
    [0.1235, None]
    """
    return [float(f"{value:.{DIGITS}g}") if np.isfinite(value) else None for value in values]
