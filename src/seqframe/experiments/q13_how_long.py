"""Q13: up to which length the tutorial's framings still learn the echo, with the tutorial's training."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from seqframe.config import DataSettings, ModelSettings, TaskSettings
from seqframe.data.dataset import TEST, TRAIN
from seqframe.evaluation.metrics import TOLERANCE_TO_ONE_DECIMAL
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
LINES = 20  # unseen straight lines, to tell echoing from knowing one sequence by heart


def ask(context: ExperimentContext) -> Finding:
    """Train every framing at every length from every seed, and count those with every value right."""
    table = pd.DataFrame([measure(context, framing, length) for length in LENGTHS for framing in TUTORIAL])
    table["learnt (share)"] = table["learnt"] / table["seeds"]
    lines = {
        name: dict(zip(rows["length"], rows["learnt (share)"], strict=True))
        for name, rows in table.groupby("framing", sort=False)
    }
    longest = longest_learnt(table)
    figure = plot_lines(lines, "length of the sequence", "share of seeds that learn it", "Up to which length?")
    return Finding(float(min(longest.values())), decide(longest, table), table, figure)


def measure(context: ExperimentContext, framing: Framing, length: int) -> dict[str, object]:
    """One framing at one length."""
    data_settings = DataSettings(generator="ramp", sequence_length=length, n_test=LINES)
    trials = run_seeds(
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
        "parameters": trials[0].parameters,
        "seeds": len(trials),
        "learnt": int(sum(each.scores[TRAIN]["all_within_0.05"] for each in trials)),
        "smallest largest error": min(each.scores[TRAIN]["max_error"] for each in trials),
        "unseen lines right (share)": sum(map(share_of_lines, trials)) / len(trials),
        "s of training (fastest seed)": min(each.history.seconds for each in trials),
    }


def share_of_lines(trial: ExperimentRun) -> float:
    """Of the unseen lines, how many are echoed with every value right to one decimal."""
    test = trial.predictions[trial.predictions["split"] == TEST]
    right = test["error"].abs().groupby(test["sequence"]).max() <= TOLERANCE_TO_ONE_DECIMAL
    return float(right.mean())


def longest_learnt(table: pd.DataFrame) -> dict[str, int]:
    """Of every framing, the longest length that any seed learnt; 0 where none learnt any."""
    learnt = table[table["learnt"] > 0].groupby("framing")["length"].max()
    return {name: int(learnt.get(name, 0)) for name in table["framing"].unique()}


def decide(longest: dict[str, int], table: pd.DataFrame) -> str:
    """The sentence."""
    of = table.groupby("framing", sort=False)[["learnt", "seeds"]].sum()
    counts = ", ".join(f"{name} {of['learnt'][name]} of {of['seeds'][name]}" for name in of.index)
    tried = int(table["length"].max())
    short = {name: length for name, length in longest.items() if length < tried}
    if short:
        ends = [f"{name} {f'up to {length}' if length else 'at none'}" for name, length in short.items()]
        start = (
            f"From {table['seeds'].max()} seeds, not every framing learns the sequence at each length up to {tried}: "
            f"{join(ends)}."
        )
    else:
        start = f"Up to length {tried}, the longest tried, some seeds of every framing learn the sequence."
    shares = table.groupby("framing", sort=False)["unseen lines right (share)"].mean()
    test = ", ".join(f"{name} {share:.0%}" for name, share in shares.items())
    return (
        f"{start} Runs that learn, over all lengths: {counts}. To learn this one sequence is not to learn to echo: "
        f"of other straight lines, these networks give back right: {test}."
    )


Q13 = Experiment(
    name="Q13",
    text="Longer and shorter sequences: up to which length does each framing still learn the echo?",
    unit="the longest length that every framing learns, from at least one seed",
    method=(
        f"The tutorial's networks and epochs at the lengths {', '.join(map(str, LENGTHS))}; learnt means that every "
        f"value is within {TOLERANCE_TO_ONE_DECIMAL}. Each network is also given {LINES} straight lines that it has not seen."
    ),
    ask=ask,
)
