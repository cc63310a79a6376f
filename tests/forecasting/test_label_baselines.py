from typing import Any

import numpy as np
import pytest

from seqframe.config import DataSettings, TaskSettings
from seqframe.data.label_dataset import LabelDataset, make_label_dataset
from seqframe.data.sequence_arrays import sequences_from_arrays
from seqframe.data.sequences import MISSING_LABEL
from seqframe.evaluation.label_metrics import label_metrics
from seqframe.forecasting.label_baselines import LABEL_BASELINES, label_baselines
from seqframe.forecasting.label_classifiers import cross_entropy
from seqframe.tasks import TASKS


def make_dataset(
    kind: str, multi_label: bool = False, text: bool = False, n: int = 60, **settings: Any
) -> LabelDataset:
    """Classes that shift the inputs, so that they can be predicted."""
    random = np.random.default_rng(0)
    X, y = [], []
    for number in range(n):
        length = int(random.integers(1, 6))
        codes = random.integers(0, 3, length) if kind == "label" else np.full(length, number % 3)
        if text:
            X.append(np.where(random.random(length) < 0.8, np.array(list("abc"))[codes], "d"))
        else:
            X.append(3 * np.eye(3)[codes][:, :2] + random.normal(size=(length, 2)))
        labels = np.stack([codes > 0, codes == 1], axis=1).astype(int) if multi_label else codes
        y.append(labels if kind == "label" else labels[0])
    sequences = sequences_from_arrays(X, y, per_step=kind == "label")
    data_settings = DataSettings(**{"sequence_length": 1, "scaler": "standard", **settings})
    return make_label_dataset(sequences, data_settings, TaskSettings(kind=kind))


def scores(dataset: LabelDataset, name: str, **arguments: Any) -> dict[str, float]:
    baseline = next(each for each in label_baselines(dataset.task) if each.name == name)
    test = dataset.splits["test"]
    probabilities = baseline.predict(baseline.fit(dataset, arguments.get("weights")), dataset, test)
    return label_metrics(dataset.sequences.row_labels(test), probabilities, dataset.sequences)


@pytest.mark.parametrize("kind", ["classify", "label"])
@pytest.mark.parametrize("multi_label", [False, True])
@pytest.mark.parametrize("text", [False, True])
def test_probabilities_have_the_shape_of_the_labels_and_learn(kind: str, multi_label: bool, text: bool) -> None:
    dataset = make_dataset(kind, multi_label, text)
    test = dataset.splits["test"]
    labels, losses = dataset.sequences.row_labels(test), {}
    for baseline in label_baselines(dataset.task):
        probabilities = baseline.predict(baseline.fit(dataset, None), dataset, test)
        assert probabilities.shape == (len(labels), len(dataset.classes))
        assert ((probabilities >= 0) & (probabilities <= 1)).all()
        if not multi_label:
            np.testing.assert_allclose(probabilities.sum(axis=1), 1)
        losses[baseline.name] = cross_entropy(labels, probabilities, multi_label)
    assert losses["logistic regression"] < 0.8 * losses["most frequent"]
    assert losses["nearest centroid"] < (np.log(2) if multi_label else 0.8 * losses["most frequent"])


@pytest.mark.parametrize("kind", ["classify", "label"])
def test_saved_arrays_predict_the_same_and_fits_are_deterministic(kind: str) -> None:
    dataset = make_dataset(kind)
    for baseline in label_baselines(dataset.task):
        fitted = baseline.fit(dataset, None)
        assert all(isinstance(array, np.ndarray) and array.dtype != object for array in fitted.values())
        again = baseline.fit(dataset, None)
        assert all(np.array_equal(fitted[name], again[name]) for name in fitted)


@pytest.mark.parametrize("kind", ["classify", "label"])
def test_test_labels_and_inputs_are_never_fitted(kind: str) -> None:
    dataset = make_dataset(kind)
    other = make_dataset(kind)
    rows = other.sequences.rows(other.splits["test"])
    other.sequences.values[rows] = 1e6
    other.sequences.labels[rows if kind == "label" else other.splits["test"]] = 0
    for baseline in label_baselines(dataset.task):
        one, two = (baseline.fit(each, None) for each in (dataset, other))
        assert all(np.array_equal(one[name], two[name]) for name in one), baseline.name


