"""What an answer is: a number that an experiment gave, and a sentence whose truth the number decides."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
from matplotlib.figure import Figure


@dataclass(frozen=True)
class ExperimentContext:
    """What an experiment is run with: the number of seeds of each of its networks."""

    n_seeds: int


@dataclass(frozen=True)
class Finding:
    """What came out.

    Attributes:
        number: What decides.
        sentence: What it decides, for people, with the number in it.
        table: All that was measured.
        figure: A picture, where it helps.
    """

    number: float
    sentence: str
    table: pd.DataFrame
    figure: Figure | None = None


@dataclass(frozen=True)
class Experiment:
    """One question of the tutorial's readers, or of what it left open.

    Attributes:
        name: `Q1` to `Q13`.
        text: The question, in a sentence or two.
        unit: What the number of its answer is.
        method: How it is found out, in a sentence or two.
        ask: The experiment.
    """

    name: str
    text: str
    unit: str
    method: str
    ask: Callable[[ExperimentContext], Finding]
