import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import check_grad

from seqframe.data.sequences import MISSING_LABEL
from seqframe.forecasting.logistic import LabelRows, _loss_and_gradient, fit_logistic, logistic_loss, predict_logistic


def make_rows(multi_label: bool, n: int = 40, weighted: bool = False) -> LabelRows:
    random = np.random.default_rng(0)
    design = random.normal(size=(n, 3))
    logits = design @ random.normal(size=(3, 4)) * 2
    if multi_label:
        labels = (logits + random.logistic(size=logits.shape) > 0).astype(np.int64)
        labels[::7, 1] = MISSING_LABEL
    else:
        labels = (logits + random.gumbel(size=logits.shape)).argmax(axis=1)[:, None]
        labels[::7] = MISSING_LABEL
    weights = random.uniform(0.5, 2, (4, 2) if multi_label else 4) if weighted else None
    return LabelRows(design, labels, 4, multi_label, weights)


@pytest.mark.parametrize("multi_label", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
def test_the_gradient_belongs_to_the_loss(multi_label: bool, weighted: bool) -> None:
    rows = make_rows(multi_label, 12, weighted)
    start = np.random.default_rng(1).normal(size=16)
    error = check_grad(
        lambda flat: _loss_and_gradient(rows, flat.reshape(4, 4), 0.3)[0],
        lambda flat: _loss_and_gradient(rows, flat.reshape(4, 4), 0.3)[1].ravel(),
        start,
    )
    assert error < 1e-6


@pytest.mark.parametrize("multi_label", [False, True])
def test_the_loss_is_the_weighted_mean_over_known_labels(multi_label: bool) -> None:
    rows = make_rows(multi_label, weighted=True)
    coefficients = np.random.default_rng(1).normal(size=(4, 4))
    p = predict_logistic(rows.design, coefficients, multi_label)
    total = weight_sum = 0.0
    for row, place in np.argwhere(rows.labels != MISSING_LABEL):
        label = rows.labels[row, place]
        weight = rows.class_weights[place, label] if multi_label else rows.class_weights[label]
        probability = (p[row, place] if label else 1 - p[row, place]) if multi_label else p[row, label]
        total, weight_sum = total - weight * np.log(probability), weight_sum + weight
    assert logistic_loss(rows, coefficients) == pytest.approx(total / weight_sum)


def test_probabilities_equal_scikit_learn() -> None:
    oracle = pytest.importorskip("sklearn.linear_model")
    rows, l2 = make_rows(False), 0.1
    known = rows.labels[:, 0] != MISSING_LABEL
    model = oracle.LogisticRegression(C=1 / (l2 * known.sum()), tol=1e-10, max_iter=1000)
    model.fit(rows.design[known], rows.labels[known, 0])
    found = predict_logistic(rows.design, fit_logistic(rows, l2), False)
    np.testing.assert_allclose(found, model.predict_proba(rows.design), atol=2e-3)


def test_chunks_and_sparse_designs_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = make_rows(False)
    expected = fit_logistic(rows, 0.1)
    in_sparse = LabelRows(sparse.csr_matrix(rows.design), rows.labels, 4)
    np.testing.assert_allclose(fit_logistic(in_sparse, 0.1), expected, atol=1e-8)
    monkeypatch.setattr("seqframe.forecasting.logistic.CHUNK", 4 * 7)
    np.testing.assert_allclose(fit_logistic(rows, 0.1), expected, atol=1e-4)


def test_equal_fits_have_equal_bits() -> None:
    np.testing.assert_array_equal(fit_logistic(make_rows(True), 0.01), fit_logistic(make_rows(True), 0.01))


def test_without_a_penalty_classes_that_can_be_separated_stay_finite() -> None:
    design = np.array([[-1.0], [1.0]] * 5)
    rows = LabelRows(design, np.array([[0], [1]] * 5), 2)
    found = predict_logistic(design, fit_logistic(rows, 1e-5), False)
    assert np.isfinite(found).all()
    assert (found.argmax(axis=1) == [0, 1] * 5).all()
