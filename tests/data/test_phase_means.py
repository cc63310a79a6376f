import numpy as np
import pytest

from seqframe.data.phase_means import check_alternation, check_period, moving_trend


def noise(rows: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=rows)


def pattern(rows: int, period: int, seed: int = 0) -> np.ndarray:
    values = noise(period, seed)
    return ((values - values.mean()) / values.std())[np.arange(rows) % period]


@pytest.mark.parametrize("period", [3, 4, 7, 12, 24])
def test_the_share_of_the_variance(period: int) -> None:
    check = check_period(pattern(4000, period) + noise(4000, 1), period)
    assert check.share == pytest.approx(1 / (2 - 1 / period), abs=0.05), "the trend takes 1 / period of the noise"
    assert check.p_value < 1e-6


def test_a_multiple_of_the_period_explains_nothing_of_its_own() -> None:
    values = pattern(2400, 12) + noise(2400, 1)
    multiple = check_period(values, 24)
    assert multiple.share == pytest.approx(check_period(values, 12).share, abs=0.05)
    assert multiple.own_share < 0.02
    assert multiple.p_value > 0.01


def test_p_values_of_noise_are_uniform_or_larger() -> None:
    p_values = np.array([check_period(noise(300, seed), 12).p_value for seed in range(400)])
    assert np.mean(p_values < 0.05) < 0.08
    assert np.mean(p_values < 0.01) < 0.025


def test_a_period_need_not_be_whole() -> None:
    values = np.sin(2 * np.pi * np.arange(5200) / 52.1775)
    assert check_period(values + noise(5200), 52.1775).share > check_period(values + noise(5200), 52).share + 0.1


def test_fewer_than_three_periods_show_no_season() -> None:
    assert check_period(pattern(35, 12), 12).p_value == 1
    assert check_period(pattern(36, 12), 12).p_value < 0.01


def test_the_moving_trend_of_a_line_and_a_season_is_the_line() -> None:
    line = 3 - 0.5 * np.arange(100)
    for period in (7, 12):
        trend = moving_trend(line + pattern(100, period), period)
        assert trend[period:-period] == pytest.approx(line[period:-period])
    assert moving_trend(line, 12) == pytest.approx(line)
    assert np.isfinite(moving_trend(np.where(np.arange(100) == 50, np.nan, line), 12)).all()


def test_alternation_is_more_than_negative_autocorrelation() -> None:
    alternating = np.arange(200) % 2 - 0.5
    assert check_alternation(alternating + 0.5 * noise(200)).p_value < 1e-6
    assert check_alternation(alternating).share == pytest.approx(1)
    values = noise(400)
    for row in range(1, 400):
        values[row] -= 0.95 * values[row - 1]
    assert check_alternation(values[200:]).p_value > 1e-3
