"""Direct and recursive forecasts belong to the right rows and columns."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from helpers.backtests import (
    DIRECT,
    RECURSIVE,
    a_design,
    a_problem,
    a_task,
    a_walk,
    number,
    spec_for,
    unsupported_reason,
)
from helpers.tables import COLUMNS, counters
from seqframe.data.dataset import SequenceDataset
from seqframe.data.instance_norm import KINDS, running_input_stats
from seqframe.data.windows import Windows, take_rows
from seqframe.evaluation.folds import Folds, make_folds
from seqframe.forecasting.predict import forecast
from seqframe.framings import FRAMINGS, Framing
from seqframe.framings.dataset import training_view
from seqframe.framings.patterns import restore_windows
from seqframe.networks.build import init_network, predict

every_framing = pytest.mark.parametrize("framing", FRAMINGS, ids=lambda framing: framing.name)
every_recursive_framing = pytest.mark.parametrize("framing", RECURSIVE, ids=lambda framing: framing.name)
SERIES = {"p": range(1900, 1960), "q": range(2100, 2145)}  # with different rows


def table() -> pd.DataFrame:
    """Two series of counters."""
    parts = {
        name: pd.DataFrame({column: [counters(row, column) for row in rows] for column in COLUMNS}, rows)
        for name, rows in SERIES.items()
    }
    return pd.concat(parts, names=["sequence", "row"])


def make_counter_folds(framing: Framing, **task: Any) -> Folds:
    """Two targets; the same columns in another order and a third one as features; two future covariates."""
    features = ["d", "b"] if framing.recursive else ["d", "a", "b"]
    data_settings = a_problem(
        target=["b", "d"], features=features, future_covariates=["g", "f"], id_column="id", scale_per_series=True
    )
    lookback = 1 if framing.name == "one_to_many" else 3
    settings = a_task(lookback=lookback, horizon=2, gap=1, stride=2, **task)
    assert unsupported_reason(framing, data_settings, settings) is None
    return make_folds(table(), a_design(settings, 2, 10, 11, embargo=1), data_settings)


@dataclass
class Oracle:
    """A network that returns the true y, and checks its inputs."""

    framing: Framing
    dataset: SequenceDataset
    windows: Windows
    calls: int = field(default=0)

    def __call__(self, X: np.ndarray) -> np.ndarray:
        scaled, lookback, recursive = self.dataset.scaled, self.windows.lookback, self.framing.recursive
        n_past = scaled.features.shape[1] - scaled.n_future
        starts = self.windows.starts() + self.calls * recursive
        shift = 1 if recursive else self.windows.first_target + self.windows.steps - lookback
        raw = np.concatenate(
            [
                take_rows(scaled.features, starts, lookback)[..., :n_past],
                take_rows(scaled.features, starts + shift, lookback)[..., n_past:],
            ],
            axis=2,
        )
        _, stats = scaled.normalize_running(raw) if recursive else scaled.window_inputs(self.windows)
        of_inputs = running_input_stats(stats, scaled.instance_norm) if recursive else stats
        rows = len(X) // len(self.windows) if self.framing.name == "one_to_one" else lookback  # the last row
        np.testing.assert_allclose(X, self.framing.to_inputs(of_inputs.normalize(raw)[:, -rows:]), atol=1e-4)
        self.calls += 1
        if not recursive:
            return self.framing.to_targets(scaled.window_targets(self.windows, stats))
        shifted = replace(self.windows, start_rows=starts, first_target=1, steps=lookback)
        return self.framing.to_targets(scaled.window_targets(shifted, stats)[:, -rows:])


@every_framing
@pytest.mark.parametrize("instance_norm", KINDS)
def test_forecasts_have_the_right_rows_and_columns(framing: Framing, instance_norm: str) -> None:
    folds = make_counter_folds(framing, instance_norm=instance_norm)
    forecasts = []
    for dataset in folds.datasets:
        for windows in (dataset.test, dataset.validation):
            oracle = Oracle(framing, dataset, windows)
            forecasts.append(forecast(oracle, framing, dataset, windows))
            np.testing.assert_allclose(forecasts[-1], dataset.actuals(windows), rtol=1e-4)
            assert oracle.calls == (3 if framing.recursive else 1)
    found = np.concatenate(forecasts[::2])
    assert set(folds.origins["sequence"]) == {"p", "q"}
    for origin, about in enumerate(folds.origins.itertuples()):
        for step in (1, 2):
            row = about.row + 1 + step  # after a gap of one row
            assert found[origin, step - 1] == pytest.approx([counters(row, "b"), counters(row, "d")], rel=1e-4)


@every_framing
def test_forecasts_from_inputs_alone(framing: Framing) -> None:
    """The counter increases by 10 from row to row."""
    years = range(1900, 1980)
    rows = number(**{name: [counters(year, name) for year in years] for name in ("c", "a")})
    lookback = 1 if framing.name == "one_to_many" else 4
    task = a_task(lookback=lookback, horizon=3, gap=2)
    (dataset,) = make_folds(rows, a_design(task), a_problem(scaler="none")).datasets

    def count_on(X: np.ndarray) -> np.ndarray:
        inputs = restore_windows(X, framing.inputs, (len(dataset.test), X.size // (2 * len(dataset.test)), 2))
        if framing.recursive:
            return framing.to_targets(inputs + 10)
        return framing.to_targets(inputs[:, -1:] + 10 * np.arange(3, 6)[None, :, None])

    forecasts = forecast(count_on, framing, dataset, dataset.test)
    np.testing.assert_allclose(forecasts, dataset.actuals(dataset.test))
    assert forecasts.shape == (20 - 3 + 1, 3, 2)


def normalize_plainly(rows: np.ndarray, kind: str, deviations: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Inputs (lookback, 2), each normalized with the rows up to it; offset and scale of the next row."""
    inputs = []
    for row in range(len(rows)):
        read = rows[: row + 1].astype(np.float64)
        offset, scale = np.zeros(2), np.ones(2)
        if kind in ("mean", "standard"):
            offset = read.mean(axis=0)
        if kind == "standard":
            squares = ((read - offset) ** 2).sum(axis=0) + 5 * deviations**2  # as if 5 rows varied like training rows
            scale = np.maximum(np.sqrt(squares / (len(read) + 5)), 0.1 * deviations)
        if kind == "last":
            offset = rows[max(0, row - 1)]  # an input is relative to the row before it
        inputs.append((rows[row] - offset) / scale)
    return np.stack(inputs), rows[-1] if kind == "last" else offset, scale