def test_the_most_frequent_class_by_hand() -> None:
    X = [[0.0, 0.0], [0.0]] * 3 + [[0.0, 0.0, 0.0]]
    y = [["a", "b"], ["a"], ["a", None], ["b"], ["a", "b"], ["a"], ["a", "b", "b"]]
    sequences = sequences_from_arrays(X, y, split=["train"] * 6 + ["test"])
    dataset = make_label_dataset(sequences, DataSettings(sequence_length=1), TaskSettings(kind="label"))
    every = LabelDataset(
        sequences,
        {"train": np.arange(6), "validation": np.zeros(0, np.intp), "test": np.array([6])},
        dataset.scaler,
        dataset.fill_,
        dataset.data_settings,
        dataset.task,
    )
    frequent, by_step = LABEL_BASELINES[:2]
    np.testing.assert_allclose(frequent.predict(frequent.fit(every, None), every, np.array([6])), [[5 / 8, 3 / 8]] * 3)
    shares = by_step.predict(by_step.fit(every, None), every, np.array([6]))
    np.testing.assert_allclose(
        shares, [[(5 + 5 / 8) / 7, (1 + 3 / 8) / 7], [(5 / 8) / 3, (2 + 3 / 8) / 3], [5 / 8, 3 / 8]]
    )
    assert shares.argmax(axis=1).tolist() == [0, 1, 0]


@pytest.mark.parametrize("name", ["nearest centroid", "logistic regression"])
def test_classes_without_training_rows_and_unknown_labels_are_no_trouble(name: str) -> None:
    dataset = make_dataset("classify")
    train = dataset.splits["train"]
    labels = dataset.sequences.labels
    labels[train[labels[train, 0] == 2]] = MISSING_LABEL
    assert np.isfinite(list(scores(dataset, name).values())).all()


def test_class_weights_raise_the_recall_of_a_rare_class() -> None:
    random = np.random.default_rng(0)
    y = (random.random(300) < 0.1).astype(int)
    sequences = sequences_from_arrays([[value] for value in random.normal(size=300) + y], y.tolist())
    dataset = make_label_dataset(sequences, DataSettings(sequence_length=1), TaskSettings(kind="classify"))
    plain = scores(dataset, "logistic regression")["balanced_accuracy"]
    assert scores(dataset, "logistic regression", weights=dataset.balanced_weights())["balanced_accuracy"] > plain + 0.1


@pytest.mark.slow
def test_a_thousand_classes_fit_quickly_and_are_learned() -> None:
    random = np.random.default_rng(0)
    centers = random.normal(size=(1000, 6))
    codes = np.tile(np.arange(1000), 3)
    X = [centers[code] + 0.1 * random.normal(size=(1, 6)) for code in codes]
    sequences = sequences_from_arrays(X, codes.tolist())
    dataset = make_label_dataset(sequences, DataSettings(sequence_length=1), TaskSettings(kind="classify"))
    assert scores(dataset, "nearest centroid")["accuracy"] > 0.5
    assert scores(dataset, "logistic regression")["accuracy"] > 0.3


def test_long_sequences_are_summarized(monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = make_dataset("classify")
    monkeypatch.setattr("seqframe.forecasting.label_designs.MAX_WORK", 100)
    for baseline in label_baselines(dataset.task):
        if baseline.learned:
            assert baseline.fit(dataset, None)["design"] == "summary"


@pytest.mark.parametrize("name", ["nearest centroid", "logistic regression"])
def test_longer_test_sequences_and_masked_steps_are_read(name: str) -> None:
    X = [np.full((length, 1), float(number % 2)) for number, length in enumerate([2, 3] * 8 + [9, 1])]
    X[0][0] = np.nan
    split = ["train"] * 16 + ["test"] * 2
    sequences = sequences_from_arrays(X, [0, 1] * 9, split=split)
    settings = DataSettings(sequence_length=1, missing="mask")
    dataset = make_label_dataset(sequences, settings, TaskSettings(kind="classify"))
    assert np.isfinite(list(scores(dataset, name).values())).all()


def test_tasks_name_baselines_that_exist_and_the_first_is_naive() -> None:
    names = [baseline.name for baseline in LABEL_BASELINES]
    for task in TASKS:
        if task.labels:
            assert set(task.labels.baselines) <= set(names)
            assert task.baseline == label_baselines(TaskSettings(kind=task.name))[0].name
    assert all(baseline.caption.endswith(".") for baseline in LABEL_BASELINES)
