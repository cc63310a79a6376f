"""Folds, errors, intervals, selection, ranks and conclusion of a comparison on sequences with labels."""

import tracemalloc
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from helpers.labels import CLASSES, EQUAL, a_label_task, make_labels, make_sequences
from seqframe.config import DataSettings
from seqframe.data.label_dataset import LabelDataset, make_label_dataset
from seqframe.data.sequences import MISSING_LABEL
from seqframe.errors import UserError
from seqframe.evaluation.label_conclusions import conclude_labels
from seqframe.evaluation.label_folds import LabelFolds, make_label_folds, make_refit_folds
from seqframe.evaluation.label_leaderboard import SequenceErrors, count_errors, labels_of, score_labels
from seqframe.evaluation.label_runs import ModelLabels

SEEDS = 5


def many(n_sequences: int = 120, per_step: bool = False, **others: Any) -> LabelDataset:
    sequences = make_sequences((4,) * n_sequences, per_step, **others)
    return make_label_dataset(sequences, DataSettings(sequence_length=1, scaler="standard"), a_label_task(per_step))


def a_model(
    folds: LabelFolds, name: str, error: float, framing: str = "", runs: int = 1, val_error: float | None = None
) -> ModelLabels:
    """A model whose labels are wrong with a probability, with certain probabilities of the classes."""
    random = np.random.default_rng(len(name))

    def probabilities(numbers: np.ndarray, wrong: float) -> np.ndarray:
        codes = labels_of(folds.whole, numbers)[:, 0]
        shifted = np.where(random.random(len(codes)) < wrong, codes + 1, codes) % len(CLASSES)
        return np.where(shifted[:, None] == np.arange(len(CLASSES)), 0.9, 0.05)

    test = np.stack([probabilities(folds.test, error) for _ in range(runs)])
    scored = error if val_error is None else val_error
    validation = tuple(
        (dataset.splits["validation"], probabilities(dataset.splits["validation"], scored))
        for dataset in folds.distinct
    )
    return ModelLabels(name, test, validation, {}, framing)


def test_every_sequence_is_validated_once() -> None:
    dataset = many()
    folds = make_label_folds(dataset, SEEDS)
    pool = set(dataset.splits["train"]) | set(dataset.splits["validation"])
    parts = [each.splits["validation"].tolist() for each in folds.datasets]
    assert sorted(number for part in parts for number in part) == sorted(pool)
    assert folds.n_parts == SEEDS
    for each in folds.datasets:
        train, validation = (set(each.splits[name]) for name in ("train", "validation"))
        assert train | validation == pool
        assert not train & validation
        assert each.splits["test"].tolist() == folds.test.tolist()
        counts = np.bincount(labels_of(each, each.splits["validation"])[:, 0])
        assert counts.max() - counts.min() <= 2, "stratified by class"
    rows = folds.first.scaled[folds.first.sequences.rows(folds.first.splits["train"])]
    np.testing.assert_allclose(rows.mean(axis=0), 0, atol=1e-5, err_msg="the scaler has training sequences only")


def test_seeds_share_parts_where_there_are_more_seeds() -> None:
    folds = make_label_folds(many(), SEEDS + 2)
    assert folds.n_parts == SEEDS
    assert folds.datasets[0] is folds.datasets[SEEDS]
    assert make_label_folds(many(), 2).n_parts == 2


def test_a_published_validation_part_is_used_by_all_seeds() -> None:
    sequences = make_sequences(EQUAL * 2)
    split = tuple(["train"] * 12 + ["validation"] * 6 + ["test"] * 6)
    dataset = make_label_dataset(
        type(sequences)(**{**vars(sequences), "split": split}), DataSettings(sequence_length=1), a_label_task()
    )
    folds = make_label_folds(dataset, 3)
    assert folds.n_parts == 1
    assert {tuple(each.splits["validation"]) for each in folds.datasets} == {tuple(range(12, 18))}


def test_a_refit_has_all_sequences_and_one_scaler() -> None:
    folds = make_refit_folds(make_label_folds(many(), SEEDS), SEEDS)
    assert len(folds.whole.splits["train"]) == 120
    assert len(folds.test) == 0
    assert len({each.splits["validation"].tobytes() for each in folds.datasets}) == SEEDS
    assert all(each.scaler is folds.whole.scaler for each in folds.datasets)


def test_errors_of_sequences_are_weighted_by_their_labels() -> None:
    dataset = make_labels((1, 3, 2, 2, 2, 2), per_step=True)
    numbers = np.array([0, 1])
    right = np.eye(len(CLASSES))[labels_of(dataset, numbers)[:, 0]]
    errors = count_errors(dataset, numbers, np.stack([right, np.roll(right, 1, axis=1)]))  # all right, all wrong
    assert errors.wrong.tolist() == [0.5, 1.5]
    assert errors.known.tolist() == [1, 3]
    assert errors.rate == 0.5
    assert errors.losses.mean() == pytest.approx(errors.rate)


def test_missing_labels_do_not_count() -> None:
    dataset = make_labels(per_step=True)
    dataset.sequences.labels[:3] = MISSING_LABEL  # the first sequence
    numbers = np.arange(2)
    errors = count_errors(dataset, numbers, np.ones((1, 8, 3)) / 3)
    assert errors.known.tolist() == [0, 5]
    assert np.isnan(errors.losses[0, 0])


