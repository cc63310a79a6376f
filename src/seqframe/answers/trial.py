"""One network, posed, trained and scored: the experiment that most answers are made of."""

from dataclasses import dataclass
from functools import partial

import pandas as pd

from seqframe.config import Model, Problem, Task, Training
from seqframe.evaluation import Scores, evaluate
from seqframe.framings import Framing
from seqframe.network import draw_network, predict
from seqframe.plan import Network
from seqframe.posing import Posed, pose
from seqframe.progress import History
from seqframe.training import train


@dataclass(frozen=True)
class Trial:
    """What one network did: `scores` in physical units on the part trained on and, where there is one, the unseen."""

    posed: Posed
    network: Network
    history: History
    predictions: pd.DataFrame
    scores: Scores

    @property
    def parameters(self) -> int:
        """How many parameters the network has."""
        return self.network.plan.parameters


def settings(epochs: int, **others: object) -> Training:
    """Settings of training for an experiment: the tutorial's, but for what is given."""
    given = {"batch_size": "all", "learning_rate": 0.001, "seed": 0, "seeds": 1, "epochs": epochs}
    return Training.model_validate(given | others)


def run_trial(
    framing: Framing, problem: Problem, task: Task, model: Model, training: Training, part: str = ""
) -> Trial:
    """Pose, train and score; `part` is what the progress is shown under, such as `Q3, seed 1 of 3`."""
    posed = pose(problem, task)
    X, y = posed.frame(framing, posed.windows)
    drawn = draw_network(framing.plan(X, y, model, len(posed.windows)), training.seed)
    network, history = train(drawn, X, y, training, part=part or "trial")
    predictions, scores = evaluate(partial(predict, network), framing, posed)
    return Trial(posed, network, history, predictions, scores)
