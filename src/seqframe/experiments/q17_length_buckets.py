"""Q17: batches of sequences of similar length, against batches padded to the longest sequence."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from statistics import mean

import numpy as np
import pandas as pd

from seqframe.config import DataSettings, ModelSettings, TaskSettings
from seqframe.data.label_dataset import LabelDataset, make_label_dataset
from seqframe.data.label_generators import generate_labeled
from seqframe.data.sequences import Sequences
from seqframe.experiments.base import Experiment, ExperimentContext, Finding
from seqframe.experiments.label_runner import Tagger, train_taggers
from seqframe.framings.many_to_many import MANY_TO_MANY

SHORTEST, LONGEST = 5, 100  # steps
DATA = DataSettings(generator="brackets", sequence_length=2 * LONGEST, n_train=200, n_test=50)
BATCH, EPOCHS, UNITS = 16, 40, 32
BUCKETED, PADDED = "bucketed", "padded to the longest"
ACCURACY, SECONDS = "accuracy (mean of seeds)", "training time, s (fastest seed)"
SAME = 0.02  # accuracies that differ by less are called the same


def run(context: ExperimentContext) -> Finding:
    """Train the same network on the same sequences with both kinds of batches."""
    dataset = make_dataset_of_unequal_lengths()
    methods = {BUCKETED: True, PADDED: False}
    in_turns = zip(*(_train(context, dataset, bucketing) for bucketing in methods.values()), strict=True)
    taggers = dict(zip(methods, zip(*in_turns, strict=True), strict=True))  # seed by seed, to share noise equally
    table = pd.DataFrame([_summarize(name, each) for name, each in taggers.items()])
    number = float(table[SECONDS][1] / table[SECONDS][0])
    return Finding(number, conclude(table, dataset.sequences.lengths.tolist()), table)


def make_dataset_of_unequal_lengths() -> LabelDataset:
    """Bracket sequences that are cut to lengths whose logarithms are evenly distributed."""
    sequences = generate_labeled(DATA, "label")
    random = np.random.default_rng(0)
    lengths = np.exp(random.uniform(np.log(SHORTEST), np.log(LONGEST + 1), len(sequences))).astype(np.intp)
    return make_label_dataset(cut(sequences, lengths), DATA, TaskSettings(kind="label"))


def cut(sequences: Sequences, lengths: "np.ndarray[tuple[int], np.dtype[np.intp]]") -> Sequences:
    """The first steps of every sequence with a label for each step."""
    step = np.concatenate([np.arange(length) for length in sequences.lengths])
    first = step < np.repeat(lengths, sequences.lengths)
    return replace(sequences, values=sequences.values[first], labels=sequences.labels[first], lengths=lengths)


def _train(context: ExperimentContext, dataset: LabelDataset, bucketing: bool) -> Iterator[Tagger]:
    """Train with one kind of batches, seed by seed."""
    options = {"batch_size": BATCH, "learning_rate": 0.01, "shuffle": True, "bucketing": bucketing}
    return train_taggers("Q17", context, MANY_TO_MANY, dataset, ModelSettings(units=UNITS), EPOCHS, **options)


def _summarize(name: str, taggers: Sequence[Tagger]) -> dict[str, object]:
    """The networks of one kind of batches: one row of the table."""
    return {
        "batches": name,
        "epochs": EPOCHS,
        ACCURACY: mean(tagger.scores["accuracy"] for tagger in taggers),
        "log loss (mean of seeds)": mean(tagger.scores["log_loss"] for tagger in taggers),
        SECONDS: min(tagger.history.seconds for tagger in taggers),
    }


def conclude(table: pd.DataFrame, lengths: list[int]) -> str:
    """The conclusion, from the table with one row for each kind of batches, and the lengths of the sequences."""
    bucketed, padded = (table[table["batches"] == name].iloc[0] for name in (BUCKETED, PADDED))
    ratio = padded[SECONDS] / bucketed[SECONDS]
    share = sum(lengths) / (len(lengths) * max(lengths))
    difference = bucketed[ACCURACY] - padded[ACCURACY]
    result = "as accurate" if abs(difference) < SAME else "more accurate" if difference > 0 else "less accurate"
    speed = f"{ratio:.1f}x as fast" if ratio >= 1 else f"{1 / ratio:.1f}x as slow"
    return (
        f"Bucketed training is {speed}, and {result} after as many epochs: {bucketed[ACCURACY]:.1%} against "
        f"{padded[ACCURACY]:.1%}. Padded to the longest sequence, only {share:.0%} of the steps are not padding. A "
        "batch of short sequences has fewer labels and counts as much as one of long sequences, so the weights differ."
    )


Q17 = Experiment(
    name="Q17",
    text="Batches of similar lengths, or padded to the longest sequence: time and result?",
    quantity="Ratio of training times, padded to the longest / bucketed",
    suffix="x",
    method=(
        f"many_to_many labels the depth of {DATA.n_train} bracket sequences of {SHORTEST} to {LONGEST} steps, in "
        f"batches of {BATCH} for {EPOCHS} epochs, with and without training.bucketing."
    ),
    run=run,
)
