from math import isnan, log

import numpy as np
import pytest

from seqframe.data.sequences import MISSING_LABEL
from seqframe.evaluation import label_metrics
from seqframe.evaluation.label_metrics import (
    LABEL_METRICS,
    LabelMetric,
    LabelMetricInputs,
    all_label_metrics,
    calibration_error,
    confusion_matrix,
    metrics_by_class,
    metrics_by_step,
    reliability,
)


def scores(labels: list, probabilities: list, multi_label: bool = False) -> dict[str, float]:
    inputs = LabelMetricInputs(np.array(labels), np.array(probabilities, float), multi_label)
    return {metric.name: metric.compute(inputs) for metric in all_label_metrics(multi_label)}


THREE = [[0.7, 0.2, 0.1], [0.5, 0.4, 0.1], [0.1, 0.6, 0.3], [0.2, 0.2, 0.6]]  # predicts 0, 0, 1, 2


def test_metrics_by_hand() -> None:
    found = scores([[0], [1], [1], [0]], THREE)
    assert found["accuracy"] == 2 / 4
    assert found["balanced_accuracy"] == (1 / 2 + 1 / 2) / 2  # class 2 has no label
    assert found["macro_f1"] == pytest.approx((2 / 4 + 2 / 3 + 0) / 3)  # 2 is predicted, so that it counts
    assert found["log_loss"] == pytest.approx(-(log(0.7) + log(0.4) + log(0.6) + log(0.2)) / 4)


def test_several_classes_by_hand() -> None:
    labels = [[1, 0], [1, 1], [0, MISSING_LABEL]]
    probabilities = [[0.8, 0.6], [0.3, 0.7], [0.1, 0.9]]  # predicts 1 1, 0 1, 0 and what does not count
    found = scores(labels, probabilities, multi_label=True)
    assert found["accuracy"] == 3 / 5
    assert found["exact_match"] == 1 / 3
    assert found["balanced_accuracy"] == ((1 / 2 + 1) / 2 + (1 + 0) / 2) / 2
    assert found["macro_f1"] == pytest.approx((2 / 3 + 2 / 3) / 2)
    of_labels = [0.8, 0.4, 0.3, 0.7, 0.9]
    assert found["log_loss"] == pytest.approx(-sum(map(log, of_labels)) / 5)


@pytest.mark.parametrize("multi_label", [False, True])
def test_missing_labels_never_count(multi_label: bool) -> None:
    random = np.random.default_rng(0)
    labels = random.integers(0, 2, (20, 3)) if multi_label else random.integers(0, 3, (20, 1))
    probabilities = random.dirichlet(np.ones(3), 20)
    unknown = np.full((5, labels.shape[1]), MISSING_LABEL)
    more = np.concatenate([labels, unknown])
    more_probabilities = np.concatenate([probabilities, random.dirichlet(np.ones(3), 5)])
    assert scores(labels, probabilities, multi_label) == scores(more, more_probabilities, multi_label)
    one, two = (LabelMetricInputs(*each, multi_label) for each in ((labels, probabilities), (more, more_probabilities)))
    np.testing.assert_array_equal(confusion_matrix(one), confusion_matrix(two))
    assert metrics_by_class(one, "abc").equals(metrics_by_class(two, "abc"))
    assert reliability(one).equals(reliability(two))


def test_without_a_known_label_metrics_are_nan() -> None:
    assert all(map(isnan, scores([[MISSING_LABEL]], [[0.5, 0.5]]).values()))


@pytest.mark.parametrize("n_classes", [2, 3, 7, 1000])
def test_metrics_equal_scikit_learn(n_classes: int) -> None:
    oracle = pytest.importorskip("sklearn.metrics")
    random = np.random.default_rng(n_classes)
    labels, probabilities = random.integers(0, n_classes, 50), random.dirichlet(np.ones(n_classes), 50)
    predicted, found = probabilities.argmax(axis=1), scores(labels[:, None], probabilities)
    assert found["accuracy"] == pytest.approx(oracle.accuracy_score(labels, predicted))
    recalls = oracle.recall_score(labels, predicted, labels=np.unique(labels), average=None, zero_division=0)
    assert found["balanced_accuracy"] == pytest.approx(recalls.mean())
    assert found["macro_f1"] == pytest.approx(oracle.f1_score(labels, predicted, average="macro", zero_division=0))
    clipped = np.clip(probabilities, np.finfo(np.float32).eps, 1)
    assert found["log_loss"] == pytest.approx(-np.log(clipped[np.arange(50), labels]).mean())
    inputs = LabelMetricInputs(labels[:, None], probabilities)
    classes = np.arange(n_classes)
    np.testing.assert_array_equal(confusion_matrix(inputs), oracle.confusion_matrix(labels, predicted, labels=classes))
    table = metrics_by_class(inputs, classes.astype(str).tolist())
    expected = oracle.precision_recall_fscore_support(labels, predicted, labels=classes, zero_division=np.nan)
    np.testing.assert_allclose(table["recall"], expected[1])
    np.testing.assert_allclose(table["precision"], expected[0])
    np.testing.assert_array_equal(table["labels"], expected[3])


