"""Q16: labels of unidirectional and bidirectional networks, when only the past of a sequence is available."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqframe.config import DataSettings, ModelSettings, TaskSettings
from seqframe.data.label_dataset import make_label_dataset
from seqframe.data.label_generators import generate_labeled
from seqframe.data.sequences import MASK_VALUE
from seqframe.experiments.base import Experiment, ExperimentContext, Finding
from seqframe.experiments.label_runner import Tagger, train_taggers
from seqframe.experiments.text import format_seed_count
from seqframe.framings import find_framing

UNIDIRECTIONAL, BIDIRECTIONAL = "unidirectional", "bidirectional"
FRAMINGS = {UNIDIRECTIONAL: "many_to_many", BIDIRECTIONAL: "many_to_many_bidirectional"}
WHOLE, PAST = "accuracy, whole sequence", "accuracy, past only"
DATA = DataSettings(generator="tokens", sequence_length=16, n_train=200, n_test=100)
MODEL = ModelSettings(units=16, step_encoder="embedding")
EPOCHS = 30


def run(context: ExperimentContext) -> Finding:
    """Train both networks on whole sentences, and label every word with the whole sentence and with its past only."""
    task = TaskSettings(kind="label", available="whole")
    dataset = make_label_dataset(generate_labeled(DATA, "label"), DATA, task)
    rows = []
    for name, framing in FRAMINGS.items():
        taggers = train_taggers(
            "Q16", context, find_framing(framing), dataset, MODEL, EPOCHS, batch_size=20, learning_rate=0.01
        )
        for seed, tagger in enumerate(taggers):
            whole, past = tagger.scores["accuracy"], accuracy_of_the_past(tagger)
            rows.append({"network": name, "seed": seed, WHOLE: whole, PAST: past})
    table = pd.DataFrame(rows)
    mean = table.groupby("network")[[WHOLE, PAST]].mean()
    number = 100 * float(mean[PAST][BIDIRECTIONAL] - mean[PAST][UNIDIRECTIONAL])
    return Finding(number, conclude(table), table)


def accuracy_of_the_past(tagger: Tagger) -> float:
    """Accuracy of the test labels if each step is labeled when it is the last one: later steps are masked."""
    from seqframe.networks.build import predict

    numbers = tagger.dataset.splits["test"]
    X, y = tagger.dataset.inputs(numbers), tagger.dataset.targets(numbers)[..., 0]
    predicted = np.stack([predict(tagger.network, past(X, step))[:, step] for step in range(X.shape[1])], axis=1)
    valid = y >= 0
    return float((predicted.argmax(axis=-1) == y)[valid].mean())


def past(X: NDArray[np.float32], step: int) -> NDArray[np.float32]:
    """Sequences (samples, steps, features) up to a step; the later ones are padding."""
    known = X.copy()
    known[:, step + 1 :] = MASK_VALUE
    return known


def conclude(table: pd.DataFrame) -> str:
    """The conclusion, from the accuracies by network and seed."""
    mean = table.groupby("network")[[WHOLE, PAST]].mean()
    one, both = mean.loc[UNIDIRECTIONAL], mean.loc[BIDIRECTIONAL]
    by_network = {name: rows[PAST].to_numpy() for name, rows in table.groupby("network")}
    worse = (by_network[BIDIRECTIONAL] < by_network[UNIDIRECTIONAL]).tolist()
    comparison = "worse" if both[PAST] < one[PAST] else "not worse"
    return (
        f"On whole sentences the bidirectional network is right for {both[WHOLE]:.1%} of the words, the unidirectional "
        f"one for {one[WHOLE]:.1%}. When only the past is available, the bidirectional one is right for "
        f"{both[PAST]:.1%}, {comparison} than the unidirectional one with {one[PAST]:.1%} (worse in "
        f"{format_seed_count(worse)}). Its score on whole sentences does not tell how it labels word by word."
    )


Q16 = Experiment(
    name="Q16",
    text="Unidirectional or bidirectional labels, when only the past is available?",
    quantity="Points of accuracy, bidirectional - unidirectional, with the past only",
    method=(
        f"many_to_many and its bidirectional variant are trained on {DATA.n_train} sentences of a small grammar whose "
        "words may belong to several classes. Each word of the test sentences is labeled with the whole sentence, and "
        "again when it is the last word, as if the sentence were still being written."
    ),
    run=run,
)
