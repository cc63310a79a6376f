"""An experiment and its finding: a number, and a conclusion that follows from the number."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
from matplotlib.figure import Figure

from seqframe.reporting.tables import format_number
from seqframe.training.checkpoint import CheckpointStore


@dataclass(frozen=True)
class ExperimentContext:
    """Settings that all experiments share.

    Attributes:
        n_seeds: Seeds of each network.
        checkpoints: Where interrupted experiments are resumed from; None for no checkpoints.
    """

    n_seeds: int
    checkpoints: CheckpointStore | None = None


@dataclass(frozen=True)
class Finding:
    """The outcome of an experiment.

    Attributes:
        number: The result.
        sentence: The conclusion, with the numbers that support it.
        table: All measurements.
        figure: A plot of the measurements, where it helps.
    """

    number: float
    sentence: str
    table: pd.DataFrame
    figure: Figure | None = None


@dataclass(frozen=True)
class Experiment:
    """An experiment that answers one question about the tutorial.

    Attributes:
        name: `Q1` to `Q18`.
        text: The question.
        quantity: What the result measures, for example a ratio of test errors.
        method: How it is measured.
        run: Runs the experiment.
        suffix: What follows the result: `x` for a ratio, ` %` for a percentage.
    """

    name: str
    text: str
    quantity: str
    method: str
    run: Callable[[ExperimentContext], Finding]
    suffix: str = ""

    def format_result(self, number: float) -> str:
        """The result with its unit and its meaning, for example `7.54x. Ratio of test errors, dense / LSTM`."""
        return f"{format_number(number)}{self.suffix}. {self.quantity}"
