"""Networks of quantiles: the pinball loss, forecasts of the median, and conformalized quantile regression."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from helpers.backtests import TINY, a_design, a_problem, a_task, a_training, number
from helpers.forecasters import make_case
from seqframe.config import ModelSettings, Settings
from seqframe.evaluation.backtest import run_backtest
from seqframe.evaluation.calibration import half_widths
from seqframe.evaluation.folds import Folds, make_folds
from seqframe.evaluation.leaderboard import forecast_metrics
from seqframe.evaluation.refit import refit
from seqframe.forecasting.forecaster import Forecaster
from seqframe.forecasting.predict import forecast, forecast_tails
from seqframe.framings import Framing
from seqframe.framings.causality import check_framing
from seqframe.framings.dataset import frame_arrays, make_network_spec
from seqframe.framings.encoder_decoder import ENCODER_DECODER
from seqframe.framings.many_to_one import MANY_TO_ONE
from seqframe.framings.one_to_one import ONE_TO_ONE
from seqframe.networks.build import init_network, predict
from seqframe.networks.spec import Dense, Flatten, NetworkSpec
from seqframe.reporting.tables import tabulate_forecasts
from seqframe.training.runs import fit_skip
from seqframe.training.trainer import train

LEVELS = (0.1, 0.25, 0.5, 0.9)
QUANTILES: dict[str, Any] = {"loss": "quantile", "quantiles": list(LEVELS)}
both = pytest.mark.parametrize("framing", [MANY_TO_ONE, ENCODER_DECODER], ids=lambda framing: framing.name)


def folds_of(values: np.ndarray, rows: int = 150, **task: Any) -> Folds:
    columns = {"x": values} if values.ndim == 1 else {"x": values[:, 0], "z": values[:, 1]}
    return make_folds(number(**columns), a_design(a_task(**task), 1, rows, rows), a_problem(target=list(columns)))


def skewed(rows: int) -> pd.DataFrame:
    """Exponential noise, whose upper quantiles are farther from its median than its lower ones.

    Its size in the next row is known: it is 1 or 4.
    """
    rng = np.random.default_rng(0)
    size = rng.choice([1.0, 4.0], rows + 1)
    return number(x=rng.exponential(1.0, rows) * size[:-1], size=size[1:])


def test_a_constant_network_learns_the_quantiles() -> None:
    y = np.random.default_rng(0).exponential(size=(4000, 1)).astype(np.float32)
    spec = NetworkSpec("dense", (1, 1), (Flatten(),), Dense(len(LEVELS)), quantiles=LEVELS)
    training = a_training(epochs=150, batch_size=400, learning_rate=0.02, lr_schedule="cosine", **QUANTILES)
    trained, history = train(init_network(spec, 0), np.zeros((4000, 1, 1), np.float32), y, training)
    learned = predict(trained, np.zeros((1, 1, 1), np.float32))[0]
    np.testing.assert_allclose(learned, np.quantile(y, LEVELS), atol=0.03)
    errors = y - learned
    pinball = np.maximum(np.array(LEVELS) * errors, (np.array(LEVELS) - 1) * errors).mean()
    assert history.losses[-1] == pytest.approx(pinball, rel=0.01)


@both
def test_every_output_belongs_to_its_step_target_and_quantile(framing: Framing) -> None:
    """The outputs of a network that adds 0, 1, 2, 3 to its targets are found where they belong."""
    folds = folds_of(np.random.default_rng(0).normal(size=(500, 2)))
    dataset = folds.newest
    _, y = frame_arrays(dataset, framing, dataset.test)

    def outputs(X: np.ndarray) -> np.ndarray:
        assert len(X) == len(y)
        return (y[..., None] + np.arange(4)[::-1]).reshape(*y.shape[:-1], -1)  # crossed: 3, 2, 1, 0

    values, tails = forecast_tails(outputs, framing, dataset, dataset.test, LEVELS)
    span = dataset.window_scale(dataset.test)
    np.testing.assert_allclose(values, dataset.actuals(dataset.test) + 2 * span, rtol=1e-5)
    np.testing.assert_allclose(tails[0], np.broadcast_to(2 * span, values.shape), rtol=1e-4)
    np.testing.assert_allclose(tails[1], np.broadcast_to(span, values.shape), rtol=1e-4)
    plain, none = forecast_tails(lambda X: y, framing, dataset, dataset.test)
    assert none is None
    np.testing.assert_allclose(plain, dataset.actuals(dataset.test), rtol=1e-5)


@both
def test_the_causality_of_quantiles_is_checked(framing: Framing) -> None:
    dataset = folds_of(np.random.default_rng(0).normal(size=(500, 2))).newest
    spec = make_network_spec(dataset, framing, TINY, LEVELS)
    assert check_framing(spec, framing, dataset).outcome == "causal"
    assert spec.output_shape[-1] == 4 * make_network_spec(dataset, framing, TINY).output_shape[-1]


@both
def test_a_skip_connection_starts_at_the_linear_model_for_every_quantile(framing: Framing) -> None:
    dataset = folds_of(np.random.default_rng(0).normal(size=(500, 2))).newest
    model = ModelSettings(units=3, linear_skip=True)
    skip = fit_skip(dataset, framing)
    linear = skip.kernel, skip.bias
    expected, several = (
        init_network(make_network_spec(dataset, framing, model, levels), 0, linear) for levels in ((), LEVELS)
    )
    values, tails = forecast_tails(partial(predict, several), framing, dataset, dataset.test, LEVELS)
    np.testing.assert_allclose(values, forecast(partial(predict, expected), framing, dataset, dataset.test), rtol=1e-4)
    np.testing.assert_allclose(tails, 0, atol=1e-5)


def test_intervals_follow_the_quantiles_and_have_their_coverage() -> None:
    """They are asymmetric, and have their coverage where the noise is large too; intervals of one width do not."""
    design = a_design(a_task(horizon=1, lookback=2), 1, 500, 500)
    folds = make_folds(skewed(2000), design, a_problem(target="x", features=["x", "size"]))
    large = folds.newest.df["size"].to_numpy()[folds.newest.test.origins] == 4
    metrics, shares = {}, {}
    for loss in ("quantile", "mse"):
        training = a_training(epochs=30, batch_size=50, learning_rate=0.02, n_seeds=2, loss=loss)
        spec = make_network_spec(folds.newest, MANY_TO_ONE, TINY, training.forecast_quantiles)
        single, ensemble = run_backtest(spec, MANY_TO_ONE, folds, training).forecasts()
        assert [each.shape for each in half_widths(single, folds)] == [(2, *folds.actuals().shape)] * 2
        below, above = next(half_widths(ensemble, folds))
        assert (above > below).mean() > 0.95 or loss == "mse"
        metrics[loss] = forecast_metrics(ensemble, folds)
        table = tabulate_forecasts(ensemble, folds)
        inside = table["actual"].between(table["low"], table["high"]).to_numpy()
        assert table["prediction"].between(table["low"], table["high"]).all()
        assert inside.mean() == pytest.approx(metrics[loss]["coverage"])
        shares[loss] = inside[large].mean(), inside[~large].mean()
    assert all(0.85 < share < 0.95 for share in (*shares["quantile"], metrics["quantile"]["coverage"]))
    assert shares["mse"][0] < 0.85
    assert shares["mse"][1] > 0.97
    assert metrics["quantile"]["mae"] < metrics["mse"]["mae"], "the median has the smallest absolute error"


def test_a_refitted_forecaster_has_quantiles(tmp_path: Path) -> None:
    rows = skewed(400)[["x"]]
    design = a_design(a_task(lookback=3), 1, 60, 60)
    training = a_training(epochs=3, n_seeds=2, loss="quantile")
    refitted = refit(rows, design, MANY_TO_ONE, a_problem(), TINY, training)
    forecaster = refitted.forecaster
    assert forecaster.config.quantiles == (0.05, 0.5, 0.95)
    expected = forecaster.forecast(rows)
    forecaster.save(tmp_path)
    pd.testing.assert_frame_equal(Forecaster.load(tmp_path).forecast(rows), expected)
    below, above = (expected["x"] - expected["x_low"], expected["x_high"] - expected["x"])
    assert (below > 0).all()
    assert not np.allclose(below, above)


def test_forecasters_without_quantiles_are_as_before(tmp_path: Path) -> None:
    case = make_case(skewed(60)[["x"]], tmp_path, 4, 2, target="x")
    forecaster = case.forecaster("many_to_one")
    config = forecaster.config.model_dump()
    del config["quantiles"]
    older = replace(forecaster, config=type(forecaster.config).model_validate(config))
    pd.testing.assert_frame_equal(older.forecast(case.table), forecaster.forecast(case.table))


@pytest.mark.parametrize(
    "levels", [[], [0.5], [0.1, 0.9], [0.5, 0.9], [0.9, 0.5, 0.1], [0, 0.5, 1], [0.1, 0.1, 0.5, 0.9]]
)
def test_quantiles_enclose_the_median(levels: list[float]) -> None:
    with pytest.raises(ValueError, match=r"`training.quantiles` must be ascending numbers between 0 and 1, with 0\.5"):
        a_training(quantiles=levels)


def test_recursive_forecasts_have_no_quantiles() -> None:
    settings = Settings(data=a_problem(), task=a_task(), model=TINY, training=a_training(loss="quantile"))
    assert MANY_TO_ONE.unsupported_reason(settings) is None
    assert "cannot predict quantiles of later rows" in str(ONE_TO_ONE.unsupported_reason(settings))
    with pytest.raises(ValueError, match=r"needs a forecast of a table .* Received: task\.kind=echo\. Set it to mae"):
        Settings(
            data=a_problem(), task=a_task(kind="echo", horizon=None), model=TINY, training=a_training(loss="quantile")
        )
