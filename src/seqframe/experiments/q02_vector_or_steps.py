"""Q2: when a vector output is right, and when one output at every step."""

from statistics import median

import pandas as pd

from seqframe.config import DataSettings, ModelSettings, TaskSettings
from seqframe.data.dataset import TEST
from seqframe.experiments.base import Experiment, ExperimentContext, Finding
from seqframe.experiments.runner import run_seeds
from seqframe.experiments.text import in_seeds, times
from seqframe.framings.many_to_many import MANY_TO_MANY
from seqframe.framings.many_to_one import MANY_TO_ONE
from seqframe.reporting.figures import plot_lines

SEQUENCES = 64
REVERSAL = DataSettings(generator="reversal", sequence_length=6, n_train=SEQUENCES, n_test=SEQUENCES)
ECHO = DataSettings(generator="delayed_echo", sequence_length=12, delay=2, n_train=SEQUENCES, n_test=SEQUENCES)
OUTPUTS = {"vector": MANY_TO_ONE, "every step": MANY_TO_MANY}
EPOCHS, LEARNING_RATE, UNITS = 500, 0.01, 16


def ask(context: ExperimentContext) -> Finding:
    """Train both kinds of output on a task that needs the whole window, and on one that needs what was read so far."""
    errors = {data_settings.source: measure(context, data_settings) for data_settings in (REVERSAL, ECHO)}
    reversal = ratios(errors["reversal"], worse="every step", better="vector")
    echo = ratios(errors["delayed_echo"], worse="vector", better="every step")
    table = pd.DataFrame(
        [
            {"task": task, "output": output, "unseen error": median(each.mean() for each in of)}
            | {f"seed {seed}": each.mean() for seed, each in enumerate(of)}
            for task, outputs in errors.items()
            for output, of in outputs.items()
        ]
    )
    lines = {
        f"{task.replace('_', ' ')}, {output}": pd.concat(of, axis=1).median(axis=1).to_dict()
        for task, outputs in errors.items()
        for output, of in outputs.items()
    }
    title = "Unseen error at every step of the answer"
    figure = plot_lines(lines, "step answered", "mean absolute error", title, logarithmic="y")
    return Finding(min(median(reversal), median(echo)), decide(reversal, echo), table, figure)


def measure(context: ExperimentContext, data_settings: DataSettings) -> dict[str, list[pd.Series]]:
    """By output, of every seed: the mean absolute error on unseen sequences at every step."""
    return {
        output: [
            unseen_by_step(trial.predictions)
            for trial in run_seeds(
                "Q2",
                context,
                framing,
                data_settings,
                TaskSettings(kind="echo"),
                ModelSettings(units=UNITS),
                EPOCHS,
                learning_rate=LEARNING_RATE,
            )
        ]
        for output, framing in OUTPUTS.items()
    }


def unseen_by_step(predictions: pd.DataFrame) -> pd.Series:
    """The mean absolute error on unseen windows at every step of the answer."""
    test = predictions[predictions["split"] == TEST]
    return test["error"].abs().groupby(test["step"]).mean()


def ratios(errors: dict[str, list[pd.Series]], worse: str, better: str) -> list[float]:
    """Of every seed, how many times larger the one error is than the other."""
    return [one.mean() / other.mean() for one, other in zip(errors[worse], errors[better], strict=True)]


def decide(reversal: list[float], echo: list[float]) -> str:
    """The sentence, from how many times larger the error of the wrong output is: of every seed, for both tasks."""
    rules = (
        (
            reversal,
            "a vector is right where the answer needs the whole window (to reverse it",
            "an output at every step",
        ),
        (
            echo,
            "an output at every step is right where the answer follows from what was read so far (to echo it 2 rows "
            "later",
            "a vector",
        ),
    )
    parts = []
    for found, rule, other in rules:
        held = [ratio > 1 for ratio in found]
        if sum(held) > len(held) / 2:
            parts.append(f"{rule}: the unseen error of {other} is {times(median(found))} as large, {in_seeds(held)})")
        else:
            parts.append(
                f"we did not find that {rule}: the unseen error of {other} is {times(median(found))} as large)"
            )
    first, second = parts
    return f"{first[0].upper()}{first[1:]}; {second}."


Q2 = Experiment(
    name="Q2",
    text="In many_to_one the time dimension is collapsed: when is a vector output right, when one at every step?",
    unit="times the error of the right output that the wrong one has, in the closer of two tasks",
    method=(
        f"many_to_one and many_to_many with {UNITS} units reverse 6 random values, and echo 12 random values 2 rows "
        f"later: {SEQUENCES} sequences, {EPOCHS} epochs, judged by the mean absolute error on {SEQUENCES} unseen ones. "
        "At a step, many_to_many has read only the rows up to it: the figure shows its reversal fail in the first half."
    ),
    ask=ask,
)
