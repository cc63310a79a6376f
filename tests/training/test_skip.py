"""The linear skip connection: ridge regression, to which a network adds what a linear model cannot learn."""

import subprocess
import sys
from dataclasses import replace
from functools import partial
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from helpers.backtests import RECURSIVE, TINY, a_design, a_problem, a_task, a_training
from seqframe.config import ModelSettings
from seqframe.data.dataset import SequenceDataset
from seqframe.evaluation.folds import make_folds
from seqframe.forecasting.predict import forecast
from seqframe.forecasting.ridge import fit_linear, predict_linear
from seqframe.framings import FRAMINGS, Framing, find_framing
from seqframe.framings.dataset import frame_arrays, make_network_spec, training_view
from seqframe.networks.build import build_model, build_network, count_parameters, export_keras, init_network, predict
from seqframe.networks.spec import NetworkSpec, NetworkState
from seqframe.training.ridge import PENALTIES, fit_ridge
from seqframe.training.runs import FittedRun, fit_runs

MODEL = TINY.model_copy(update={"linear_skip": True})
SKIPPING = [framing for framing in FRAMINGS if not (framing.recursive or framing.stateful)]
every_framing = pytest.mark.parametrize("framing", SKIPPING, ids=lambda framing: framing.name)


def table(rows: int = 160) -> pd.DataFrame:
    """Two daily series that follow their own past, and a covariate that is known in advance."""
    random = np.random.default_rng(0)
    z, x, y = random.normal(size=rows), np.zeros(rows), np.zeros(rows)
    for row in range(2, rows):
        x[row] = 1.2 * x[row - 1] - 0.5 * x[row - 2] + z[row] + 0.1 * random.normal()
        y[row] = 0.7 * y[row - 1] + 0.4 * x[row - 1] + 0.1 * random.normal()
    days = pd.date_range("2001-01-01", periods=rows, name="day")
    return pd.DataFrame({"x": 50 + x, "y": 90 + y, "z": z}, days)


def a_dataset(
    framing: Framing, design: dict[str, Any] | None = None, settings: dict[str, Any] | None = None, **task: Any
) -> SequenceDataset:
    given = {"time_column": "day", "target": ["y", "x"], "features": ["x", "y"], "future_covariates": ["z"]}
    lookback = 1 if framing.name == "one_to_many" else 4
    inputs = {"season": 7, "calendar": "season"} | (design or {})
    resolved = a_task(lookback=lookback, horizon=4, **task)
    return make_folds(table(), a_design(resolved, 1, 30, 30, **inputs), a_problem(**given | (settings or {}))).newest


def fit(framing: Framing, dataset: SequenceDataset, **training: Any) -> FittedRun:
    view = training_view(dataset, framing)
    spec = make_network_spec(view, framing, MODEL)
    (run,) = fit_runs(spec, framing, [dataset], a_training(**training), [0])
    return run


def untrained(framing: Framing, dataset: SequenceDataset) -> NetworkState:
    """The network before the first epoch: a learning rate this small changes no weight."""
    return fit(framing, dataset, epochs=1, learning_rate=1e-30, backend="auto").network


def skip_weights(network: NetworkState) -> list[np.ndarray]:
    model = build_model(network.spec, 0)
    model.set_weights(list(network.weights))
    name = next(layer.name for layer in model.layers if layer.name.startswith("skip_") and layer.get_weights())
    weights: list[np.ndarray] = model.get_layer(name).get_weights()
    return weights


@every_framing
@pytest.mark.parametrize(
    ("design", "settings", "task"),
    [
        ({}, {}, {}),
        ({"transform": "seasonal_difference"}, {}, {"instance_norm": "last"}),
        ({"transform": "log", "calendar": "none"}, {}, {"instance_norm": "standard", "gap": 1}),
        ({}, {"target": "y", "features": ["x", "y"]}, {"instance_norm": "mean", "stride": 2}),
        ({}, {}, {"channels": "independent", "instance_norm": "mean"}),
    ],
)
def test_the_untrained_network_forecasts_as_ridge_regression(
    framing: Framing, design: dict[str, Any], settings: dict[str, Any], task: dict[str, Any]
) -> None:
    dataset = a_dataset(framing, design, settings, **task)
    network = untrained(framing, dataset)
    for windows in (dataset.validation, dataset.test):
        found = forecast(partial(predict, network), framing, dataset, windows)
        expected = predict_linear(fit_linear(dataset), dataset, windows)
        np.testing.assert_allclose(found, expected, rtol=1e-4)
        assert np.ptp(expected, axis=0).min() > 0


@every_framing
def test_the_linear_weights_stay_and_the_others_are_trained(framing: Framing) -> None:
    dataset = a_dataset(framing)
    before, after = untrained(framing, dataset), fit(framing, dataset, epochs=3, learning_rate=0.05).network
    for one, other in zip(skip_weights(before), skip_weights(after), strict=True):
        assert one.tobytes() == other.tobytes()
    changed = [(one != other).any() for one, other in zip(before.weights, after.weights, strict=True)]
    recurrent_kernels = int(framing.name == "one_step_vector")  # without a second step, it has no gradient
    assert sum(changed) == len(changed) - 2 - recurrent_kernels


@every_framing
def test_the_number_of_parameters_contains_the_skip_connection(framing: Framing) -> None:
    dataset = a_dataset(framing)
    view = training_view(dataset, framing)
    specs = [make_network_spec(view, framing, model) for model in (TINY, MODEL)]
    X, y = frame_arrays(view, framing, view.train.select(slice(1)))
    inputs, outputs = prod(X.shape[1:]), prod(y.shape[1:])
    assert specs[1].parameters - specs[0].parameters == inputs * outputs + outputs
    assert build_model(specs[1], 0).count_params() == specs[1].parameters
    assert sum(count_parameters(specs[1], build_model(specs[1], 0)).values()) == specs[1].parameters
    assert specs[1].output_shape == specs[0].output_shape


