"""Q8: a pyramid of LSTMs, whose second layer reads the steps of the first in pairs."""

import numpy as np
import pandas as pd

from seqframe.config import DataSettings, ModelSettings, TaskSettings
from seqframe.data.dataset import TEST
from seqframe.experiments.base import Experiment, ExperimentContext, Finding
from seqframe.experiments.runner import mean_baseline_mae, median_score, run_seeds
from seqframe.experiments.text import CLEARLY
from seqframe.framings.many_to_many import MANY_TO_MANY
from seqframe.framings.many_to_one import MANY_TO_ONE
from seqframe.framings.pyramid import PYRAMID
from seqframe.networks.spec import Bidirectional, Dense, NetworkSpec, Recurrent
from seqframe.reporting.figures import plot_bars

STEPS = 32  # from the value that is to be recalled to the answer
WIDTHS = [8, 8, 8, 8]
PROBLEM = DataSettings(generator="delayed_echo", sequence_length=STEPS + 1, delay=STEPS, n_train=256, n_test=100)
TASK = TaskSettings(kind="forecast", lookback=STEPS, horizon=1)
EPOCHS = 60
TRAINING = {"batch_size": 16, "learning_rate": 0.005}
LOOKED_AT = 8  # steps in which the pairs are looked for
Pairs = list[tuple[int, ...]]


def ask(context: ExperimentContext) -> Finding:
    """Look at the pairs by gradients, then have both networks recall the first of many values."""
    model, rows, guess = ModelSettings(units=WIDTHS[0], hidden_sizes=WIDTHS), [], 0.0
    for framing, name in ((PYRAMID, "pyramid"), (MANY_TO_ONE, "plain stack")):
        trials = run_seeds("Q8", context, framing, PROBLEM, TASK, model, EPOCHS, **TRAINING)
        guess = mean_baseline_mae(trials[0])
        spec = trials[0].network.spec
        rows.append(
            {
                "network": name,
                "steps walked by its layers": sum(steps_walked(spec)),
                "parameters": trials[0].parameters,
                "error on unseen (median of seeds)": median_score(trials),
                "smallest": min(each.scores[TEST]["mae"] for each in trials),
                "largest": max(each.scores[TEST]["mae"] for each in trials),
                "error of the mean": guess,
                "s of training (fastest seed)": min(each.history.seconds for each in trials),
            }
        )
    table = pd.DataFrame(rows)
    errors = dict(zip(table["network"], table["error on unseen (median of seeds)"], strict=True))
    title = f"Recalling the first of {STEPS} values, unseen sequences"
    figure = plot_bars(errors, "mean absolute error", title, ("always the mean", guess))
    ratio = errors["plain stack"] / errors["pyramid"]
    return Finding(ratio, decide(find_pairs(LOOKED_AT), ratio, table), table, figure)


def find_pairs(steps: int) -> Pairs:
    """Of every node of the second layer, the steps of the first that it is given, from 1, as gradients have it."""
    from seqframe.framings.causality import framing_dependency

    first = Recurrent(2, return_sequences=True)
    whole = PYRAMID.make_spec(
        np.zeros((1, steps, 1)), np.zeros((1, 1)), ModelSettings(units=first.units, hidden_sizes=[first.units] * 2)
    )
    between = whole.body[1:-1]  # what stands between the two layers
    nodes = (steps + 1) // 2
    part = NetworkSpec(
        "pyramid", (steps, first.units), between, Dense(1)
    )  # a node's inputs as they come, without its memory
    flow = framing_dependency(part, MANY_TO_MANY, (steps, first.units), (nodes, 1))
    return [tuple((np.flatnonzero(line) + 1).tolist()) for line in flow.depends_on]


def steps_walked(spec: NetworkSpec) -> list[int]:
    """The steps that each recurrent layer goes through, one after the other."""
    return [shape[0] for layer, shape in spec.layers().values() if isinstance(layer, Recurrent | Bidirectional)]


def decide(pairs: Pairs, ratio: float, table: pd.DataFrame) -> str:
    """The sentence: `ratio` is the error of the plain stack over that of the pyramid."""
    wanted = [(step, step + 1) for step in range(1, LOOKED_AT, 2)]
    first = (
        "By gradients, the second layer's first node is given steps 1 and 2 of the first layer, its second 3 and 4, "
        "and so on"
        if pairs == wanted
        else f"By gradients, the second layer is NOT given the first one's steps in pairs, but as {pairs}"
    )
    pyramid, stack = (table.set_index("network").loc[name] for name in ("pyramid", "plain stack"))
    error = "error on unseen (median of seeds)"
    compared = "clearly better" if ratio > CLEARLY else "clearly worse" if ratio < 1 / CLEARLY else "not clearly better"
    walked, weights = "steps walked by its layers", "parameters"
    return (
        f"{first}. With {len(WIDTHS)} layers, recalling the first of {STEPS} values, it is {compared} than a plain "
        f"stack: off by {pyramid[error]:.2g} on unseen sequences, against {stack[error]:.2g} (always the mean: "
        f"{pyramid['error of the mean']:.2g}), with {int(pyramid[walked])} steps walked by its layers against "
        f"{int(stack[walked])}, and {int(pyramid[weights])} parameters against {int(stack[weights])}."
    )


Q8 = Experiment(
    name="Q8",
    text=(
        "A pyramid of LSTMs: the second layer's first node reads steps 1 and 2 of the first, its second node steps 3 "
        "and 4. Does it, and does it help?"
    ),
    unit="error of a plain stack on unseen sequences, as a multiple of that of the pyramid",
    method=(
        "Which steps a node is given is seen from gradients through what stands between the layers. Then a pyramid and "
        f"a stack of the same widths, {WIDTHS}, are trained alike to recall the first of {STEPS} random values."
    ),
    ask=ask,
)
