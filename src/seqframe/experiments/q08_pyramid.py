"""Q8: a pyramid of LSTMs, whose second layer reads the steps of the first in pairs."""

import numpy as np
import pandas as pd

from seqframe.config import DataSettings, ModelSettings, TaskSettings
from seqframe.data.dataset import TEST
from seqframe.experiments.base import Experiment, ExperimentContext, Finding
from seqframe.experiments.runner import mean_baseline_mae, median_score, run_seeds
from seqframe.experiments.text import MIN_RATIO
from seqframe.framings.many_to_many import MANY_TO_MANY
from seqframe.framings.many_to_one import MANY_TO_ONE
from seqframe.framings.pyramid import PYRAMID
from seqframe.networks.recurrent_layers import LSTM, Bidirectional, Recurrent
from seqframe.networks.spec import Dense, NetworkSpec
from seqframe.reporting.figures import plot_bars

STEPS = 32  # from the value to recall to the output
WIDTHS = [8, 8, 8, 8]
ECHO = DataSettings(generator="delayed_echo", sequence_length=STEPS + 1, delay=STEPS, n_train=256, n_test=100)
TASK = TaskSettings(kind="forecast", lookback=STEPS, horizon=1)
EPOCHS = 60
TRAINING = {"batch_size": 16, "learning_rate": 0.005}
CHECKED_STEPS = 8  # steps of the first layer in the check of the pairs
Pairs = list[tuple[int, ...]]


def run(context: ExperimentContext) -> Finding:
    """Check the pairs by gradients, then train both networks to recall the first of many values."""
    model, rows, baseline = ModelSettings(units=WIDTHS[0], hidden_sizes=WIDTHS), [], 0.0
    for framing, name in ((PYRAMID, "pyramid"), (MANY_TO_ONE, "plain stack")):
        runs = run_seeds("Q8", context, framing, ECHO, TASK, model, EPOCHS, **TRAINING)
        baseline = mean_baseline_mae(runs[0])
        rows.append(
            {
                "network": name,
                "recurrent steps": sum(recurrent_steps(runs[0].network.spec)),
                "parameters": runs[0].parameters,
                "test error (median of seeds)": median_score(runs),
                "min": min(each.scores[TEST]["mae"] for each in runs),
                "max": max(each.scores[TEST]["mae"] for each in runs),
                "mean baseline": baseline,
                "training time, s (fastest seed)": min(each.history.seconds for each in runs),
            }
        )
    table = pd.DataFrame(rows)
    errors = dict(zip(table["network"], table["test error (median of seeds)"], strict=True))
    title = f"Recall of the first of {STEPS} values, test sequences"
    figure = plot_bars(errors, "mean absolute error", title, ("mean baseline", baseline))
    ratio = errors["plain stack"] / errors["pyramid"]
    return Finding(ratio, conclude(find_pairs(CHECKED_STEPS), ratio, table), table, figure)


def find_pairs(steps: int) -> Pairs:
    """For each step of the second layer, the steps of the first layer (from 1) with a non-zero gradient."""
    from seqframe.framings.causality import framing_dependency

    first = LSTM(2, return_sequences=True)
    whole = PYRAMID.make_spec(
        np.zeros((1, steps, 1)), np.zeros((1, 1)), ModelSettings(units=first.units, hidden_sizes=[first.units] * 2)
    )
    between = whole.body[1:-1]  # the layers between the two recurrent layers
    outputs = (steps + 1) // 2
    # The second layer is replaced by a Dense layer: the inputs of each step without its recurrent state.
    part = NetworkSpec("pyramid", (steps, first.units), between, Dense(1))
    dependency = framing_dependency(part, MANY_TO_MANY, (steps, first.units), (outputs, 1))
    return [tuple((np.flatnonzero(line) + 1).tolist()) for line in dependency.depends_on]


def recurrent_steps(spec: NetworkSpec) -> list[int]:
    """Time steps of each recurrent layer."""
    return [shape[0] for layer, shape in spec.layers().values() if isinstance(layer, Recurrent | Bidirectional)]


def conclude(pairs: Pairs, ratio: float, table: pd.DataFrame) -> str:
    """The conclusion, from the pairs and the error ratio plain stack / pyramid."""
    expected = [(step, step + 1) for step in range(1, CHECKED_STEPS, 2)]
    first = (
        "By gradients, the first step of the second layer reads steps 1 and 2 of the first layer, its second step 3 "
        "and 4, and so on"
        if pairs == expected
        else f"By gradients, the second layer does NOT read the steps of the first layer in pairs, but as {pairs}"
    )
    pyramid, stack = (table.set_index("network").loc[name] for name in ("pyramid", "plain stack"))
    error, steps, parameters = "test error (median of seeds)", "recurrent steps", "parameters"
    outcome = (
        "clearly better" if ratio > MIN_RATIO else "clearly worse" if ratio < 1 / MIN_RATIO else "not clearly better"
    )
    return (
        f"{first}. With {len(WIDTHS)} layers that recall the first of {STEPS} values, the pyramid is {outcome} than a "
        f"plain stack: test error {pyramid[error]:.2g} against {stack[error]:.2g} (mean baseline "
        f"{pyramid['mean baseline']:.2g}), {int(pyramid[steps])} recurrent steps against {int(stack[steps])}, "
        f"{int(pyramid[parameters])} parameters against {int(stack[parameters])}."
    )


Q8 = Experiment(
    name="Q8",
    text=(
        "A pyramid of LSTMs: the second layer's first step reads steps 1 and 2 of the first layer, its second step "
        "steps 3 and 4. Is this so, and does it help?"
    ),
    quantity="Ratio of test errors, plain stack / pyramid",
    suffix="x",
    method=(
        "Gradients through the layers between the two recurrent layers show which steps a step depends on. Then a "
        f"pyramid and a stack of the same widths, {WIDTHS}, are trained with the same settings to recall the first of "
        f"{STEPS} random values."
    ),
    run=run,
)
