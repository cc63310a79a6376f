"""From networks to forecasts: all at once, or a row at a time where a framing feeds its answers back."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqframe.framings import Framing
from seqframe.posing import Posed, Values
from seqframe.windows import Windows

Array = NDArray[Any]
Answer = Callable[[Array], Array]  # X -> an array shaped like y


def forecast(answer: Answer, framing: Framing, posed: Posed, windows: Windows) -> Values:
    """What a network forecasts for some windows: (windows, horizon, targets), physical units."""
    make = _feed_back if framing.feeds_back else _answer_at_once
    with np.errstate(over="ignore", invalid="ignore"):  # a network may diverge: the scores say so
        return np.concatenate([posed.restore(make(answer, framing, posed, some), some) for some in windows.in_parts()])


def _answer_at_once(answer: Answer, framing: Framing, posed: Posed, windows: Windows) -> Array:
    """All leads in one answer: (windows, horizon, targets), relative."""
    read, _ = posed.scaled.read(windows)
    return framing.unframe(answer(framing.frame_inputs(read)), (len(windows), windows.steps, len(posed.targets)))


def _feed_back(answer: Answer, framing: Framing, posed: Posed, windows: Windows) -> Array:
    """Answer row by row, each from a window that ends in the answers before: (windows, horizon, targets), relative.

    A window keeps its length and the levels that it was first read relative to. Of a window whose rows are samples of
    their own, the last is enough.
    """
    scaled, count, lookback = posed.scaled, len(windows), windows.lookback
    read, _ = scaled.read(replace(windows, first_target=1, steps=lookback))  # (windows, lookback, features)
    targets = [posed.targets.index(name) for name in posed.features[: len(posed.features) - posed.known]]
    alone = not framing.carries_state and len(framing.frame_inputs(read[:1])) == lookback
    rows_read = 1 if alone else lookback
    leads: list[Array] = []
    for lead in range(windows.first_target - lookback + windows.steps):  # the gap first, then the horizon
        X = framing.frame_inputs(read[:, -rows_read:])
        answers = framing.unframe(answer(X), (count, rows_read, len(posed.targets)))
        leads.append(answers[:, -1])  # (windows, targets)
        rows = np.minimum(windows.starts() + lookback + lead + 1, len(scaled.features) - 1)  # known one row ahead
        known = scaled.features[rows, len(targets) :]  # (windows, known)
        row = np.concatenate([answers[:, -1, targets], known], axis=1)[:, None]
        read = np.concatenate([read[:, 1:], row.astype(read.dtype)], axis=1)
    return np.stack(leads[-windows.steps :], axis=1)
