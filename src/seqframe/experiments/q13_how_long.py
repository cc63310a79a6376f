"""Q13: the largest length at which the tutorial's framings learn the echo, with the tutorial's training context."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from seqframe.config import DataSettings, ModelSettings, TaskSettings
from seqframe.data.dataset import TEST, TRAIN
from seqframe.evaluation.metrics import TOLERANCE
from seqframe.experiments.base import Experiment, ExperimentContext, Finding
from seqframe.experiments.runner import run_seeds
from seqframe.experiments.text import join
from seqframe.framings import TUTORIAL, Framing
from seqframe.reporting.figures import plot_lines

if TYPE_CHECKING:
    from seqframe.experiments.runner import ExperimentRun

LENGTHS = (5, 20, 100, 300, 1000)
EPOCHS = {"one_to_one": 1000, "many_to_one": 500, "many_to_many": 1000}  # the tutorial's
UNITS = 5
N_TEST = 20  # test ramps, to separate echoing from memorizing the training sequence


def run(context: ExperimentContext) -> Finding:
    """Train every framing at every length from every seed, and count the runs that fit all values."""
    table = pd.DataFrame([_measure(context, framing, length) for length in LENGTHS for framing in TUTORIAL])
    table["share of seeds that fit"] = table["seeds that fit"] / table["seeds"]
    lines = {
        name: dict(zip(rows["length"], rows["share of seeds that fit"], strict=True))
        for name, rows in table.groupby("framing", sort=False)
    }
    longest = max_lengths(table)
    figure = plot_lines(lines, "sequence length", "share of seeds that fit", "Training fit by sequence length")
    return Finding(float(min(longest.values())), conclude(longest, table), table, figure)


def _measure(context: ExperimentContext, framing: Framing, length: int) -> dict[str, object]:
    """Train one framing at one length: one row of the table."""
    data_settings = DataSettings(generator="ramp", sequence_length=length, n_test=N_TEST)
    runs = run_seeds(
        "Q13",
        context,
        framing,
        data_settings,
        TaskSettings(kind="echo"),
        ModelSettings(units=UNITS),
        EPOCHS[framing.name],
    )
    return {
        "framing": framing.name,
        "length": length,
        "parameters": runs[0].parameters,
        "seeds": len(runs),
        "seeds that fit": int(sum(each.scores[TRAIN]["all_within_0.05"] for each in runs)),
        "max error (best seed)": min(each.scores[TRAIN]["max_error"] for each in runs),
        "share of test ramps": sum(map(share_of_test_ramps, runs)) / len(runs),
        "training time, s (fastest seed)": min(each.history.seconds for each in runs),
    }


def share_of_test_ramps(result: ExperimentRun) -> float:
    """Share of the test ramps whose values are all within the tolerance."""
    test = result.predictions[result.predictions["split"] == TEST]
    within = test["error"].abs().groupby(test["sequence"]).max() <= TOLERANCE
    return float(within.mean())


def max_lengths(table: pd.DataFrame) -> dict[str, int]:
    """The largest length that any seed fits, by framing; 0 if there is none."""
    longest = table[table["seeds that fit"] > 0].groupby("framing")["length"].max()
    return {name: int(longest.get(name, 0)) for name in table["framing"].unique()}


def conclude(longest: dict[str, int], table: pd.DataFrame) -> str:
    """The conclusion, from the largest length by framing and the table."""
    sums = table.groupby("framing", sort=False)[["seeds that fit", "seeds"]].sum()
    counts = ", ".join(f"{name} {sums['seeds that fit'][name]}/{sums['seeds'][name]}" for name in sums.index)
    maximum = int(table["length"].max())
    shorter = {name: length for name, length in longest.items() if length < maximum}
    if shorter:
        limits = [f"{name} {f'up to {length}' if length else 'at no length'}" for name, length in shorter.items()]
        start = (
            f"With {table['seeds'].max()} seeds, not every framing fits the training sequence at every length up to "
            f"{maximum}: {join(limits)}."
        )
    else:
        start = f"Up to length {maximum}, the largest one, some seeds of every framing fit the training sequence."
    shares = table.groupby("framing", sort=False)["share of test ramps"].mean()
    test = ", ".join(f"{name} {share:.0%}" for name, share in shares.items())
    return (
        f"{start} Runs that fit, over all lengths: {counts}. Fitting one sequence is not learning to echo. Share of "
        f"test ramps with all values within {TOLERANCE}: {test}."
    )


Q13 = Experiment(
    name="Q13",
    text="Longer and shorter sequences: up to which length does each framing learn the echo?",
    quantity="Largest length that every framing fits, from at least one seed",
    method=(
        f"The tutorial's networks and epochs at the lengths {', '.join(map(str, LENGTHS))}. A run fits the training "
        f"sequence if all values are within {TOLERANCE}. Each network is also tested on {N_TEST} other "
        "ramps."
    ),
    run=run,
)
