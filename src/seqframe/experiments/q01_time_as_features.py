"""Q1: what is lost when time is folded into features, X (1, 1, 5) in place of (1, 5, 1)."""

from statistics import median

import numpy as np
import pandas as pd

from seqframe.config import DataSettings, ModelSettings, TaskSettings
from seqframe.data.dataset import TEST, make_dataset
from seqframe.experiments.base import Experiment, ExperimentContext, Finding
from seqframe.experiments.runner import run_seeds
from seqframe.experiments.text import join, times
from seqframe.framings import Framing
from seqframe.framings.dataset import frame_arrays
from seqframe.framings.many_to_one import MANY_TO_ONE
from seqframe.framings.one_step_vector import ONE_STEP_VECTOR

LOOKBACKS = (5, 20, 60)
HORIZON = 5
EPOCHS, LEARNING_RATE, UNITS = 300, 0.01, 16
WORSE = 1.1  # how many times the error must be, at least, to be called worse


def ask(context: ExperimentContext) -> Finding:
    """Count the parameters that have no effect, and compare errors on unseen sines as the window grows."""
    idle, total = count_idle(ONE_STEP_VECTOR)
    table = pd.concat([compare(context, lookback) for lookback in LOOKBACKS], ignore_index=True)
    return Finding(100 * idle / total, decide(idle, total, table), table)


def count_idle(framing: Framing) -> tuple[int, int]:
    """Of the tutorial's LSTM: how many parameters get no gradient from any input, and how many it has."""
    from seqframe.networks.backend import tf
    from seqframe.networks.build import build_model

    dataset = make_dataset(DataSettings(sequence_length=5), TaskSettings(kind="echo"))
    X, y = frame_arrays(dataset, framing, dataset.train)
    model = build_model(framing.make_spec(X, y, ModelSettings(units=5)), seed=0)
    inputs = tf.constant(np.random.default_rng(0).normal(size=(64, *X.shape[1:])), tf.float32)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(model(inputs) ** 2)
    gradients = tape.gradient(loss, model.layers[0].trainable_variables, unconnected_gradients="zero")
    return sum(int(np.sum(gradient.numpy() == 0)) for gradient in gradients), model.layers[0].count_params()


def compare(context: ExperimentContext, lookback: int) -> pd.DataFrame:
    """Both framings with windows of a length, a line a seed."""
    data_settings = DataSettings(generator="sine", sequence_length=80, n_train=4, n_test=20)
    task = TaskSettings(kind="forecast", lookback=lookback, horizon=HORIZON, stride=2)
    folded, read = (
        run_seeds(
            "Q1",
            context,
            framing,
            data_settings,
            task,
            ModelSettings(units=UNITS),
            EPOCHS,
            learning_rate=LEARNING_RATE,
        )
        for framing in (ONE_STEP_VECTOR, MANY_TO_ONE)
    )
    errors = pd.DataFrame({"folded": [each.scores[TEST]["mae"] for each in folded]})
    errors["read"] = [each.scores[TEST]["mae"] for each in read]
    return pd.DataFrame(
        {
            "rows read": lookback,
            "seed": range(context.n_seeds),
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


Q1 = Experiment(
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
