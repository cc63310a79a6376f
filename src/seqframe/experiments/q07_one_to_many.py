"""Q7: one value in, a sequence out, and whether the advice that was given for it helps."""

from collections.abc import Mapping, Sequence
from statistics import median

import pandas as pd

from seqframe.config import DataSettings, ModelSettings, TaskSettings
from seqframe.data.dataset import TEST, TRAIN
from seqframe.experiments.base import Experiment, ExperimentContext, Finding
from seqframe.experiments.runner import run_seeds
from seqframe.experiments.text import join
from seqframe.framings.one_to_many import ONE_TO_MANY

TASK = TaskSettings(kind="forecast", lookback=1, horizon=4)
PROBLEMS = {
    "the tutorial's ramp": (DataSettings(sequence_length=5), TRAIN),
    "unseen ramps": (DataSettings(sequence_length=5, n_train=20, n_test=100), TEST),
}
EPOCHS, MORE = 500, 2000
UNITS = 5
PLAIN = "as in the tutorial"
ADVICE: dict[str, tuple[ModelSettings, int]] = {
    PLAIN: (ModelSettings(units=UNITS), EPOCHS),
    f"{MORE} epochs": (ModelSettings(units=UNITS), MORE),
    "bidirectional": (ModelSettings(units=UNITS, bidirectional=True), EPOCHS),
    "inputs dropped out": (ModelSettings(units=UNITS, dropout=0.2), EPOCHS),
    "input weights penalised": (ModelSettings(units=UNITS, kernel_l2=0.001), EPOCHS),
}
HELPS = 0.99  # what the error must fall to, at least, to be called help


def ask(context: ExperimentContext) -> Finding:
    """Try each piece of advice alone, on the tutorial's ramp and on ramps that the network has not seen."""
    errors = {name: try_all(context, *where) for name, where in PROBLEMS.items()}
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
    return Finding(number, sentence, table)


def try_all(context: ExperimentContext, data_settings: DataSettings, part: str) -> dict[str, list[float]]:
    """By advice, of every seed: the mean absolute error on a part of the problem."""
    return {
        advice: [
            trial.scores[part]["mae"]
            for trial in run_seeds("Q7", context, ONE_TO_MANY, data_settings, TASK, model, epochs)
        ]
        for advice, (model, epochs) in ADVICE.items()
    }


def best_possible(data_settings: DataSettings) -> float:
    """The mean absolute error of who knows all about ramps, but not where this one ends.

    A ramp goes from a first value to a last one, uniform on 0 … m with m = (length - 1) / length. The best guess of the
    last is m / 2, which is off by m / 4 on average; row k of the ramp is off by k / (length - 1) of that.
    """
    steps = data_settings.sequence_length - 1
    most = steps / data_settings.sequence_length
    return most / 4 * sum(range(1, steps + 1)) / steps**2


def helps(ratios: Sequence[float]) -> bool:
    """Whether the error is smaller in every seed."""
    return all(ratio <= HELPS for ratio in ratios)


def decide(ramp: Mapping[str, Sequence[float]], test: Mapping[str, Sequence[float]], plain: float, best: float) -> str:
    """The sentence, from the error with each piece of advice over the error without, of every seed."""
    helping = [advice for advice, of_seeds in test.items() if helps(of_seeds)]
    of_ramp, of_unseen = (
        join([f"{median(of_seeds):.2f} ({advice})" for advice, of_seeds in tried.items()]) for tried in (ramp, test)
    )
    verdict = f"what helps in every seed is {join(helping)}" if helping else "no advice helps in every seed"
    return (
        f"On unseen ramps {verdict}: it is off by {plain:.3f} without advice, and with it by that times {of_unseen}. "
        f"On the tutorial's own ramp the same is {of_ramp}; its one input is 0.0, and to regularise a zero does "
        "nothing. "
        f"One value does not say where its ramp goes, so the error on unseen ramps cannot be expected below {best:.3f}."
    )


Q7 = Experiment(
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
