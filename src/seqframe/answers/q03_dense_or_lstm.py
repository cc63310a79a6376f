"""Q3: a plain Dense network in place of the LSTM of many_to_one."""

from statistics import median

import pandas as pd

from seqframe.answers.base import Answer, Question
from seqframe.answers.words import in_seeds, join, times
from seqframe.config import Answers, Model, Problem, Task
from seqframe.framings.dense import DENSE
from seqframe.framings.many_to_one import MANY_TO_ONE
from seqframe.posing import UNSEEN

TASKS = {
    "echo of ramps": (Problem(length=5, sequences=32, unseen=64), Task(kind="echo")),
    "forecast of noisy sines": (
        Problem(kind="sine", length=60, sequences=4, unseen=20),
        Task(kind="forecast", lookback=20, horizon=5),
    ),
    "echo of random values": (Problem(kind="delayed_echo", length=12, sequences=64, unseen=64), Task(kind="echo")),
}
EPOCHS, LEARNING_RATE, UNITS = 400, 0.01, 16
AS_GOOD = 1.1  # how many times the error may be and still be called as good


def ask(settings: Answers) -> Answer:
    """Train both by turns on three tasks, and compare errors on unseen sequences and times."""
    lines = [line for name in TASKS for line in by_turns(settings, name)]
    table = pd.DataFrame(lines)
    table["error ratio"] = table["unseen error, dense"] / table["unseen error, LSTM"]
    table["time ratio"] = table["seconds, LSTM"] / table["seconds, dense"]
    ratios = {name: table["error ratio"][table["task"] == name].tolist() for name in TASKS}
    worst = max(median(of_seeds) for of_seeds in ratios.values())
    return Answer(worst, decide(ratios, median(table["time ratio"])), table)


def by_turns(settings: Answers, name: str) -> list[dict[str, object]]:
    """Of every seed: both networks trained one after the other, when their graphs have been made."""
    from seqframe.answers import trial

    problem, task = TASKS[name]
    framings = {"dense": DENSE, "LSTM": MANY_TO_ONE}
    for framing in framings.values():
        trial.run_trial(framing, problem, task, Model(units=UNITS), trial.settings(2), part="Q3, warming up")
    lines = []
    for seed in range(settings.seeds):
        training = trial.settings(EPOCHS, seed=seed, learning_rate=LEARNING_RATE)
        part = f"Q3, seed {seed + 1} of {settings.seeds}"
        line: dict[str, object] = {"task": name, "seed": seed}
        for label, framing in framings.items():
            result = trial.run_trial(framing, problem, task, Model(units=UNITS), training, part)
            line[f"parameters, {label}"] = result.parameters
            line[f"unseen error, {label}"] = result.scores[UNSEEN]["mae"]
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


Q3 = Question(
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
