"""Periods found in real series and in simulated ones, and false alarms in series without a season."""

import time
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import ROOT
from seqframe.data import seasonality
from seqframe.data.seasonality import (
    Seasonality,
    find_panel_seasons,
    find_seasons,
    resolve_seasons,
    usual_periods,
)
from seqframe.data.time_index import NANOSECONDS_PER_UNIT, Frequency


def every(count: int, unit: str) -> Frequency:
    return Frequency(count * NANOSECONDS_PER_UNIT[unit], "nanoseconds")


HOURLY, DAILY, WEEKLY = every(1, "hour"), every(1, "day"), every(7, "day")
MONTHLY, QUARTERLY, YEARLY = (Frequency(months, "months") for months in (1, 3, 12))

FREQUENCIES = [None, HOURLY, DAILY, WEEKLY, MONTHLY, QUARTERLY]


def find_seasonality(values: np.ndarray, segments: list[range] | None = None) -> Seasonality | None:
    """The only season of a series without times."""
    found = find_seasons(values, None, segments)
    assert len(found) <= 1
    return found[0] if found else None


def periods(values: np.ndarray, frequency: Frequency | None) -> list[int]:
    return [season.period for season in find_seasons(values, frequency)]


WEEK = np.array([1.0, 1.2, 1.1, 1.0, 1.3, 2.0, 2.2])
ROWS = np.arange(700)


def noise(rows: int, size: float = 1, seed: int = 0) -> np.ndarray:
    return size * np.random.default_rng(seed).normal(size=rows)


def sine(rows: int, period: float) -> np.ndarray:
    return np.sin(2 * np.pi * np.arange(rows) / period)


def autoregressive(rows: int, seed: int, factor: float = 0.9) -> np.ndarray:
    """AR(1): a factor times the value before, plus noise."""
    values = noise(rows + 200, seed=seed)
    for row in range(1, len(values)):
        values[row] += factor * values[row - 1]
    return values[200:]


SERIES = {
    "noiseless": (sine(300, 20), 20),
    "noiseless, three periods": (sine(60, 20), 20),
    "noisy": (sine(300, 20) + noise(300, 0.5), 20),
    "week": (100 * WEEK[ROWS % 7] + noise(700, 10), 7),
    "week and trend": (100 * WEEK[ROWS % 7] + noise(700, 10) + 3 * ROWS, 7),
    "month and trend": (5 * ROWS[:144] + 20 * sine(144, 12) + noise(144, 5), 12),
    "growing": (np.exp(0.01 * ROWS[:144] + 0.2 * sine(144, 12) + 0.1 * sine(144, 6) + noise(144, 0.03)), 12),
    "curved trend, as in co2": (
        0.00001 * np.arange(1500) ** 2 + 3 * sine(1500, 52.18) + np.cumsum(noise(1500, 0.15)),
        52,
    ),
    "fractional period": (sine(600, 12.4) + noise(600, 0.3), 12),
    "square": (np.sign(sine(400, 15) + 0.01), 15),
    "saw": (ROWS[:400] % 9, 9),
    "spikes": ((ROWS[:600] % 30 == 3) + noise(600, 0.1), 30),
    "day within week": (sine(2016, 24) * np.repeat(np.tile([1, 1, 1, 1, 1, 0.6, 0.6], 12), 24) + noise(2016, 0.2), 24),
    "alternating": (ROWS[:92] % 2, 2),
    "alternating and noise": (ROWS[:92] % 2 + noise(92, 0.2), 2),
    "two peaks in a period": (sine(480, 24) + 1.5 * sine(480, 12) + noise(480, 0.3), 24),
    "noisy and curved trend": (sine(200, 9) + noise(200, 0.7) + 0.002 * ROWS[:200] ** 2, 9),
    "noisy and random walk": (2 * WEEK[ROWS % 7] + noise(700, 0.5) + np.cumsum(noise(700, 0.2, seed=1)), 7),
    "very large": (1e9 + sine(300, 20), 20),
}


@pytest.mark.parametrize(("values", "period"), SERIES.values(), ids=SERIES.keys())
def test_period_is_found(values: np.ndarray, period: int) -> None:
    found = find_seasonality(values)
    assert found is not None
    assert found.period == period
    assert 0 < found.strength <= 1