def test_intervals_resample_sequences() -> None:
    wrong = np.zeros(400)
    wrong[:40] = 1
    low, high = SequenceErrors(wrong, np.ones(400)).interval()
    assert (low, high) == pytest.approx((0.1 - 1.96 * 0.015, 0.1 + 1.96 * 0.015), abs=0.006)
    none_wrong = SequenceErrors(np.zeros(100), np.ones(100)).interval()
    assert none_wrong == pytest.approx((0, 0.037), abs=0.001), "Wilson's interval"
    assert np.isnan(SequenceErrors(np.zeros(5), np.ones(5)).interval()).all(), "too few sequences"


def score(folds: LabelFolds, *framings: ModelLabels, baselines: tuple[float, float] = (0.66, 0.2)) -> Any:
    naive = a_model(folds, "most frequent", baselines[0])
    learned = a_model(folds, "logistic regression", baselines[1])
    return score_labels([naive, learned, *framings], folds)


@pytest.fixture(scope="module")
def folds() -> LabelFolds:
    return make_label_folds(many(600), SEEDS)


def test_the_conclusion_has_accuracy_interval_difference_and_p(folds: LabelFolds) -> None:
    best = a_model(folds, "many_to_many bidirectional (ensemble of 5)", 0.02, "many_to_many_bidirectional")
    other = a_model(folds, "one_to_one (ensemble of 5)", 0.4, "one_to_one")
    result = score(folds, best, other)
    conclusion = conclude_labels(result)
    assert (conclusion.refit, conclusion.framing) == ("many_to_many_bidirectional",) * 2
    assert conclusion.beats_baseline
    headline, *others = conclusion.sentences
    assert headline.startswith("Use many_to_many bidirectional (ensemble of 5), 9")
    assert "]: it beats logistic regression by " in headline
    assert headline.endswith("p < 0.001.")
    assert any(f"Significantly worse than {best.name}: one_to_one" in sentence for sentence in others)
    assert others[-1].startswith("Selected by cross-validation on the 480 sequences that are not for testing: many_")
    board = result.leaderboard.set_index("model")
    row = board.loc[best.name]
    assert board.index[0] == best.name
    assert row["rank"] == 1
    assert row["accuracy_low"] < row["accuracy"] <= row["accuracy_high"]
    assert board.loc["one_to_one (ensemble of 5)", "rank"] > board.loc["logistic regression", "rank"]


def test_a_small_gain_is_not_significant(folds: LabelFolds) -> None:
    framing = a_model(folds, "many_to_one (ensemble of 5)", 0.2, "many_to_one", val_error=0.0)
    conclusion = conclude_labels(score(folds, framing, baselines=(0.66, 0.2)))
    assert conclusion.sentences[0].startswith(f"No significant gain over logistic regression: {framing.name}")


def test_selection_reads_validation_sequences_only(folds: LabelFolds) -> None:
    lucky = a_model(folds, "many_to_many (ensemble of 5)", 0.0, "many_to_many", val_error=0.3)
    chosen = a_model(folds, "many_to_one (ensemble of 5)", 0.01, "many_to_one", val_error=0.0)
    result = score(folds, lucky, chosen)
    assert result.selection.model == chosen.name
    assert conclude_labels(result).framing == "many_to_one"


def test_a_baseline_may_be_recommended(folds: LabelFolds) -> None:
    framing = a_model(folds, "many_to_one (ensemble of 5)", 0.5, "many_to_one")
    conclusion = conclude_labels(score(folds, framing))
    assert conclusion.recommended == conclusion.refit == "logistic regression"
    assert not any("Use many_to_one" in sentence for sentence in conclusion.sentences)


def test_a_diverged_network_is_last_and_without_a_rank(folds: LabelFolds) -> None:
    good = a_model(folds, "many_to_one (ensemble of 5)", 0.1, "many_to_one")
    diverged = ModelLabels("one_to_one", np.full_like(good.test, np.nan), good.validation, {}, "one_to_one")
    result = score(folds, good, diverged)
    assert result.leaderboard["model"].iloc[-1] == "one_to_one"
    assert result.diverged == ("one_to_one",)
    assert any("Diverged" in sentence for sentence in conclude_labels(result).sentences)
    with pytest.raises(UserError, match="all diverged"):
        conclude_labels(score(folds, diverged))


def test_too_few_test_sequences_are_not_ranked() -> None:
    folds = make_label_folds(many(21), 2)
    result = score(folds, a_model(folds, "many_to_one", 0.1, "many_to_one"))
    assert result.leaderboard["rank"].isna().all()
    assert "Not ranked: too few test sequences (4;" in "\n".join(conclude_labels(result).sentences)


def test_validation_parts_without_labels_do_not_count() -> None:
    sequences = make_sequences((4,) * 20, per_step=True)
    labels = sequences.labels.copy()
    labels[20:] = MISSING_LABEL
    dataset = make_label_dataset(
        replace(sequences, labels=labels), DataSettings(sequence_length=1), a_label_task(per_step=True)
    )
    folds = make_label_folds(dataset, SEEDS)
    parts = [each.splits["validation"] for each in folds.distinct]
    assert any((labels_of(folds.whole, part) == MISSING_LABEL).all() for part in parts)
    models = [a_model(folds, "most frequent", 0.6), a_model(folds, "good", 0.0, "good")]
    result = score_labels(models, folds)
    assert np.isfinite(result.leaderboard["val_log_loss"]).all()
    assert result.selection.model == "good"


def test_intervals_of_many_sequences_take_little_memory() -> None:
    n_sequences = 20_000
    wrong = np.random.default_rng(0).integers(0, 2, n_sequences).astype(float)
    tracemalloc.start()
    low, high = SequenceErrors(wrong, np.ones(n_sequences)).interval()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert low < wrong.mean() < high
    assert peak < 50e6