@pytest.mark.parametrize("name", ["dense", "many_to_one"])
def test_early_stopping_counts_the_untrained_network(name: str) -> None:
    """No epoch of a learning rate this large is better than ridge regression, so its forecasts are restored."""
    framing = next(each for each in SKIPPING if each.name == name)
    dataset = a_dataset(framing)
    run = fit(framing, dataset, epochs=6, learning_rate=30.0, patience=2)
    for one, other in zip(untrained(framing, dataset).weights, run.network.weights, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-20)
    X, y = frame_arrays(dataset, framing, dataset.validation)
    initial = float(np.mean((predict(run.network, X) - y) ** 2))
    assert len(run.history.validation_losses) == 2, "patience counts from the untrained network on"
    assert min(run.history.validation_losses) > initial


def test_early_stopping_restores_a_better_epoch() -> None:
    """What a linear model cannot learn: the sign of a row gives the absolute value of the next one."""
    framing = next(each for each in SKIPPING if each.name == "many_to_one")
    random = np.random.default_rng(0)
    x = random.normal(size=400)
    rows = pd.DataFrame({"x": x, "y": np.concatenate([[0], np.abs(x[:-1])])})
    data_settings = a_problem(target="y", features=["x"])
    (dataset,) = make_folds(rows, a_design(a_task(lookback=2, horizon=1), 1, 60, 60), data_settings).datasets
    model = ModelSettings(units=12, cell="simple_rnn", linear_skip=True)
    (run,) = fit_runs(
        make_network_spec(dataset, framing, model),
        framing,
        [dataset],
        a_training(epochs=40, learning_rate=0.02, batch_size=32, patience=10),
        [0],
    )
    linear = predict_linear(fit_linear(dataset), dataset, dataset.test)
    found = forecast(partial(predict, run.network), framing, dataset, dataset.test)
    errors = [np.mean((each - dataset.actuals(dataset.test)) ** 2) for each in (found, linear)]
    assert errors[0] < 0.5 * errors[1]


IN_PLAIN_KERAS = """
import sys
import keras, numpy as np
for folder in sys.argv[1:]:
    model = keras.models.load_model(folder + "/network.keras")
    np.save(folder + "/y.npy", model.predict(np.load(folder + "/X.npy"), verbose=0))
print(any(name.startswith("seqframe") for name in sys.modules))
"""


@pytest.mark.slow
def test_saved_networks_predict_the_same_in_plain_keras(tmp_path: Path) -> None:
    expected: dict[Path, np.ndarray] = {}
    for framing in (find_framing(name) for name in ("dense", "encoder_decoder", "many_to_one")):
        dataset, folder = a_dataset(framing), tmp_path / framing.name
        network = fit(framing, dataset, epochs=2, learning_rate=0.05).network
        X, _ = frame_arrays(dataset, framing, dataset.test)
        folder.mkdir()
        export_keras(network).save(folder / "network.keras")
        np.save(folder / "X.npy", X)
        expected[folder] = predict(network, X)
    command = [sys.executable, "-c", IN_PLAIN_KERAS, *map(str, expected)]
    printed = subprocess.run(command, capture_output=True, text=True, check=True)
    assert printed.stdout.split()[-1] == "False"
    for folder, predictions in expected.items():
        np.testing.assert_allclose(np.load(folder / "y.npy"), predictions, atol=1e-5)


@pytest.mark.parametrize("framing", [*RECURSIVE], ids=lambda framing: framing.name)
def test_recursive_framings_have_no_skip_connection(framing: Framing) -> None:
    dataset = a_dataset(framing)
    assert make_network_spec(training_view(dataset, framing), framing, MODEL).skip == ()


def test_without_validation_rows_a_medium_penalty_is_used() -> None:
    framing = next(each for each in SKIPPING if each.name == "dense")
    dataset = a_dataset(framing, {"calendar": "none"})
    kernel, bias = skip_weights(untrained(framing, replace(dataset, validation=dataset.validation.select(slice(0)))))
    X, y = (each.reshape(len(each), -1) for each in frame_arrays(dataset, framing, dataset.train))
    medium = fit_ridge([(X.astype(np.float64), y.astype(np.float64))], PENALTIES)[len(PENALTIES) // 2]
    np.testing.assert_allclose(kernel, medium.weights, atol=1e-6)
    np.testing.assert_allclose(bias, medium.intercept, atol=1e-6)


def test_the_skip_connection_of_a_seed_study_is_the_same_for_all_seeds() -> None:
    framing = next(each for each in SKIPPING if each.name == "many_to_one")
    dataset = a_dataset(framing)
    runs = list(
        fit_runs(make_network_spec(dataset, framing, MODEL), framing, [dataset], a_training(epochs=2), range(2))
    )
    one, other = (skip_weights(run.network) for run in runs)
    assert [each.tobytes() for each in one] == [each.tobytes() for each in other]
    assert any((a != b).any() for a, b in zip(runs[0].network.weights, runs[1].network.weights, strict=True))


def test_other_linear_weights_give_another_network() -> None:
    spec: NetworkSpec = make_network_spec(a_dataset(SKIPPING[0]), SKIPPING[0], MODEL)
    kernel, bias = (
        np.ones(shape, np.float32) for shape in [each.shape for each in skip_weights(build_network(spec, 0)[0])]
    )
    network = init_network(spec, 0, (2 * kernel, bias))
    X = np.ones((1, *spec.input_shape), np.float32)
    np.testing.assert_allclose(predict(network, X), 2 * X.size + 1)