@pytest.mark.parametrize("share", [0.7, 0.8, 1])
def test_sunspots_have_a_period_of_eleven_years_in_every_training_part(share: float) -> None:
    values = pd.read_csv(ROOT / "data" / "01_raw" / "sunspots.csv")["SUNACTIVITY"].to_numpy()
    found = find_seasonality(values[: int(share * len(values))])
    assert found is not None
    assert found.period in (10, 11)


@pytest.mark.parametrize(
    "values",
    [
        np.ones(100),
        np.arange(100) * 0.1,
        np.arange(100.0) ** 2,
        np.exp(np.arange(100) / 20),
        np.full(50, np.nan),
        (ROWS == 50) * 1.0,
        (ROWS > 250) * 1.0,
        sine(8, 3),
        np.empty(0),
    ],
    ids=["constant", "line", "parabola", "exponential", "NaN", "impulse", "step", "short", "empty"],
)
def test_series_without_a_period(values: np.ndarray) -> None:
    assert find_seasonality(values) is None


def test_the_longest_period_is_a_third_of_the_rows() -> None:
    assert find_seasonality(sine(60, 20)) is not None
    shorter = find_seasonality(sine(59, 20))
    assert shorter is None or shorter.period <= 19


def test_segments_are_detrended_separately_and_missing_values_are_ignored() -> None:
    values = np.concatenate([sine(100, 10) + 50, noise(30), sine(64, 10) - 900])
    values[[3, 17, 18, 140]] = np.nan
    found = find_seasonality(values + noise(194, 0.2), [range(0, 100), range(100, 101), range(130, 194)])
    assert found is not None
    assert found.period == 10


def test_only_the_newest_rows_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seasonality, "MAX_ROWS", 120)
    values = np.concatenate([sine(500, 20), sine(120, 8)])
    assert find_seasonality(values) == find_seasonality(sine(120, 8))
    assert find_seasonality(values, [range(500), range(500, 530), range(530, 620)]) is not None


def test_strength_is_the_autocorrelation_at_the_period() -> None:
    values = sine(3000, 20) + noise(3000, np.sqrt(0.5))  # half of the variance is seasonal
    found = find_seasonality(values)
    assert found is not None
    assert found.strength == pytest.approx(0.5, abs=0.05)
    assert find_seasonality(sine(400, 20) * 3) == Seasonality(20, pytest.approx(1, abs=0.01))


def hourly_load(rows: int, seed: int) -> np.ndarray:
    """A load with two peaks a day, the evening higher, and less on weekends."""
    hours, days = np.arange(rows) % 24, np.arange(rows) // 24 % 7
    day = 4 * np.sin(2 * np.pi * (hours - 8) / 24) + 6 * np.sin(2 * np.pi * (hours - 3) / 12)
    return day * np.where(days > 4, 0.8, 1) - 4 * (days > 4) + 2 * autoregressive(rows, seed)


def temperatures(rows: int, seed: int) -> np.ndarray:
    """Daily temperatures: a year of 365.2425 days, and weather."""
    return 4.5 * sine(rows, 365.2425) + 1.9 * autoregressive(rows, seed, 0.6)


def births(rows: int, seed: int) -> np.ndarray:
    """Daily births: fewer on weekends, in a year and with a trend that are stronger."""
    days = np.arange(rows)
    return 0.3 * days + 600 * sine(rows, 365.25) + 600 * (days % 7 > 1) + 250 * autoregressive(rows, seed, 0.5)


def oil_temperature(rows: int, seed: int) -> np.ndarray:
    """Like the oil temperature of ETTh1: a daily season under a strong random walk."""
    return 2 * sine(rows, 24) + np.cumsum(noise(rows, 0.8, seed))


def pollution(rows: int, seed: int) -> np.ndarray:
    """Hourly concentrations: 5 % of the variance within days is a daily pattern."""
    return np.exp(4 + 0.12 * sine(rows, 24) + 0.22 * autoregressive(rows, seed, 0.96))


