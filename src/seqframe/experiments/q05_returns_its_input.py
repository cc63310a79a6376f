"""Q5: targets shifted by one step or by a whole window, and why the former looks as if the input came back."""

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
from seqframe.experiments.text import in_seeds, times
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


def ask(context: ExperimentContext) -> Finding:
    """Measure how far predictions are from their targets, and how far from what the network has just read."""
    trained = {
        name: run_seeds(
            "Q5", context, framing, SINE, task, ModelSettings(units=UNITS), epochs, learning_rate=LEARNING_RATE
        )
        for name, (task, framing, epochs) in CASES.items()
    }
    table = pd.DataFrame(
        [
            {"targets": name, "seed": seed} | distances(trial, CASES[name][0])
            for name, trials in trained.items()
            for seed, trial in enumerate(trials)
        ]
    )
    few, many, window = (table[table["targets"] == name] for name in CASES)
    number = median(many["to the input"] / many["to the target"])
    return Finding(number, decide(few, many, window), table, draw_window(trained))


def distances(trial: ExperimentRun, task: TaskSettings) -> dict[str, float]:
    """Mean absolute distances on unseen windows; the last is that of who hands on the input as the answer."""
    dataset, predictions = trial.dataset, trial.predictions
    test = predictions[predictions["split"] == TEST]
    read = baseline_prediction(dataset, dataset.test, task).reshape(
        -1
    )  # the row before the target, or the last one read
    return {
        "to the target": float(test["error"].abs().mean()),
        "to the input": float(np.mean(np.abs(test["prediction"] - read))),
        "from input to target": float(np.mean(np.abs(test["actual"] - read))),
        "first answer to its target": float(test["error"][test["step"] == 1].abs().mean()),
        "last answer to its target": float(test["error"][test["step"] == A.lookback].abs().mean()),
    }


def draw_window(trained: dict[str, list[ExperimentRun]]) -> Figure:
    """The first unseen window of A: what was read, what was to be predicted, and what was."""
    lines = {}
    for name in list(CASES)[:2]:
        dataset, predictions = trained[name][0].dataset, trained[name][0].predictions
        window = predictions[(predictions["split"] == TEST) & (predictions["window"] == 0)].set_index("step")
        read = baseline_prediction(dataset, dataset.test, A)[0, :, 0]
        lines["read"] = dict(zip(window.index, read, strict=True))
        lines["to be predicted"] = window["actual"].to_dict()
        lines[f"predicted, {name}"] = window["prediction"].to_dict()
    return plot_lines(lines, "step", "value", "One unseen window with targets A", logarithmic="")


def decide(few: pd.DataFrame, many: pd.DataFrame, window: pd.DataFrame) -> str:
    """The sentence, from the distances of every seed: of A after few epochs and after many, and of B."""
    target, read = (median(few[column]) for column in ("to the target", "to the input"))
    ratios = (many["to the input"] / many["to the target"]).tolist()
    copies = [ratio <= 1 for ratio in ratios]
    verdict = (
        f"yet trained longer, for {MANY} epochs, it is no copy: its predictions are {times(median(ratios))} as far "
        f"from the input as from the target (farther {in_seeds([not copy for copy in copies])})"
        if sum(copies) < len(copies) / 2
        else f"and it stays nearer to the input than to the target even after {MANY} epochs, {in_seeds(copies)}"
    )
    return (
        f"Because with A the next value almost is the input: handing it on would be off by only "
        f"{median(few['from input to target']):.2f}. After {FEW} epochs predictions are {read:.2f} from the input and "
        f"{target:.2f} from the target; {verdict}. With B a copy would be off by "
        f"{median(window['from input to target']):.2f}, and the network is off by "
        f"{median(window['to the target']):.3f}: choose B, or hold A against its input, to see what was learnt."
    )


Q5 = Experiment(
    name="Q5",
    text=(
        "Targets shifted by one step (A: 1, 2, 3 -> 2, 3, 4) or by a whole window (B: 1, 2, 3 -> 4, 5, 6)? Why does a "
        "network trained on A look as if it returned its input?"
    ),
    unit="times as far from the input as from the target (A)",
    method=(
        f"many_to_many is trained on A and many_to_one on B, on sines of {SINE.period:g} rows a turn without noise, "
        "windows of 10 rows; all distances are mean absolute ones on unseen sines. The first answer of A must stay "
        "near its input, since one value does not say whether the sine goes up or down: see the table."
    ),
    ask=ask,
)
