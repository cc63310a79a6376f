"""Q2: vector output or one output per step."""

from statistics import median

import pandas as pd

from seqframe.config import DataSettings, ModelSettings, TaskSettings
from seqframe.data.dataset import TEST
from seqframe.experiments.base import Experiment, ExperimentContext, Finding
from seqframe.experiments.runner import run_seeds
from seqframe.experiments.text import format_ratio, format_seed_count
from seqframe.framings.many_to_many import MANY_TO_MANY
from seqframe.framings.many_to_one import MANY_TO_ONE
from seqframe.reporting.figures import plot_lines

SEQUENCES = 64
REVERSAL = DataSettings(generator="reversal", sequence_length=6, n_train=SEQUENCES, n_test=SEQUENCES)
ECHO = DataSettings(generator="delayed_echo", sequence_length=12, delay=2, n_train=SEQUENCES, n_test=SEQUENCES)
OUTPUTS = {"vector": MANY_TO_ONE, "every step": MANY_TO_MANY}
EPOCHS, LEARNING_RATE, UNITS = 500, 0.01, 16


def run(context: ExperimentContext) -> Finding:
    """Train both output types on a task that needs the whole window and on a task that needs past rows only."""
    errors = {data_settings.source: _measure(context, data_settings) for data_settings in (REVERSAL, ECHO)}
    reversal = error_ratios(errors["reversal"], wrong="every step", right="vector")
    echo = error_ratios(errors["delayed_echo"], wrong="vector", right="every step")
    table = pd.DataFrame(
        [
            {"task": task, "output": output, "test error": median(each.mean() for each in per_seed)}
            | {f"seed {seed}": each.mean() for seed, each in enumerate(per_seed)}
            for task, outputs in errors.items()
            for output, per_seed in outputs.items()
        ]
    )
    lines = {
        f"{task.replace('_', ' ')}, {output}": pd.concat(per_seed, axis=1).median(axis=1).to_dict()
        for task, outputs in errors.items()
        for output, per_seed in outputs.items()
    }
    figure = plot_lines(lines, "output step", "mean absolute error", "Test error by output step", logarithmic="y")
    return Finding(min(median(reversal), median(echo)), conclude(reversal, echo), table, figure)


def _measure(context: ExperimentContext, data_settings: DataSettings) -> dict[str, list[pd.Series]]:
    """Mean absolute test error at every step, by output type: one series per seed."""
    return {
        output: [
            mae_by_step(each.predictions)
            for each in run_seeds(
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


def mae_by_step(predictions: pd.DataFrame) -> pd.Series:
    """Mean absolute error of the test windows, by output step."""
    test = predictions[predictions["split"] == TEST]
    return test["error"].abs().groupby(test["step"]).mean()


def error_ratios(errors: dict[str, list[pd.Series]], wrong: str, right: str) -> list[float]:
    """Error of the wrong output type divided by the error of the right one, for each seed."""
    return [one.mean() / other.mean() for one, other in zip(errors[wrong], errors[right], strict=True)]


def conclude(reversal: list[float], echo: list[float]) -> str:
    """The conclusion, from the error ratios wrong / right output type of both tasks, for each seed."""
    rules = (
        (
            reversal,
            "a vector output is right if each output needs the whole window",
            "reversal",
            "output at every step",
        ),
        (
            echo,
            "an output at every step is right if each output depends on past rows only",
            "echo, 2 rows later",
            "vector output",
        ),
    )
    parts = []
    for ratios, rule, task, other in rules:
        worse = [ratio > 1 for ratio in ratios]
        found = (
            f"{task}: test error of a {other}" if other.startswith("vector") else f"{task}: test error of an {other}"
        )
        start = rule if sum(worse) > len(worse) / 2 else f"we did not find that {rule}"
        parts.append(f"{start} ({found} {format_ratio(median(ratios))}, larger in {format_seed_count(worse)})")
    first, second = parts
    return f"{first[0].upper()}{first[1:]}; {second}."


Q2 = Experiment(
    name="Q2",
    text="many_to_one collapses the time dimension. When is a vector output right, and when one output at every step?",
    quantity="Ratio of test errors, wrong output type / right output type, for the closer of the two tasks",
    suffix="x",
    method=(
        f"many_to_one and many_to_many with {UNITS} units reverse 6 random values, and echo 12 random values 2 rows "
        f"later: {SEQUENCES} training sequences, {EPOCHS} epochs, mean absolute error on {SEQUENCES} test sequences. "
        "At each step many_to_many depends on the rows up to this step only: in the figure its reversal fails in the "
        "first half."
    ),
    run=run,
)
