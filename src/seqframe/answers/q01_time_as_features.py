"""Q1: what is lost when time is folded into features, X (1, 1, 5) in place of (1, 5, 1)."""

from statistics import median

import numpy as np
import pandas as pd

from seqframe.answers.base import Answer, Question
from seqframe.answers.seeds import over_seeds
from seqframe.answers.words import join, times
from seqframe.config import Answers, Model, Problem, Task
from seqframe.framings import Framing
from seqframe.framings.many_to_one import MANY_TO_ONE
from seqframe.framings.one_step_vector import ONE_STEP_VECTOR
from seqframe.posing import UNSEEN, pose

LOOKBACKS = (5, 20, 60)
HORIZON = 5
EPOCHS, LEARNING_RATE, UNITS = 300, 0.01, 16
WORSE = 1.1  # how many times the error must be, at least, to be called worse


def ask(settings: Answers) -> Answer:
    """Count the parameters that have no effect, and compare errors on unseen sines as the window grows."""
    idle, total = count_idle(ONE_STEP_VECTOR)
    table = pd.concat([compare(settings, lookback) for lookback in LOOKBACKS], ignore_index=True)
    return Answer(100 * idle / total, decide(idle, total, table), table)


def count_idle(framing: Framing) -> tuple[int, int]:
    """Of the tutorial's LSTM: how many parameters get no gradient from any input, and how many it has."""
    from seqframe.backend import tf
    from seqframe.network import assemble

    posed = pose(Problem(length=5), Task(kind="echo"))
    X, y = posed.frame(framing, posed.windows)
    model = assemble(framing.plan(X, y, Model(units=5)), seed=0)
    inputs = tf.constant(np.random.default_rng(0).normal(size=(64, *X.shape[1:])), tf.float32)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(model(inputs) ** 2)
    gradients = tape.gradient(loss, model.layers[0].trainable_variables, unconnected_gradients="zero")
    return sum(int(np.sum(gradient.numpy() == 0)) for gradient in gradients), model.layers[0].count_params()


def compare(settings: Answers, lookback: int) -> pd.DataFrame:
    """Both framings with windows of a length, a line a seed."""
    problem = Problem(kind="sine", length=80, sequences=4, unseen=20)
    task = Task(kind="forecast", lookback=lookback, horizon=HORIZON, stride=2)
    folded, read = (
        over_seeds("Q1", settings, framing, problem, task, Model(units=UNITS), EPOCHS, learning_rate=LEARNING_RATE)
        for framing in (ONE_STEP_VECTOR, MANY_TO_ONE)
    )
    errors = pd.DataFrame({"folded": [each.scores[UNSEEN]["mae"] for each in folded]})
    errors["read"] = [each.scores[UNSEEN]["mae"] for each in read]
    return pd.DataFrame(
        {
            "rows read": lookback,
            "seed": range(settings.seeds),
            "parameters, one_step_vector": folded[0].parameters,
            "parameters, many_to_one": read[0].parameters,
            "unseen error, one_step_vector": errors["folded"],
            "unseen error, many_to_one": errors["read"],
            "error ratio": errors["folded"] / errors["read"],
        }
    )


def decide(idle: int, total: int, table: pd.DataFrame) -> str:
    """The sentence, from the parameters without effect, and errors of one_step_vector over those of many_to_one."""
    lost = (
        f"The memory: {idle} of the {total} parameters of its LSTM have no effect, because no step comes before its "
        "only one, and what is left is a gated dense layer."
        if idle
        else f"Not the memory: all {total} parameters of its LSTM have an effect."
    )
    last = table.iloc[-1]
    folded, read = (int(last[f"parameters, {name}"]) for name in ("one_step_vector", "many_to_one"))
    ratios = table.groupby("rows read")["error ratio"].agg(list)
    worse = [rows for rows, of_seeds in ratios.items() if median(of_seeds) > WORSE]
    verdict = f"less accurate with {join(worse)} rows" if worse else "about as accurate"
    found = join([f"{times(median(of)).removesuffix(' times')} with {rows} rows" for rows, of in ratios.items()])
    return (
        f"{lost} It grows with the window, to {folded:,} parameters for {int(last['rows read'])} rows, where "
        f"many_to_one has {read:,}. On unseen noisy sines it is {verdict}: its error is that of many_to_one times "
        f"{found}."
    )


Q1 = Question(
    name="Q1",
    text="One step of five features, X (1, 1, 5): what is lost when time is folded into features?",
    unit="% of the LSTM's parameters without effect",
    method=(
        "In the tutorial's network with X (1, 1, 5), the parameters of the LSTM that get no gradient from any of 64 "
        f"random inputs are counted. Then one_step_vector and many_to_one forecast {HORIZON} rows of noisy sines from "
        f"windows of {join(LOOKBACKS)} rows, {EPOCHS} epochs each. Errors are mean absolute ones; the median of the "
        "seeds is compared, and "
        f"worse means more than {WORSE} times."
    ),
    ask=ask,
)
