"""Forecasts land on their rows, whether they are made at once or fed back."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from helpers.backtests import (
    DIRECT,
    FEEDING_BACK,
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
from seqframe.data.windows import Windows, take_rows
from seqframe.evaluation.folds import Folds, make_folds
from seqframe.forecasting.predict import forecast
from seqframe.framings import FRAMINGS, Framing
from seqframe.framings.dataset import training_view
from seqframe.framings.patterns import restore_windows
from seqframe.networks.build import init_network, predict

every_framing = pytest.mark.parametrize("framing", FRAMINGS, ids=lambda framing: framing.name)
every_feeding_back = pytest.mark.parametrize("framing", FEEDING_BACK, ids=lambda framing: framing.name)
SERIES = {"p": range(1900, 1960), "q": range(2100, 2145)}  # each with rows of its own


def table() -> pd.DataFrame:
    """Two series of counters, whose rows have the names of both."""
    parts = {
        name: pd.DataFrame({column: [counters(row, column) for row in rows] for column in COLUMNS}, rows)
        for name, rows in SERIES.items()
    }
    return pd.concat(parts, names=["sequence", "row"])


def pose(framing: Framing, **task: Any) -> Folds:
    """Two targets, three features of which two are those targets in another order, and two known columns."""
    features = ["d", "b"] if framing.recursive else ["d", "a", "b"]
    data_settings = a_problem(
        target=["b", "d"], features=features, future_covariates=["g", "f"], id_column="id", scale_per_series=True
    )
    lookback = 1 if framing.name == "one_to_many" else 3
    asked = a_task(lookback=lookback, horizon=2, gap=1, stride=2, **task)
    assert unsupported_reason(framing, data_settings, asked) is None
    return make_folds(table(), a_design(asked, 2, 10, 11, embargo=1), data_settings)


@dataclass
class Oracle:
    """A network that answers y itself, and holds what it is asked to what it ought to be asked."""

    framing: Framing
    dataset: SequenceDataset
    windows: Windows
    asked: int = field(default=0)

    def __call__(self, X: np.ndarray) -> np.ndarray:
        scaled, lookback = self.dataset.scaled, self.windows.lookback
        own = scaled.features.shape[1] - scaled.n_future
        _, levels = scaled.window_inputs(self.windows)
        starts = self.windows.starts() + self.asked * self.framing.recursive
        last_known = 1 if self.framing.recursive else self.windows.first_target + self.windows.steps - lookback
        expected = np.concatenate(
            [
                take_rows(scaled.features, starts, lookback)[..., :own],
                take_rows(scaled.features, starts + last_known, lookback)[..., own:],
            ],
            axis=2,
        )
        rows = len(X) // len(self.windows) if self.framing.name == "one_to_one" else lookback  # the last is enough
        asked = self.framing.to_inputs(levels.normalize(expected)[:, -rows:])
        np.testing.assert_allclose(X, asked, atol=1e-4)
        self.asked += 1
        if not self.framing.recursive:
            return self.framing.to_targets(scaled.window_targets(self.windows, levels))
        shifted = replace(self.windows, start_rows=starts, first_target=1, steps=lookback)
        return self.framing.to_targets(scaled.window_targets(shifted, levels)[:, -rows:])


@every_framing
@pytest.mark.parametrize("instance_norm", ["none", "mean"])
def test_every_forecast_lands_on_its_row_and_column(framing: Framing, instance_norm: str) -> None:
    folds = pose(framing, instance_norm=instance_norm)
    forecasts = []
    for dataset in folds.datasets:
        for windows in (dataset.test, dataset.validation):
            oracle = Oracle(framing, dataset, windows)
            forecasts.append(forecast(oracle, framing, dataset, windows))
            np.testing.assert_allclose(forecasts[-1], dataset.actuals(windows), rtol=1e-4)
            assert oracle.asked == (3 if framing.recursive else 1)
    found = np.concatenate(forecasts[::2])
    assert set(folds.origins["sequence"]) == {"p", "q"}
    for origin, about in enumerate(folds.origins.itertuples()):
        for lead in (1, 2):
            row = about.row + 1 + lead  # behind a gap of one row
            assert found[origin, lead - 1] == pytest.approx([counters(row, "b"), counters(row, "d")], rel=1e-4)


@every_framing
def test_an_oracle_that_knows_nothing_but_what_it_reads(framing: Framing) -> None:
    """The counter goes on: a row later every value is 10 higher."""
    years = range(1900, 1980)
    rows = number(**{name: [counters(year, name) for year in years] for name in ("c", "a")})
    lookback = 1 if framing.name == "one_to_many" else 4
    task = a_task(lookback=lookback, horizon=3, gap=2)
    (dataset,) = make_folds(rows, a_design(task), a_problem(scaler="none")).datasets

    def go_on(X: np.ndarray) -> np.ndarray:
        read = restore_windows(X, framing.inputs, (len(dataset.test), X.size // (2 * len(dataset.test)), 2))
        if framing.recursive:
            return framing.to_targets(read + 10)
        return framing.to_targets(read[:, -1:] + 10 * np.arange(3, 6)[None, :, None])

    answers = forecast(go_on, framing, dataset, dataset.test)
    np.testing.assert_allclose(answers, dataset.actuals(dataset.test))
    assert answers.shape == (12 + 3 - (lookback == 4) * 3, 3, 2)


@every_feeding_back
def test_feeding_back_is_the_loop_that_one_would_write(framing: Framing) -> None:
    """Row by row, with the levels of the first window, and known columns read one row ahead."""
    folds = pose(framing, instance_norm="mean")
    dataset = folds.newest
    network = init_network(spec_for(framing, folds), 0)
    found = forecast(lambda X: predict(network, X), framing, dataset, dataset.test)
    scaled = dataset.scaler.scale(dataset.df)  # (rows, columns)
    of = {name: place for place, name in enumerate(dataset.scaler.columns)}
    group = dataset.scaler.groups(dataset.df.index)
    for window in (0, len(dataset.test) - 1):
        start = int(dataset.test.starts()[window])
        seen = scaled[start : start + 3, [of["d"], of["b"]]]
        level, spread = seen.mean(axis=0), np.sqrt(seen.var(axis=0) + 1e-5)
        window_rows = [(values - level) / spread for values in seen]
        answers = []
        for lead in range(3):
            known = scaled[start + 1 + lead : start + 4 + lead, [of["g"], of["f"]]]
            X = np.concatenate([np.stack(window_rows[-3:]), known], axis=1)[None].astype(np.float32)
            b, d = framing.from_predictions(predict(network, framing.to_inputs(X)), (1, 3, 2))[0, -1]
            window_rows.append(np.array([d, b]))
            answers.append([b * spread[1] + level[1], d * spread[0] + level[0]])
        expected = dataset.scaler.unscale(np.array([answers[1:]]), ["b", "d"], group[[start]])
        np.testing.assert_allclose(found[window], expected[0], rtol=1e-4)


@pytest.mark.parametrize("framing", DIRECT[:2], ids=lambda framing: framing.name)
def test_the_last_row_read_has_the_known_columns_of_the_last_row_predicted(framing: Framing) -> None:
    dataset = pose(framing).newest
    read, _ = replace(dataset.scaled, instance_norm="none").window_inputs(dataset.test)
    last = dataset.test.targets[:, -1]
    np.testing.assert_array_equal(read[:, -1, -2:], dataset.scaled.features[last, -2:])
    np.testing.assert_array_equal(read[:, -1, 0], dataset.scaled.features[dataset.test.starts() + 2, 0])


def test_what_a_feeding_back_framing_is_trained_on() -> None:
    """The next row of every row, of the same features, so that one step of it can be fed back."""
    framing = FEEDING_BACK[0]
    dataset = pose(framing).newest
    trained_on = training_view(dataset, framing)
    assert (trained_on.train.lookback, trained_on.train.first_target, trained_on.train.steps) == (3, 1, 3)
    assert training_view(dataset, DIRECT[0]) is dataset


def test_a_network_that_explodes_is_quiet_and_infinite() -> None:
    folds = make_folds(number(x=a_walk(60)), a_design(a_task(instance_norm="mean", horizon=60 // 6)), a_problem())
    framing, dataset = FEEDING_BACK[1], folds.newest
    answers = forecast(lambda X: np.float32(1e30) * X, framing, dataset, dataset.test)
    assert not np.isfinite(answers[:, -1]).any()
    assert np.isfinite(answers[:, 0]).all()