def monthly_sunspots(rows: int, seed: int) -> np.ndarray:
    """Cycles of 132 +- 12 months of different heights, and noise that grows with the level."""
    draw = np.random.default_rng(seed)
    cycles = [
        draw.uniform(60, 180) * np.sin(np.pi * np.linspace(0, 1, int(np.clip(draw.normal(132, 12), 100, 170))) ** 0.8)
        for _ in range(rows // 100 + 2)
    ]
    level = np.concatenate(cycles)[50 : rows + 50] ** 2 / 120
    return np.maximum(0, level + (5 + 0.25 * level) * draw.normal(size=rows))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("draw", "rows", "frequency", "expected"),
    [
        (hourly_load, 8760, HOURLY, [24, 168]),
        (hourly_load, 1000, None, [24]),
        (temperatures, 2117, DAILY, [365]),
        (temperatures, 3650, DAILY, [365]),
        (births, 1500, DAILY, [7, 365]),
        (births, 400, DAILY, [7]),
        (births, 1500, None, [7]),
        (oil_temperature, 10_000, HOURLY, [24]),
        (pollution, 10_000, HOURLY, [24]),
    ],
)
def test_seasons_of_simulated_series(
    draw: Callable[[int, int], np.ndarray], rows: int, frequency: Frequency | None, expected: list[int], seed: int
) -> None:
    assert periods(draw(rows, seed), frequency) == expected


@pytest.mark.parametrize("seed", range(5))
def test_cycles_of_varying_length(seed: int) -> None:
    (period,) = periods(monthly_sunspots(1800, seed), MONTHLY)
    assert period == pytest.approx(132, abs=13)


def read(name: str) -> np.ndarray:
    return pd.read_csv(ROOT / "data" / "01_raw" / name).iloc[:, 1:].to_numpy(np.float64).ravel()


@pytest.mark.parametrize("share", [0.5, 0.6, 1])
@pytest.mark.parametrize(
    ("name", "frequency", "period"),
    [("co2.csv", WEEKLY, 52), ("elnino.csv", MONTHLY, 12), ("co2.csv", None, 52), ("elnino.csv", None, 12)],
)
def test_seasons_of_shipped_tables(name: str, frequency: Frequency | None, period: int, share: float) -> None:
    values = read(name)
    assert periods(values[: int(share * len(values))], frequency) == [period]


def conditional_noise(rows: int, seed: int) -> np.ndarray:
    """GARCH(1, 1): the variance depends on the squares before, as in returns of stocks."""
    values = noise(rows + 200, seed=seed)
    variance = 1.0
    for row, shock in enumerate(values):
        values[row] = shock * np.sqrt(variance)
        variance = 0.05 + 0.1 * values[row] ** 2 + 0.85 * variance
    return values[200:]


NULL = {
    "white noise": lambda rows, seed: noise(rows, seed=seed),
    "random walk": lambda rows, seed: np.cumsum(noise(rows, seed=seed)),
    "random walk with drift": lambda rows, seed: np.cumsum(noise(rows, seed=seed) + 0.3),
    "GARCH": conditional_noise,
    "stock price": lambda rows, seed: np.exp(0.01 * np.cumsum(conditional_noise(rows, seed))),
    "random walk and noise": lambda rows, seed: np.cumsum(noise(rows, seed=seed)) + noise(rows, 3, seed + 1000),
    "AR(1), -0.99": lambda rows, seed: autoregressive(rows, seed, -0.99),
    "AR(1), -0.5": lambda rows, seed: autoregressive(rows, seed, -0.5),
    "AR(1), 0.5": lambda rows, seed: autoregressive(rows, seed, 0.5),
    "AR(1), 0.9": autoregressive,
    "AR(1), 0.99": lambda rows, seed: autoregressive(rows, seed, 0.99),
}


@pytest.mark.parametrize("draw", NULL.values(), ids=NULL)
@pytest.mark.parametrize(
    ("rows", "n_series", "frequencies"),
    [
        (100, 100, [None, DAILY]),
        pytest.param(60, 200, FREQUENCIES, marks=pytest.mark.slow),
        pytest.param(300, 200, FREQUENCIES, marks=pytest.mark.slow),
        pytest.param(1200, 200, [None, DAILY], marks=pytest.mark.slow),
    ],
)
def test_false_alarms(
    draw: Callable[[int, int], np.ndarray], rows: int, n_series: int, frequencies: list[Frequency | None]
) -> None:
    series = [draw(rows, seed) for seed in range(n_series)]
    for frequency in frequencies:
        alarms = sum(bool(find_seasons(values, frequency)) for values in series)
        assert alarms <= 0.02 * n_series, frequency


