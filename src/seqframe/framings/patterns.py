"""How windows become X and y: an einops pattern, and predictions back to windows by its inverse.

A pattern begins with the axes of a window, `b t f`: windows, steps, and features or targets.

>>> rearrange_windows(np.zeros((2, 5, 3)), "b t f -> (b t) 1 f").shape
(10, 1, 3)
>>> restore_windows(np.zeros((10, 1, 3)), "b t f -> (b t) 1 f", (2, 5, 3)).shape
(2, 5, 3)
"""

import numpy as np
from einops import EinopsError, rearrange

from seqframe.data.windows import Array
from seqframe.networks.spec import Shape

WINDOW_AXES = "b t f"
SAME = "b t f -> b t f"


def rearrange_windows(windows: Array, pattern: str, reverse: bool = False) -> Array:
    """(windows, steps, columns) -> the shape of the pattern; with `reverse`, the last step comes first.

    The result is a view where NumPy can make one.
    """
    rearranged: Array = rearrange(windows[:, ::-1] if reverse else windows, pattern)
    return rearranged


def restore_windows(values: Array, pattern: str, shape: Shape, reverse: bool = False) -> Array:
    """Undo `rearrange_windows`; `shape` is (windows, steps, columns)."""
    windows: Array = rearrange(values, invert_pattern(pattern), **dict(zip("btf", shape, strict=True)))
    return windows[:, ::-1] if reverse else windows


def invert_pattern(pattern: str) -> str:
    """The pattern that undoes another.

    >>> invert_pattern("b t f -> b (t f)")
    'b (t f) -> b t f'
    """
    before, after = pattern.split("->")
    return f"{after.strip()} -> {before.strip()}"


def check_pattern(pattern: str) -> None:
    """Refuse a pattern that is no rearrangement of a window.

    Raises:
        ValueError: The pattern does not begin with `b t f ->`, or einops refuses it.
    """
    before, arrow, _ = pattern.partition("->")
    if not arrow or before.split() != WINDOW_AXES.split():
        raise ValueError(f"A pattern must begin with `{WINDOW_AXES} ->`. Received: {pattern}")
    try:
        rearrange(np.empty((2, 3, 5)), pattern)
    except EinopsError as error:
        reason = str(error).strip().splitlines()[-1].strip()
        raise ValueError(f"A pattern must be one that einops accepts. Received: {pattern} ({reason})") from error
