"""The same network from several seeds, and what is said of all of them."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from seqframe.config import Answers, Model, Problem, Task
from seqframe.framings import Framing
from seqframe.posing import UNSEEN

if TYPE_CHECKING:
    from seqframe.answers.trial import Trial


def over_seeds(
    question: str,
    settings: Answers,
    framing: Framing,
    problem: Problem,
    task: Task,
    model: Model,
    epochs: int,
    **training: object,
) -> list[Trial]:
    """Train one network from each of the seeds 0, 1, 2, …; `training` are other settings than the tutorial's."""
    from seqframe.answers import trial

    return [
        trial.run_trial(
            framing,
            problem,
            task,
            model,
            trial.settings(epochs, seed=seed, **training),
            part=f"{question}, seed {seed + 1} of {settings.seeds}",
        )
        for seed in range(settings.seeds)
    ]


def mean_guess(trial: Trial) -> float:
    """The mean absolute error, on what is unseen, of who always says the mean of what was trained on."""
    posed = trial.posed
    guess = posed.truth(posed.windows).mean(axis=(0, 1))  # (targets,)
    return float(np.abs(posed.truth(posed.unseen) - guess).mean())


def middle(trials: Sequence[Trial], metric: str = "mae", part: str = UNSEEN) -> float:
    """The median of a score over the seeds, in physical units."""
    return median(trial.scores[part][metric] for trial in trials)