def test_a_weak_season_is_none() -> None:
    values = 0.4 * sine(1941, 279) + autoregressive(1941, 0, 0.3)
    assert find_seasons(values, None) == ()
    assert find_seasons(0.02 * sine(5000, 24) + noise(5000), HOURLY) == ()


@pytest.mark.parametrize(
    ("frequency", "expected"),
    [
        (HOURLY, (24, 168)),
        (every(30, "minute"), (48, 336)),
        (every(15, "minute"), (96, 672)),
        (every(1, "minute"), (1440, 10080)),
        (every(1, "second"), (60, 3600, 86400)),
        (DAILY, (7, 365.2425)),
        (WEEKLY, (52.1775,)),
        (every(2, "day"), (182.62125,)),
        (every(9, "day"), ()),
        (MONTHLY, (12,)),
        (Frequency(1, "month ends"), (12,)),
        (QUARTERLY, (4,)),
        (Frequency(6, "months"), (2,)),
        (YEARLY, ()),
        (Frequency(1), ()),
        (None, ()),
    ],
)
def test_usual_periods(frequency: Frequency | None, expected: tuple[float, ...]) -> None:
    assert usual_periods(frequency) == pytest.approx(expected, abs=1e-4)


def test_the_source_of_a_season() -> None:
    values = sine(300, 12) + noise(300, 0.5)
    assert [season.source for season in find_seasons(values, MONTHLY)] == ["frequency"]
    assert [season.source for season in find_seasons(values, WEEKLY)] == ["autocorrelation"]
    assert [season.source for season in resolve_seasons(values, MONTHLY, 7)] == ["setting"]


def test_the_setting_overrules_what_is_found() -> None:
    values = sine(300, 12) + noise(300, 0.1)
    assert resolve_seasons(values, MONTHLY, None) == find_seasons(values, MONTHLY)
    assert [season.period for season in resolve_seasons(values, MONTHLY, [36, 24])] == [24, 36]
    assert resolve_seasons(values, MONTHLY, 1) == resolve_seasons(values, MONTHLY, []) == ()
    assert resolve_seasons(values, None, 12)[0].strength > 0.9
    assert resolve_seasons(values, None, 5)[0].strength < 0.5
    assert resolve_seasons(values, None, 299)[0].strength == 0, "longer than the series allows to measure"


@given(scale=st.floats(1e-100, 1e100), shift=st.floats(-1e3, 1e3), seed=st.integers(0, 9))
def test_seasons_do_not_depend_on_the_unit(scale: float, shift: float, seed: int) -> None:
    values = sine(240, 12) + noise(240, 1, seed)
    assert periods(scale * (values + shift), MONTHLY) == periods(values, MONTHLY)


def test_missing_values_and_outliers() -> None:
    values = sine(1000, 24) + noise(1000, 0.5)
    values[np.random.default_rng(0).random(1000) < 0.3] = np.nan
    values[500] = 1e20
    assert periods(values, HOURLY) == [24]
    assert periods(values, None) == [24]


@pytest.mark.parametrize("frequency", [None, HOURLY])
def test_a_long_series_takes_less_than_half_a_second(frequency: Frequency | None) -> None:
    values = np.cumsum(noise(120_000))
    seconds = []
    for _ in range(3):
        start = time.process_time()
        find_seasons(values, frequency)
        seconds.append(time.process_time() - start)
    assert min(seconds) < 0.5


def test_a_season_of_a_panel_is_one_that_most_series_have() -> None:
    week = [4 * WEEK[ROWS[: 100 + 9 * number] % 7] + noise(100 + 9 * number, 1, number) for number in range(6)]
    walks = [np.cumsum(noise(120, seed=number)) for number in range(6)]
    assert [season.period for season in find_panel_seasons([*week, *walks[:4]], DAILY)] == [7]
    assert find_panel_seasons([*week[:2], *walks], DAILY) == ()
    assert [season.period for season in find_panel_seasons([*week, *walks[:4]], None)] == [7]
    assert find_panel_seasons([*week[:2], *walks], None) == ()
    assert find_panel_seasons([], DAILY) == ()


def test_the_longest_series_of_a_panel_are_inspected() -> None:
    walks = [np.cumsum(noise(60, seed=number)) for number in range(30)]
    week = [WEEK[ROWS % 7] + noise(700, 0.1, number) for number in range(20)]
    assert [season.period for season in find_panel_seasons([*walks, *week], DAILY)] == [7]
