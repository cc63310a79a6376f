"""Q3: a plain Dense network in place of the LSTM of many_to_one."""

from statistics import median

import pandas as pd

from seqframe.config import DataSettings, ModelSettings, TaskSettings
from seqframe.data.dataset import TEST
from seqframe.experiments.base import Experiment, ExperimentContext, Finding
from seqframe.experiments.text import in_seeds, join, times
from seqframe.framings.dense import DENSE
from seqframe.framings.many_to_one import MANY_TO_ONE

TASKS = {
    "echo of ramps": (DataSettings(sequence_length=5, n_train=32, n_test=64), TaskSettings(kind="echo")),
    "forecast of noisy sines": (
        DataSettings(generator="sine", sequence_length=60, n_train=4, n_test=20),
        TaskSettings(kind="forecast", lookback=20, horizon=5),
    ),
    "echo of random values": (
        DataSettings(generator="delayed_echo", sequence_length=12, n_train=64, n_test=64),
        TaskSettings(kind="echo"),
    ),
}
EPOCHS, LEARNING_RATE, UNITS = 400, 0.01, 16
AS_GOOD = 1.1  # how many times the error may be and still be called as good


def ask(context: ExperimentContext) -> Finding:
    """Train both by turns on three tasks, and compare errors on unseen sequences and times."""
    lines = [line for name in TASKS for line in by_turns(context, name)]
    table = pd.DataFrame(lines)
    table["error ratio"] = table["unseen error, dense"] / table["unseen error, LSTM"]
    table["time ratio"] = table["seconds, LSTM"] / table["seconds, dense"]
    ratios = {name: table["error ratio"][table["task"] == name].tolist() for name in TASKS}
    worst = max(median(of_seeds) for of_seeds in ratios.values())
    return Finding(worst, decide(ratios, median(table["time ratio"])), table)


def by_turns(context: ExperimentContext, name: str) -> list[dict[str, object]]:
    """Of every seed: both networks trained one after the other, when their graphs have been made."""
    from seqframe.experiments import runner

    data_settings, task = TASKS[name]
    framings = {"dense": DENSE, "LSTM": MANY_TO_ONE}
    for framing in framings.values():
        runner.train_and_score(
            framing, data_settings, task, ModelSettings(units=UNITS), runner.training_settings(2), part="Q3, warming up"
        )
    lines = []
    for seed in range(context.n_seeds):
        training = runner.training_settings(EPOCHS, seed=seed, learning_rate=LEARNING_RATE)
        part = f"Q3, seed {seed + 1} of {context.n_seeds}"
        line: dict[str, object] = {"task": name, "seed": seed}
        for label, framing in framings.items():
            result = runner.train_and_score(framing, data_settings, task, ModelSettings(units=UNITS), training, part)
            line[f"parameters, {label}"] = result.parameters
            line[f"unseen error, {label}"] = result.scores[TEST]["mae"]
            line[f"seconds, {label}"] = result.history.seconds
        lines.append(line)
    return lines


def decide(ratios: dict[str, list[float]], time_ratio: float) -> str:
    """The sentence, from the error of Dense over that of the LSTM by task and seed, and how much faster it is."""
    as_good = [median(of_seeds) <= AS_GOOD for of_seeds in ratios.values()]
    found = [
        f"{median(of_seeds):.2f} for the {name} (smaller {in_seeds([each < 1 for each in of_seeds])})"
        for name, of_seeds in ratios.items()
    ]
    if all(as_good):
        verdict = f"Yes, for windows of one length: it is as good or better on all {len(as_good)} tasks"
    elif any(as_good):
        verdict = f"That depends on the task: it is as good or better on {sum(as_good)} of {len(as_good)}"
    else:
        verdict = f"No: it is worse on all {len(as_good)} tasks"
    speed = "faster" if time_ratio > 1 else "slower"
    return (
        f"{verdict}. Its unseen error is that of the LSTM times {join(found)}. Its training was "
        f"{times(max(time_ratio, 1 / time_ratio))} {speed} here."
    )


Q3 = Experiment(
    name="Q3",
    text="A plain Dense network instead of the LSTM for many_to_one: is it as good, and is it faster?",
    unit="times the LSTM's unseen error, in the worst of three tasks",
    method=(
        f"Both have a layer of {UNITS} units and are trained by turns for {EPOCHS} epochs, after a first run that "
        f"makes their graphs. As good means at most {AS_GOOD} times the mean absolute error on unseen sequences. "
        "Seconds depend on the machine and on what else it does; their ratio less so."
    ),
    ask=ask,
)
