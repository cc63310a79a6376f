"""What a baseline fits: arrays by name, which a saved forecaster stores."""

from collections.abc import Callable, Mapping
from typing import Any

from numpy.typing import NDArray

from seqframe.data.dataset import SequenceDataset
from seqframe.data.windows import Floats, Windows
from seqframe.errors import UserError

Fitted = Mapping[str, NDArray[Any]]  # arrays of numbers or of text; empty if nothing is fitted
Fit = Callable[[SequenceDataset, tuple[int, ...]], Fitted]  # (dataset, seasons in rows, the primary one first)
Predict = Callable[[Fitted, SequenceDataset, Windows], Floats]  # -> (windows, steps, targets), physical units


class FitError(UserError):
    """A baseline cannot be fitted to these rows. A backtest skips it and gives the message as the reason."""


def fit_nothing(dataset: SequenceDataset, seasons: tuple[int, ...]) -> Fitted:
    """Nothing, for baselines that only read the history."""
    return {}
