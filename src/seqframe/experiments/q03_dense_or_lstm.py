"""Q3: a plain Dense network instead of the LSTM of many_to_one."""

from statistics import median

import pandas as pd

from seqframe.config import DataSettings, ModelSettings, TaskSettings
from seqframe.data.dataset import TEST
from seqframe.experiments.base import Experiment, ExperimentContext, Finding
from seqframe.experiments.text import format_ratio, format_seed_count, join
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
AS_GOOD = 1.1  # largest error ratio that counts as equally good


def run(context: ExperimentContext) -> Finding:
    """Train both networks alternately on three tasks, and compare test errors and training times."""
    lines = [line for name in TASKS for line in train_alternately(context, name)]
    table = pd.DataFrame(lines)
    table["error ratio"] = table["test error, dense"] / table["test error, LSTM"]
    table["time ratio"] = table["seconds, LSTM"] / table["seconds, dense"]
    ratios = {name: table["error ratio"][table["task"] == name].tolist() for name in TASKS}
    worst = max(median(per_seed) for per_seed in ratios.values())
    return Finding(worst, conclude(ratios, median(table["time ratio"])), table)


def train_alternately(context: ExperimentContext, name: str) -> list[dict[str, object]]:
    """Train both networks for each seed, one after the other, after a first run that traces their graphs."""
    from seqframe.experiments.runner import iterate_seeds, run_seeds

    problem = (*TASKS[name], ModelSettings(units=UNITS))
    framings = {"dense": DENSE, "LSTM": MANY_TO_ONE}
    for framing in framings.values():
        run_seeds("Q3, first run", ExperimentContext(n_seeds=1), framing, *problem, epochs=2)
    runs = [
        iterate_seeds("Q3", context, framing, *problem, epochs=EPOCHS, learning_rate=LEARNING_RATE)
        for framing in framings.values()
    ]
    lines = []
    for seed, pair in enumerate(zip(*runs, strict=True)):  # in the order dense, LSTM, dense, LSTM, ...
        line: dict[str, object] = {"task": name, "seed": seed}
        for network, result in zip(framings, pair, strict=True):
            line[f"parameters, {network}"] = result.parameters
            line[f"test error, {network}"] = result.scores[TEST]["mae"]
            line[f"seconds, {network}"] = result.history.seconds
        lines.append(line)
    return lines


def conclude(ratios: dict[str, list[float]], time_ratio: float) -> str:
    """The conclusion, from the error ratios dense / LSTM by task and seed, and the time ratio LSTM / dense."""
    as_good = [median(per_seed) <= AS_GOOD for per_seed in ratios.values()]
    found = [
        f"{name} {format_ratio(median(per_seed))} (better in {format_seed_count([each < 1 for each in per_seed])})"
        for name, per_seed in ratios.items()
    ]
    if all(as_good):
        outcome = f"Yes, for windows of one length: Dense is as good or better on all {len(as_good)} tasks"
    elif any(as_good):
        outcome = f"It depends on the task: Dense is as good or better on {sum(as_good)} of {len(as_good)} tasks"
    else:
        outcome = f"No: Dense is worse on all {len(as_good)} tasks"
    speed = "faster" if time_ratio > 1 else "slower"
    factor = format_ratio(max(time_ratio, 1 / time_ratio))
    return f"{outcome}. Test error relative to the LSTM: {join(found)}. It trained {factor} {speed}."


Q3 = Experiment(
    name="Q3",
    text="A plain Dense network instead of the LSTM in many_to_one: is it as good, and is it faster?",
    quantity="Ratio of test errors, Dense / LSTM, for the worst of three tasks",
    suffix="x",
    method=(
        f"Both networks have a layer of {UNITS} units and are trained alternately for {EPOCHS} epochs, after a first "
        f"run that traces their graphs. As good means a ratio of mean absolute test errors up to {AS_GOOD}. Seconds "
        "depend on the machine and its load; their ratio depends less on them."
    ),
    run=run,
)
