"""Q1: time steps as features, X (1, 1, 5) instead of (1, 5, 1)."""

from statistics import median

import numpy as np
import pandas as pd

from seqframe.config import DataSettings, ModelSettings, TaskSettings
from seqframe.data.dataset import TEST, make_dataset
from seqframe.experiments.base import Experiment, ExperimentContext, Finding
from seqframe.experiments.runner import run_seeds
from seqframe.experiments.text import format_ratio, join
from seqframe.framings import Framing
from seqframe.framings.dataset import frame_arrays
from seqframe.framings.many_to_one import MANY_TO_ONE
from seqframe.framings.one_step_vector import ONE_STEP_VECTOR

LOOKBACKS = (5, 20, 60)
HORIZON = 5
EPOCHS, LEARNING_RATE, UNITS = 300, 0.01, 16
WORSE = 1.1  # error ratio from which a framing is called less accurate


def run(context: ExperimentContext) -> Finding:
    """Count the parameters without effect, and compare test errors on sines as the window grows."""
    unused, total = count_unused_parameters(ONE_STEP_VECTOR)
    table = pd.concat([_compare(context, lookback) for lookback in LOOKBACKS], ignore_index=True)
    return Finding(100 * unused / total, conclude(unused, total, table), table)


def count_unused_parameters(framing: Framing) -> tuple[int, int]:
    """Parameters of the tutorial's LSTM that get no gradient from any input, and all its parameters."""
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


def _compare(context: ExperimentContext, lookback: int) -> pd.DataFrame:
    """Train both framings on windows of one length: one row per seed."""
    data_settings = DataSettings(generator="sine", sequence_length=80, n_train=4, n_test=20)
    task = TaskSettings(kind="forecast", lookback=lookback, horizon=HORIZON, stride=2)
    vector, steps = (
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
    errors = pd.DataFrame({"vector": [each.scores[TEST]["mae"] for each in vector]})
    errors["steps"] = [each.scores[TEST]["mae"] for each in steps]
    return pd.DataFrame(
        {
            "lookback": lookback,
            "seed": range(context.n_seeds),
            "parameters, one_step_vector": vector[0].parameters,
            "parameters, many_to_one": steps[0].parameters,
            "test error, one_step_vector": errors["vector"],
            "test error, many_to_one": errors["steps"],
            "error ratio": errors["vector"] / errors["steps"],
        }
    )


def conclude(unused: int, total: int, table: pd.DataFrame) -> str:
    """The conclusion, from the parameters without effect and the error ratios one_step_vector / many_to_one."""
    memory = (
        f"The memory: {unused} of the {total} LSTM parameters have no effect, because no step precedes the only one. "
        "A gated dense layer remains."
        if unused
        else f"Not the memory: all {total} LSTM parameters have an effect."
    )
    last = table.iloc[-1]
    vector, steps = (int(last[f"parameters, {name}"]) for name in ("one_step_vector", "many_to_one"))
    ratios = table.groupby("lookback")["error ratio"].agg(list)
    worse = [rows for rows, values in ratios.items() if median(values) > WORSE]
    accuracy = f"less accurate with {join(worse)} rows" if worse else "about as accurate"
    found = join([f"{format_ratio(median(values))} with {rows} rows" for rows, values in ratios.items()])
    return (
        f"{memory} The network grows with the window: {vector:,} parameters for {int(last['lookback'])} rows "
        f"(many_to_one: {steps:,}). On noisy sines it is {accuracy}: test error relative to many_to_one {found}."
    )


Q1 = Experiment(
    name="Q1",
    text="One step of five features, X (1, 1, 5): what is lost when time steps become features?",
    quantity="Share of the LSTM's parameters without effect",
    suffix="%",
    method=(
        "In the tutorial's network with X (1, 1, 5), we count the parameters of the LSTM whose gradient is zero for "
        f"each of 64 random inputs. Then one_step_vector and many_to_one forecast {HORIZON} rows of noisy sines from "
        f"windows of {join(LOOKBACKS)} rows, {EPOCHS} epochs each. Errors are mean absolute errors. The median over "
        f"the seeds is compared; a ratio above {WORSE} counts as less accurate."
    ),
    run=run,
)
