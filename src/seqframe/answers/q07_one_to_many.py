"""Q7: one value in, a sequence out, and whether the advice that was given for it helps."""

from collections.abc import Mapping, Sequence
from statistics import median

import pandas as pd

from seqframe.answers.base import Answer, Question
from seqframe.answers.seeds import over_seeds
from seqframe.answers.words import join
from seqframe.config import Answers, Model, Problem, Task
from seqframe.framings.one_to_many import ONE_TO_MANY
from seqframe.posing import TRAINING, UNSEEN

TASK = Task(kind="forecast", lookback=1, horizon=4)
PROBLEMS = {
    "the tutorial's ramp": (Problem(length=5), TRAINING),
    "unseen ramps": (Problem(length=5, sequences=20, unseen=100), UNSEEN),
}
EPOCHS, MORE = 500, 2000
UNITS = 5
PLAIN = "as in the tutorial"
ADVICE: dict[str, tuple[Model, int]] = {
    PLAIN: (Model(units=UNITS), EPOCHS),
    f"{MORE} epochs": (Model(units=UNITS), MORE),
    "bidirectional": (Model(units=UNITS, bidirectional=True), EPOCHS),
    "inputs dropped out": (Model(units=UNITS, dropout=0.2), EPOCHS),
    "input weights penalised": (Model(units=UNITS, kernel_l2=0.001), EPOCHS),
}
HELPS = 0.99  # what the error must fall to, at least, to be called help


def ask(settings: Answers) -> Answer:
    """Try each piece of advice alone, on the tutorial's ramp and on ramps that the network has not seen."""
    errors = {name: try_all(settings, *where) for name, where in PROBLEMS.items()}
    ratios = {
        name: {
            advice: [one / plain for one, plain in zip(of_seeds, tried[PLAIN], strict=True)]
            for advice, of_seeds in tried.items()
            if advice != PLAIN
        }
        for name, tried in errors.items()
    }
    table = pd.DataFrame({name: {advice: median(of) for advice, of in tried.items()} for name, tried in errors.items()})
    best = best_possible(PROBLEMS["unseen ramps"][0])
    table.loc["best possible on average"] = [0.0, best]
    table = table.add_prefix("error on ").rename_axis("advice").reset_index()
    number = sum(helps(of_seeds) for of_seeds in ratios["unseen ramps"].values())
    plain = median(errors["unseen ramps"][PLAIN])
    sentence = decide(ratios["the tutorial's ramp"], ratios["unseen ramps"], plain, best)
    return Answer(number, sentence, table)


def try_all(settings: Answers, problem: Problem, part: str) -> dict[str, list[float]]:
    """By advice, of every seed: the mean absolute error on a part of the problem."""
    return {
        advice: [
            trial.scores[part]["mae"] for trial in over_seeds("Q7", settings, ONE_TO_MANY, problem, TASK, model, epochs)
        ]
        for advice, (model, epochs) in ADVICE.items()
    }


def best_possible(problem: Problem) -> float:
    """The mean absolute error of who knows all about ramps, but not where this one ends.

    A ramp goes from a first value to a last one, uniform on 0 … m with m = (length - 1) / length. The best guess of the
    last is m / 2, which is off by m / 4 on average; row k of the ramp is off by k / (length - 1) of that.
    """
    steps = problem.length - 1
    most = steps / problem.length
    return most / 4 * sum(range(1, steps + 1)) / steps**2


def helps(ratios: Sequence[float]) -> bool:
    """Whether the error is smaller in every seed."""
    return all(ratio <= HELPS for ratio in ratios)


def decide(
    ramp: Mapping[str, Sequence[float]], unseen: Mapping[str, Sequence[float]], plain: float, best: float
) -> str:
    """The sentence, from the error with each piece of advice over the error without, of every seed."""
    helping = [advice for advice, of_seeds in unseen.items() if helps(of_seeds)]
    of_ramp, of_unseen = (
        join([f"{median(of_seeds):.2f} ({advice})" for advice, of_seeds in tried.items()]) for tried in (ramp, unseen)
    )
    verdict = f"what helps in every seed is {join(helping)}" if helping else "no advice helps in every seed"
    return (
        f"On unseen ramps {verdict}: it is off by {plain:.3f} without advice, and with it by that times {of_unseen}. "
        f"On the tutorial's own ramp the same is {of_ramp}; its one input is 0.0, and to regularise a zero does "
        "nothing. "
        f"One value does not say where its ramp goes, so the error on unseen ramps cannot be expected below {best:.3f}."
    )


Q7 = Question(
    name="Q7",
    text="One value in, a sequence out: do more training, bidirectional layers and input regularisation help?",
    unit=f"of {len(ADVICE) - 1} pieces of advice lower the error on unseen ramps in every seed",
    method=(
        f"one_to_many with {UNITS} units makes the 4 values of a ramp that follow its first. Each piece of advice is "
        f"tried alone: {MORE} epochs in place of {EPOCHS}; bidirectional, which doubles the parameters; dropout of 0.2 "
        "of the inputs; an L2 penalty of 0.001 on their weights. "
        "Errors are mean absolute ones; unseen ramps go from a random value to a random value."
    ),
    ask=ask,
)