def test_metrics_of_several_classes_equal_scikit_learn() -> None:
    oracle = pytest.importorskip("sklearn.metrics")
    random = np.random.default_rng(0)
    labels, probabilities = random.integers(0, 2, (40, 4)), random.random((40, 4))
    predicted, found = (probabilities >= 0.5).astype(int), scores(labels, probabilities, multi_label=True)
    assert found["accuracy"] == pytest.approx(1 - oracle.hamming_loss(labels, predicted))
    assert found["exact_match"] == pytest.approx(oracle.accuracy_score(labels, predicted))
    assert found["macro_f1"] == pytest.approx(oracle.f1_score(labels, predicted, average="macro"))
    each = [oracle.balanced_accuracy_score(labels[:, c], predicted[:, c]) for c in range(4)]
    assert found["balanced_accuracy"] == pytest.approx(np.mean(each))
    losses = [oracle.log_loss(labels[:, c], probabilities[:, c]) for c in range(4)]
    assert found["log_loss"] == pytest.approx(np.mean(losses))
    inputs = LabelMetricInputs(labels, probabilities, multi_label=True)
    np.testing.assert_array_equal(confusion_matrix(inputs), oracle.multilabel_confusion_matrix(labels, predicted))


def test_a_probability_of_zero_has_a_finite_log_loss() -> None:
    assert scores([[0]], [[0.0, 1.0]])["log_loss"] == pytest.approx(-log(np.finfo(np.float32).eps))


def test_metrics_by_step_count_positions_from_one() -> None:
    labels = np.array([[0], [1], [MISSING_LABEL], [1], [1]])  # sequences of 3 and 2 steps
    probabilities = np.array([[0.9, 0.1], [0.9, 0.1], [0.5, 0.5], [0.2, 0.8], [0.4, 0.6]])
    table = metrics_by_step(LabelMetricInputs(labels, probabilities), np.array([3, 2]))
    assert table[["step", "labels", "accuracy"]].to_numpy().tolist() == [[1, 2, 1.0], [2, 2, 0.5]]
    assert table["log_loss"][1] == pytest.approx(-(log(0.1) + log(0.6)) / 2)


def test_reliability_compares_probabilities_with_shares() -> None:
    labels = np.array([[0], [1], [0], [0]])
    probabilities = np.array([[0.95, 0.05], [0.95, 0.05], [0.65, 0.35], [1.0, 0.0]])
    table = reliability(LabelMetricInputs(labels, probabilities))
    assert table["labels"].tolist() == [1, 3]
    np.testing.assert_allclose(table["probability"], [0.65, (0.95 + 0.95 + 1) / 3])
    np.testing.assert_allclose(table["observed"], [1, 2 / 3])
    assert calibration_error(table) == pytest.approx((0.35 * 1 + (2.9 / 3 - 2 / 3) * 3) / 4)


def test_names_of_metrics_are_unique_and_captions_are_sentences() -> None:
    assert len({metric.name for metric in LABEL_METRICS}) == len(LABEL_METRICS)
    assert all(metric.caption.endswith(".") for metric in LABEL_METRICS)


def test_installed_packages_add_metrics(monkeypatch: pytest.MonkeyPatch) -> None:
    extra = LabelMetric("third_party", "third party", lambda inputs: 0.5, "A half.")
    label_metrics._installed_label_metrics.cache_clear()
    monkeypatch.setattr(label_metrics, "load_entry_points", lambda group, kind, taken: [extra])
    assert scores([[0]], [[0.5, 0.5]])["third_party"] == 0.5
    label_metrics._installed_label_metrics.cache_clear()
