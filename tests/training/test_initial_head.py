"""The head of a network by ridge regression on the outputs of its untrained layers."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from math import prod
from typing import Any

import numpy as np
import pandas as pd
import pytest

from helpers.backtests import RECURSIVE, a_design, a_problem, a_task, a_training
from seqframe.config import ModelSettings
from seqframe.data.dataset import SequenceDataset
from seqframe.evaluation.folds import make_folds
from seqframe.forecasting.predict import forecast
from seqframe.forecasting.ridge import fit_linear, predict_linear
from seqframe.framings import FRAMINGS, Framing, find_framing
from seqframe.framings.dataset import frame_arrays, make_network_spec, training_view
from seqframe.networks.build import body_network, init_network, predict, weight_places
from seqframe.networks.spec import NetworkState
from seqframe.training import initial_head
from seqframe.training.limits import MAX_LINEAR_WINDOWS
from seqframe.training.linear_layouts import linear_layouts
from seqframe.training.linear_map import LinearMap, fit_linear_map
from seqframe.training.runs import FitJob, fit_runs, list_jobs

MODEL = ModelSettings(units=6, linear_skip=True)
SKIPPING = [framing for framing in FRAMINGS if not (framing.recursive or framing.stateful)]
every_framing = pytest.mark.parametrize("framing", SKIPPING, ids=lambda framing: framing.name)
MANY_TO_ONE = find_framing("many_to_one")


def table(rows: int = 400, of: Callable[[np.ndarray], np.ndarray] = np.abs, sign: Any = 1.0) -> pd.DataFrame:
    """y is a function of x one day earlier that a linear model cannot learn; `sign` is 1 or -1 for each row."""
    x = np.random.default_rng(0).normal(size=rows + 1)
    days = pd.date_range("2001-01-01", periods=rows, name="day")
    return pd.DataFrame({"x": x[1:], "y": of(x[:-1]) * sign}, days)


def a_dataset(
    framing: Framing = MANY_TO_ONE, target: Any = "y", rows: pd.DataFrame | None = None, **task: Any
) -> SequenceDataset:
    lookback = 1 if framing.name == "one_to_many" else 4
    settings = a_problem(time_column="day", target=target, features=["x", "y"])
    design = a_design(a_task(**{"lookback": lookback, "horizon": 3} | task), 1, 60, 60, season=7)
    return make_folds(table() if rows is None else rows, design, settings).newest


def a_job(
    framing: Framing, dataset: SequenceDataset, model: ModelSettings = MODEL, seed: int = 0, **training: Any
) -> FitJob:
    spec = make_network_spec(training_view(dataset, framing), framing, model)
    (job,) = list_jobs(spec, framing, [dataset], a_training(**{"head_init": "ridge"} | training), [seed])
    return job


def forecasts(network: NetworkState, framing: Framing, dataset: SequenceDataset) -> np.ndarray:
    values: np.ndarray = forecast(partial(predict, network), framing, dataset, dataset.test)
    return values


@every_framing
def test_skip_and_head_are_coefficients_of_one_regression(framing: Framing, monkeypatch: pytest.MonkeyPatch) -> None:
    """With tiny penalties, the output of the network is the least squares fit on inputs and outputs of the body."""
    dataset = a_dataset(framing)
    job = a_job(framing, dataset)
    assert job.linear is not None
    tiny = replace(job.linear, penalties=(1e-12,))
    plain = init_network(job.spec, 0)
    monkeypatch.setattr(initial_head, "HEAD_PENALTIES", [1e-12] * 9)
    samples, _ = job.samples()
    X, y = frame_arrays(dataset, framing, dataset.train)
    flat = np.column_stack([X.reshape(len(X), -1).astype(np.float64), np.ones(len(X))])
    kernel, *_ = np.linalg.lstsq(flat, y.reshape(len(y), -1), rcond=None)
    tiny = replace(tiny, kernel=kernel[:-1], bias=kernel[-1])
    network = initial_head.fit_head(plain, tiny, samples, None, seed=0)
    body = predict(body_network(plain), X).astype(np.float64)
    steps = prod(body.shape[1:-1])
    body, targets = body.reshape(len(X), steps, -1), y.reshape(len(X), steps, -1)
    # One design for all steps: every step has its own weights of the inputs, and shares weights of the outputs.
    inputs = np.einsum("ni,st->nsti", flat, np.eye(steps)).reshape(len(X) * steps, -1)
    design = np.column_stack([inputs, body.reshape(len(inputs), -1)])
    found = predict(network, X).reshape(targets.shape)
    coefficients, *_ = np.linalg.lstsq(design, targets.reshape(len(design), -1), rcond=None)
    np.testing.assert_allclose(found, (design @ coefficients).reshape(found.shape), atol=2e-3)
    linear = (flat @ kernel).reshape(found.shape)
    assert np.abs(found - linear).max() > 0.05, "the head has a share in the forecasts"


@every_framing
def test_the_untrained_network_learns_what_a_linear_model_cannot(framing: Framing) -> None:
    # Without biases, tanh is an odd function, so dense layers cannot learn absolute values.
    rows = table(1500, np.sign if framing.name == "dense" else np.abs)
    dataset = a_dataset(framing, rows=rows, horizon=1)
    network = a_job(framing, dataset, MODEL.model_copy(update={"units": 24})).initial_network()
    linear = predict_linear(fit_linear(dataset), dataset, dataset.test)
    actuals = dataset.actuals(dataset.test)
    errors = [np.mean((each - actuals) ** 2) for each in (forecasts(network, framing, dataset), linear)]
    assert errors[0] < (0.99 if framing.name == "dense" else 0.8) * errors[1]


def test_without_a_gain_the_network_is_the_linear_model() -> None:
    """In the validation rows, the sign of what the head can learn changes."""
    dataset = a_dataset(rows=table(600, sign=np.where(np.arange(600) < 480, 1.0, -1.0)), horizon=1)
    job = a_job(MANY_TO_ONE, dataset)
    network = job.initial_network()
    for place in weight_places(job.spec, "head"):
        assert not network.weights[place].any()
    expected = predict_linear(fit_linear(dataset), dataset, dataset.test)
    np.testing.assert_allclose(forecasts(network, MANY_TO_ONE, dataset), expected, atol=1e-4)


@pytest.mark.parametrize("cell", ["lstm", "gru", "simple_rnn"])
def test_units_are_divided_among_targets_that_depend_on_their_own_past(cell: str) -> None:
    dataset = a_dataset(target=["x", "y"])
    job = a_job(MANY_TO_ONE, dataset, MODEL.model_copy(update={"units": 9, "cell": cell}), head_init="zero")
    _, by_series = linear_layouts(dataset, MANY_TO_ONE)
    samples, validation = job.samples()
    linear = fit_linear_map(samples, validation, [by_series], MAX_LINEAR_WINDOWS)
    network = initial_head.fit_head(job.initial_network(), linear, samples, None, seed=0)
    X, _ = frame_arrays(dataset, MANY_TO_ONE, dataset.test)
    bodies = body_network(network)
    assert np.ptp(predict(bodies, X), axis=0).min() > 0
    before = predict(network, X).reshape(len(X), 3, 2)
    for column in (0, 1):
        changed = X.copy()
        changed[:, :, column] += 1
        after = predict(network, changed).reshape(len(X), 3, 2)
        assert (after[:, :, 1 - column] == before[:, :, 1 - column]).all()
        assert (after[:, :, column] != before[:, :, column]).any()
        units = (predict(body_network(network), changed) != predict(bodies, X)).any(axis=0)
        assert units.sum() == (5, 4)[column]


def test_other_bodies_are_shared_by_all_targets() -> None:
    dataset = a_dataset(target=["x", "y"])
    for model in (MODEL.model_copy(update={"hidden_sizes": [6, 5]}), MODEL.model_copy(update={"bidirectional": True})):
        job = a_job(MANY_TO_ONE, dataset, model)
        drawn = init_network(job.spec, 0)
        body = [place for name in job.spec.layers() if name != "head" for place in weight_places(job.spec, name)]
        network = job.initial_network()
        for place in body:
            assert (network.weights[place] == drawn.weights[place]).all()
        head = network.weights[weight_places(job.spec, "head")[0]]
        assert (head != 0).all()


def test_the_huber_loss_determines_the_untrained_network() -> None:
    """A tenth of the training rows are far above the others."""
    random = np.random.default_rng(0)
    values = random.normal(size=600)
    values[np.arange(0, 480, 10)] += 40
    rows = pd.DataFrame({"y": values}, pd.date_range("2001-01-01", periods=600, name="day"))
    settings = a_problem(time_column="day", target="y", features=["y"])
    dataset = make_folds(rows, a_design(a_task(horizon=1), 1, 60, 60), settings).newest
    actuals = dataset.actuals(dataset.test)
    for head_init in ("zero", "ridge"):
        errors = []
        for loss in ({"loss": "mse"}, {"loss": "huber", "huber_delta": 0.05}):
            network = a_job(MANY_TO_ONE, dataset, head_init=head_init, **loss).initial_network()
            errors.append(np.abs(forecasts(network, MANY_TO_ONE, dataset) - actuals).mean())
        assert errors[0] > 3
        assert errors[1] < 1.2


def test_all_quantiles_start_at_one_forecast() -> None:
    dataset = a_dataset(rows=table(800), horizon=1)
    view = training_view(dataset, MANY_TO_ONE)
    networks = []
    for levels in ((), (0.1, 0.5, 0.9)):
        spec = make_network_spec(view, MANY_TO_ONE, MODEL, levels)
        (job,) = list_jobs(spec, MANY_TO_ONE, [dataset], a_training(head_init="ridge"), [0])
        networks.append(job.initial_network())
    X, _ = frame_arrays(dataset, MANY_TO_ONE, dataset.test)
    one, several = (predict(network, X) for network in networks)
    assert several.shape == (len(X), 3)
    np.testing.assert_allclose(several, np.repeat(one, 3, axis=1), atol=1e-6)


def test_early_stopping_counts_the_estimated_head() -> None:
    dataset = a_dataset(rows=table(800), horizon=1)
    job = a_job(MANY_TO_ONE, dataset)
    training = a_training(head_init="ridge", epochs=6, learning_rate=30.0, patience=2, backend="auto")
    (run,) = fit_runs(job.spec, MANY_TO_ONE, [dataset], training, [0])
    for one, other in zip(job.initial_network().weights, run.network.weights, strict=True):
        assert (one == other).all()


def test_seeds_differ_and_are_repeated() -> None:
    dataset = a_dataset(rows=table(800), horizon=1)
    one, same, other = (a_job(MANY_TO_ONE, dataset, seed=seed).initial_network() for seed in (0, 0, 1))
    assert all((a == b).all() for a, b in zip(one.weights, same.weights, strict=True))
    assert any((a != b).any() for a, b in zip(one.weights, other.weights, strict=True))


def test_many_windows_are_thinned(monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = a_dataset(rows=table(1500))
    network = a_job(MANY_TO_ONE, dataset).initial_network()
    monkeypatch.setattr(initial_head, "MAX_LINEAR_VALUES", 4_000)
    read: list[int] = []
    original = initial_head.predict
    monkeypatch.setattr(initial_head, "predict", lambda body, X: read.append(len(X)) or original(body, X))
    fewer = a_job(MANY_TO_ONE, dataset).initial_network()
    assert 300 < max(read) <= 4_000 // (6 + 3)
    assert 0 < np.abs(forecasts(network, MANY_TO_ONE, dataset) - forecasts(fewer, MANY_TO_ONE, dataset)).max() < 1


@pytest.mark.parametrize("framing", [*RECURSIVE], ids=lambda framing: framing.name)
def test_recursive_framings_have_no_estimated_head(framing: Framing) -> None:
    assert a_job(framing, a_dataset(framing)).initial is None


def test_linear_maps_are_stored_in_the_job() -> None:
    job = a_job(MANY_TO_ONE, a_dataset())
    assert isinstance(job.linear, LinearMap)
    assert job.initial is not None