@pytest.mark.parametrize("kind", KINDS)
@every_recursive_framing
def test_recursive_forecast_equals_a_plain_loop(framing: Framing, kind: str) -> None:
    """Row by row, each row normalized by the rows before, and future covariates one row ahead."""
    folds = make_counter_folds(framing, instance_norm=kind)
    dataset = folds.newest
    network = init_network(spec_for(framing, folds), 0)
    found = forecast(lambda X: predict(network, X), framing, dataset, dataset.test)
    scaled = dataset.scaler.scale(dataset.df)  # (rows, columns)
    position = {name: number for number, name in enumerate(dataset.scaler.columns)}
    group = dataset.scaler.groups(dataset.df.index)
    train = np.concatenate([scaled[part.start : part.stop] for part in dataset.split.train])
    deviations = train[:, [position["d"], position["b"]]].astype(np.float64).std(axis=0)
    for window in (0, len(dataset.test) - 1):
        start = int(dataset.test.starts()[window])
        rows = scaled[start : start + 3, [position["d"], position["b"]]]
        for step in range(3):
            inputs, offset, scale = normalize_plainly(rows[-3:], kind, deviations)
            future = scaled[start + 1 + step : start + 4 + step, [position["g"], position["f"]]]
            X = np.concatenate([inputs, future], axis=1)[None].astype(np.float32)
            b, d = framing.from_predictions(predict(network, framing.to_inputs(X)), (1, 3, 2))[0, -1]
            rows = np.concatenate([rows, [np.array([d, b]) * scale + offset]])
        predictions = rows[-2:, ::-1]  # the first predicted row is the gap
        expected = dataset.scaler.unscale(predictions[None], ["b", "d"], group[[start]])
        np.testing.assert_allclose(found[window], expected[0], rtol=1e-4)


@pytest.mark.parametrize("framing", DIRECT[:2], ids=lambda framing: framing.name)
def test_the_last_input_row_has_the_future_covariates_of_the_last_target_row(framing: Framing) -> None:
    dataset = make_counter_folds(framing).newest
    inputs, _ = replace(dataset.scaled, instance_norm="none").window_inputs(dataset.test)
    last = dataset.test.targets[:, -1]
    np.testing.assert_array_equal(inputs[:, -1, -2:], dataset.scaled.features[last, -2:])
    np.testing.assert_array_equal(inputs[:, -1, 0], dataset.scaled.features[dataset.test.starts() + 2, 0])


def test_a_recursive_framing_is_trained_on_the_next_row() -> None:
    """The targets are the next row of every row, so that a prediction can become the next input."""
    framing = RECURSIVE[0]
    dataset = make_counter_folds(framing).newest
    view = training_view(dataset, framing)
    assert (view.train.lookback, view.train.first_target, view.train.steps) == (3, 1, 3)
    assert training_view(dataset, DIRECT[0]) is dataset


def test_a_diverging_network_gives_infinite_forecasts_without_warnings() -> None:
    folds = make_folds(number(x=a_walk(60)), a_design(a_task(instance_norm="standard", horizon=60 // 6)), a_problem())
    framing, dataset = RECURSIVE[1], folds.newest
    forecasts = forecast(lambda X: np.float32(1e30) * X, framing, dataset, dataset.test)
    assert not np.isfinite(forecasts[:, -1]).any()
    assert np.isfinite(forecasts[:, 0]).all()
