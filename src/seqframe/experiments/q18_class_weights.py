"""Q18: class weights where one class is rare."""

from statistics import mean

import numpy as np
import pandas as pd

from seqframe.config import DataSettings, ModelSettings, TaskSettings
from seqframe.data.label_dataset import LabelDataset, make_label_dataset
from seqframe.data.sequences import Sequences
from seqframe.evaluation.label_metrics import metrics_by_class
from seqframe.experiments.base import Experiment, ExperimentContext, Finding
from seqframe.experiments.label_runner import Tagger, train_taggers
from seqframe.framings.many_to_one import MANY_TO_ONE

CLASSES = ("usual", "rare")
RARE_SHARE = 0.05
SHIFT = 0.5  # mean of the inputs of the rare class, in their standard deviations; of the usual one it is 0
STEPS, N_TRAIN, N_TEST = 10, 400, 400
EPOCHS = 30
WEIGHTS = ("none", "balanced")
RECALL, PRECISION, ACCURACY = "recall, rare class", "precision, rare class", "accuracy"
BALANCED, LOG_LOSS = "balanced accuracy", "log loss"


def run(context: ExperimentContext) -> Finding:
    """Train the same network without class weights, and with balanced ones."""
    dataset = make_rare_class()
    rows = []
    for weight in WEIGHTS:
        options = {"batch_size": 50, "learning_rate": 0.01, "class_weight": weight}
        model = ModelSettings(units=4)
        taggers = list(train_taggers("Q18", context, MANY_TO_ONE, dataset, model, EPOCHS, **options))
        scores = [measure(tagger) for tagger in taggers]
        rows.append({"class weights": weight} | {name: mean(each[name] for each in scores) for name in scores[0]})
    table = pd.DataFrame(rows)
    number = 100 * float(table[BALANCED][1] - table[BALANCED][0])
    return Finding(number, conclude(table), table)


def make_rare_class() -> LabelDataset:
    """Sequences of noise, with a shift of the mean in the rare class."""
    random = np.random.default_rng(0)
    count = N_TRAIN + N_TEST
    rare = random.permutation(count) < RARE_SHARE * count
    values = random.normal(size=(count, STEPS)) + SHIFT * rare[:, None]
    sequences = Sequences(
        values=values.reshape(-1, 1),
        lengths=np.full(count, STEPS, np.intp),
        labels=rare[:, None].astype(np.int64),
        classes=CLASSES,
        features=("value",),
        ids=tuple(map(str, range(count))),
        per_step=False,
        split=("train",) * N_TRAIN + ("test",) * N_TEST,
    )
    return make_label_dataset(sequences, DataSettings(sequence_length=STEPS), TaskSettings(kind="classify"))


def measure(tagger: Tagger) -> dict[str, float]:
    """Scores of one network on the test sequences."""
    rare = metrics_by_class(tagger.test, CLASSES).iloc[1]
    scores = tagger.scores
    precision = rare["precision"] if rare["predictions"] else 0.0
    return {
        RECALL: float(rare["recall"]),
        PRECISION: float(precision),
        ACCURACY: scores["accuracy"],
        BALANCED: scores["balanced_accuracy"],
        LOG_LOSS: scores["log_loss"],
    }


def conclude(table: pd.DataFrame) -> str:
    """The conclusion, from the scores without class weights and with balanced ones."""
    none, balanced = (table[table["class weights"] == weight].iloc[0] for weight in WEIGHTS)
    found = "more" if balanced[RECALL] > none[RECALL] else "no more"
    price = "at a price" if balanced[ACCURACY] < none[ACCURACY] else "at no price"
    loss = "worse" if balanced[LOG_LOSS] > none[LOG_LOSS] else "better"
    return (
        f"Balanced class weights find {found} of the rare class (recall {balanced[RECALL]:.0%} against "
        f"{none[RECALL]:.0%}, balanced accuracy {balanced[BALANCED]:.1%} against {none[BALANCED]:.1%}), {price}: "
        f"accuracy {balanced[ACCURACY]:.1%} against {none[ACCURACY]:.1%}, precision {balanced[PRECISION]:.0%} against "
        f"{none[PRECISION]:.0%}. The probabilities are {loss}: log loss {balanced[LOG_LOSS]:.3f} against "
        f"{none[LOG_LOSS]:.3f}."
    )


Q18 = Experiment(
    name="Q18",
    text="One class is rare: do class weights help?",
    quantity="Points of balanced accuracy, balanced class weights - none",
    method=(
        f"many_to_one classifies sequences of {STEPS} noisy values. In the rare class, {RARE_SHARE:.0%} of the "
        f"sequences, their mean is shifted by {SHIFT} standard deviations. Trained with training.class_weight none and "
        "balanced."
    ),
    run=run,
)
