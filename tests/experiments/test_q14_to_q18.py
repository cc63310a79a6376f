"""Conclusions of Q14 to Q18 follow from their numbers, and the parts of the experiments do what they claim."""

import numpy as np
import pandas as pd
import pytest

from seqframe.data.sequences import MASK_VALUE
from seqframe.experiments import (
    EXPERIMENTS,
    q14_padded_steps,
    q15_softmax,
    q16_only_the_past,
    q17_length_buckets,
    q18_class_weights,
)
from seqframe.experiments.base import Experiment, ExperimentContext, Finding

LAST_FIVE = [experiment for experiment in EXPERIMENTS if int(experiment.name[1:]) >= 14]


def padding_table(masked: float, unmasked: float) -> pd.DataFrame:
    rows = [
        {"framing": name, "padding": padding, "max difference": difference}
        for padding, differences in (
            (q14_padded_steps.MASKED, (masked, 0.0)),
            (q14_padded_steps.UNMASKED, (unmasked, 0.0)),
        )
        for name, difference in zip(("many_to_one", "many_to_many"), differences, strict=True)
    ]
    return pd.DataFrame(rows)


def test_q14_concludes_whether_a_mask_is_enough() -> None:
    right = q14_padded_steps.conclude(padding_table(0.0, 0.2))
    assert right.startswith("With Masking, no: probabilities are the same")
    assert "many_to_one by up to 0.2. many_to_many is not changed" in right
    assert "Yes: even with Masking, probabilities differ by up to 0.1 (many_to_one)" in q14_padded_steps.conclude(
        padding_table(0.1, 0.2)
    )
    assert "Without Masking they do not differ either" in q14_padded_steps.conclude(padding_table(0.0, 0.0))


def test_q15_concludes_whether_both_are_the_same_and_what_the_loss_is_a_mean_of() -> None:
    assert "the mean over the steps that are not padded: 1.3850" in q15_softmax.conclude(1e-8, 1.385, 1.385, 1.37)
    assert "is not the mean over the valid steps" in q15_softmax.conclude(1e-8, 1.37, 1.385, 1.37)
    assert q15_softmax.conclude(0.1, 1.385, 1.385, 1.37).startswith("No: ")


def accuracies(past: float) -> pd.DataFrame:
    one = {"network": q16_only_the_past.UNIDIRECTIONAL, q16_only_the_past.WHOLE: 0.9, q16_only_the_past.PAST: 0.9}
    both = {"network": q16_only_the_past.BIDIRECTIONAL, q16_only_the_past.WHOLE: 0.99, q16_only_the_past.PAST: past}
    return pd.DataFrame([one, both] * 3)


def test_q16_concludes_which_network_is_right_about_the_past() -> None:
    assert "80.0%, worse than the unidirectional one with 90.0% (worse in 3/3 seeds)" in q16_only_the_past.conclude(
        accuracies(0.8)
    )
    assert "95.0%, not worse than" in q16_only_the_past.conclude(accuracies(0.95))


def test_q16_masks_the_later_steps() -> None:
    X = np.ones((2, 4, 3), np.float32)
    known = q16_only_the_past.past(X, 1)
    assert (known[:, :2] == 1).all()
    assert (known[:, 2:] == MASK_VALUE).all()
    assert (X == 1).all()


def times(bucketed: float, accuracy: float) -> str:
    rows = [
        {"batches": name, q17_length_buckets.ACCURACY: score, q17_length_buckets.SECONDS: seconds}
        for name, score, seconds in (
            (q17_length_buckets.BUCKETED, accuracy, bucketed),
            (q17_length_buckets.PADDED, 0.9, 2.0),
        )
    ]
    return q17_length_buckets.conclude(pd.DataFrame(rows), [10, 30])


def test_q17_concludes_which_batches_are_faster_and_more_accurate() -> None:
    assert "2.0x as fast, and as accurate" in times(1.0, 0.9)
    assert "2.0x as slow, and less accurate" in times(4.0, 0.8)
    assert "more accurate" in times(1.0, 0.95)
    assert "only 67% of the steps are not padding" in times(1.0, 0.9)


def test_q17_cuts_sequences_with_their_labels() -> None:
    sequences = q17_length_buckets.make_dataset_of_unequal_lengths().sequences
    assert sequences.lengths.min() >= q17_length_buckets.SHORTEST
    assert sequences.lengths.max() <= q17_length_buckets.LONGEST
    for number in range(len(sequences)):
        rows = sequences.rows(np.array([number]))
        assert (np.cumsum(sequences.values[rows, 0]) == sequences.labels[rows, 0]).all()


def weights_table(recall: float, accuracy: float, loss: float) -> str:
    names = ("class weights", *(getattr(q18_class_weights, name) for name in ("RECALL", "PRECISION", "ACCURACY")))
    names += (q18_class_weights.BALANCED, q18_class_weights.LOG_LOSS)
    rows = [("none", 0.2, 0.9, 0.95, 0.6, 0.2), ("balanced", recall, 0.1, accuracy, 0.7, loss)]
    return q18_class_weights.conclude(pd.DataFrame(rows, columns=list(names)))


def test_q18_concludes_what_class_weights_find_and_cost() -> None:
    costly = weights_table(0.8, 0.7, 0.5)
    assert "find more of the rare class (recall 80% against 20%" in costly
    assert "at a price: accuracy 70.0% against 95.0%" in costly
    assert "The probabilities are worse" in costly
    free = weights_table(0.1, 0.96, 0.1)
    assert "find no more of the rare class" in free
    assert "at no price" in free
    assert "The probabilities are better" in free


def test_q18_has_a_rare_class_in_both_parts() -> None:
    dataset = q18_class_weights.make_rare_class()
    for part in ("train", "validation", "test"):
        labels = dataset.sequences.labels[dataset.splits[part], 0]
        assert 0 < labels.mean() < 0.1


@pytest.mark.slow
@pytest.mark.parametrize("experiment", LAST_FIVE, ids=lambda experiment: experiment.name)
def test_an_experiment_ends_in_a_number_and_a_sentence(experiment: Experiment) -> None:
    finding = experiment.run(ExperimentContext(n_seeds=1))
    assert isinstance(finding, Finding)
    assert np.isfinite(finding.number)
    assert finding.sentence.endswith(".")
    assert len(finding.table) >= 2
