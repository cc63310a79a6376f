"""Q5: targets shifted by one step or by a whole window, and why one-step targets look like a copy of the input."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from seqframe.config import DataSettings, ModelSettings, TaskSettings
from seqframe.data.dataset import TEST
from seqframe.experiments.base import Experiment, ExperimentContext, Finding
from seqframe.experiments.runner import run_seeds
from seqframe.experiments.text import format_ratio, format_seed_count
from seqframe.forecasting.baselines import baseline_prediction
from seqframe.framings.many_to_many import MANY_TO_MANY
from seqframe.framings.many_to_one import MANY_TO_ONE
from seqframe.reporting.figures import plot_lines

if TYPE_CHECKING:
    from seqframe.experiments.runner import ExperimentRun

SINE = DataSettings(generator="sine", sequence_length=60, period=50.0, noise=0.0, n_train=8, n_test=20)
A = TaskSettings(kind="next_step", lookback=10, stride=5)
B = TaskSettings(kind="next_window", lookback=10, stride=5)
FEW, MANY = 30, 500  # epochs
CASES = {
    f"A, {FEW} epochs": (A, MANY_TO_MANY, FEW),
    f"A, {MANY} epochs": (A, MANY_TO_MANY, MANY),
    f"B, {MANY} epochs": (B, MANY_TO_ONE, MANY),
}
LEARNING_RATE, UNITS = 0.01, 16


def run(context: ExperimentContext) -> Finding:
    """Measure the distance of the predictions to their targets and to the last input."""
    trained = {
        name: run_seeds(
            "Q5", context, framing, SINE, task, ModelSettings(units=UNITS), epochs, learning_rate=LEARNING_RATE
        )
        for name, (task, framing, epochs) in CASES.items()
    }
    table = pd.DataFrame(
        [
            {"targets": name, "seed": seed} | distances(each)
            for name, runs in trained.items()
            for seed, each in enumerate(runs)
        ]
    )
    few, many, window = (table[table["targets"] == name] for name in CASES)
    number = median(many["prediction to input"] / many["prediction to target"])
    return Finding(number, conclude(few, many, window), table, plot_window(trained))


def distances(result: ExperimentRun) -> dict[str, float]:
    """Mean absolute distances on test windows; `input to target` is the error of copying the last input."""
    dataset, predictions = result.dataset, result.predictions
    test = predictions[predictions["split"] == TEST]
    copied = baseline_prediction(dataset, dataset.test).reshape(-1)  # row before the target, or last input
    return {
        "prediction to target": float(test["error"].abs().mean()),
        "prediction to input": float(np.mean(np.abs(test["prediction"] - copied))),
        "input to target": float(np.mean(np.abs(test["actual"] - copied))),
        "first step to target": float(test["error"][test["step"] == 1].abs().mean()),
        "last step to target": float(test["error"][test["step"] == A.lookback].abs().mean()),
    }


def plot_window(trained: dict[str, list[ExperimentRun]]) -> Figure:
    """Plot the first test window of A: inputs, targets and predictions."""
    lines = {}
    for name in list(CASES)[:2]:
        dataset, predictions = trained[name][0].dataset, trained[name][0].predictions
        window = predictions[(predictions["split"] == TEST) & (predictions["window"] == 0)].set_index("step")
        inputs = baseline_prediction(dataset, dataset.test)[0, :, 0]
        lines["input"] = dict(zip(window.index, inputs, strict=True))
        lines["target"] = window["actual"].to_dict()
        lines[f"prediction, {name}"] = window["prediction"].to_dict()
    return plot_lines(lines, "step", "value", "A test window with targets A", logarithmic="")


def conclude(few: pd.DataFrame, many: pd.DataFrame, window: pd.DataFrame) -> str:
    """The conclusion, from the distances of every seed: A after few and after many epochs, and B."""
    target, copied = (median(few[column]) for column in ("prediction to target", "prediction to input"))
    ratios = (many["prediction to input"] / many["prediction to target"]).tolist()
    copies = [ratio <= 1 for ratio in ratios]
    outcome = (
        f"After {MANY} epochs the network is no copy: its predictions are {format_ratio(median(ratios))} as far from "
        f"the input as from the target (farther in {format_seed_count([not copy for copy in copies])})"
        if sum(copies) < len(copies) / 2
        else f"Even after {MANY} epochs they stay nearer to the input than to the target in {format_seed_count(copies)}"
    )
    return (
        f"With A (one-step shift), copying the last input already gives an error of only "
        f"{median(few['input to target']):.2f}. After {FEW} epochs predictions are {copied:.2f} from the input and "
        f"{target:.2f} from the target. {outcome}. With B (shift by a window), a copy has an error of "
        f"{median(window['input to target']):.2f} and the network {median(window['prediction to target']):.3f}: use "
        "B, or compare A with persistence."
    )


Q5 = Experiment(
    name="Q5",
    text=(
        "Targets shifted by one step (A: 1, 2, 3 -> 2, 3, 4) or by a whole window (B: 1, 2, 3 -> 4, 5, 6)? Why does a "
        "network trained on A seem to return its input?"
    ),
    quantity="Ratio of distances of the predictions of A, to the input / to the target",
    suffix="x",
    method=(
        f"many_to_many is trained on A and many_to_one on B, on noise-free sines with a period of {SINE.period:g} rows "
        "and windows of 10 rows. All distances are mean absolute differences on test sines. The first output of A "
        "stays near its input, since one value does not show whether the sine rises or falls: see the table."
    ),
    run=run,
)
