"""Codes for missing values, typing errors, and numbers beyond float64."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from seqframe.config import DataSettings
from seqframe.data.extremes import check_extreme_values, find_code, find_ends, find_outlier
from seqframe.data.time_index import SourceRow
from seqframe.errors import UserError

RANDOM = np.random.default_rng(0)
USUAL = RANDOM.normal(50, 5, 200)
COUNTS = np.where(RANDOM.random(500) < 0.95, 0, RANDOM.integers(1, 5000, 500)).astype(float)


def check(values: Any, name: str = "y") -> None:
    df = pd.DataFrame({name: np.asarray(values, np.float64)})
    check_extreme_values(df, DataSettings(sequence_length=5, path="t.csv"), SourceRow("t.csv"))


LEGITIMATE = {
    "heavy tails": RANDOM.standard_cauchy(20_000),
    "very heavy tails": RANDOM.pareto(0.5, 5000),
    "lognormal": RANDOM.lognormal(0, 3, 2000),
    "intermittent counts": COUNTS,
    "one large count": [*np.zeros(400), 1, 2, 3, 5000],
    "one sale": [*np.zeros(100), 1],
    "two series of different levels": [*USUAL, *(1e9 + 1e7 * USUAL)],
    "closed on holidays": [*RANDOM.normal(1000, 20, 300), *np.zeros(10)],
    "counts with 999": RANDOM.integers(0, 2000, 3000),
    "a code among other values": [*RANDOM.normal(0, 1000, 5000), -999],
    "constant": np.full(100, 5.0),
    "constant and large": np.full(100, 2.0**60),
    "large offset": 1e15 + np.round(RANDOM.normal(0, 10, 200)),
    "huge": USUAL * 1e298,
    "tiny": USUAL * 1e-300,
    "missing": np.full(100, np.nan),
    "few rows": [1.0, 2.0, 1e20],
    "labels": [0, 1, 999] * 20,
}


@pytest.mark.parametrize("kind", LEGITIMATE)
def test_legitimate_values_are_accepted(kind: str) -> None:
    check(LEGITIMATE[kind])


@pytest.mark.parametrize(
    ("values", "code", "count"),
    [
        ([*USUAL, -999, -999], -999, 2),
        ([*USUAL, -999.9], -999.9, 1),
        ([*USUAL, 99999], 99999, 1),
        ([*USUAL, 9999, np.nan], 9999, 1),
        ([*RANDOM.uniform(-20, 40, 200), 999.9], 999.9, 1),
        ([*RANDOM.uniform(0, 12, 200), -200, -200, -200], -200, 3),
        ([*RANDOM.uniform(0, 5000, 200), -999], -999, 1),  # negative where no other value is
        ([*USUAL, -999, -9999], -9999, 1),
        ([*USUAL, -888, -999], -999, 1),
        ([*USUAL, 1e20], 1e20, 1),
        ([*USUAL, -32768], -32768, 1),
    ],
)
def test_codes_for_missing_values_are_found(values: Any, code: float, count: int) -> None:
    array = np.asarray(values, np.float64)
    found = find_code(array, find_ends(array))
    assert found is not None
    assert (found.value, len(found.rows)) == (code, count)
    with pytest.raises(UserError) as raised:
        check(values)
    assert len(str(raised.value)) <= 300


@pytest.mark.parametrize(
    ("values", "outlier", "count"),
    [
        ([*USUAL, 1e12], 1e12, 1),
        ([*USUAL, -1e12], -1e12, 1),
        ([*USUAL, 1e12, 3e12], 1e12, 2),
        ([*COUNTS, 1e15], 1e15, 1),
        ([*np.full(200, 5.0), 1e12], 1e12, 1),
    ],
)
def test_outliers_are_found(values: Any, outlier: float, count: int) -> None:
    array = np.asarray(values, np.float64)
    found = find_outlier(array, find_ends(array))
    assert found is not None
    assert (found.value, len(found.rows)) == (outlier, count)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            [*USUAL[:4], -999, *USUAL[4:]],
            "Column y of t.csv holds -999 in 1 row, far outside the other values "
            f"({USUAL.min():g} to {USUAL.max():g}); "
            "the first is row 5. Set data.csv.na_values=-999 if it means missing, or data.csv.na_values=[] if it is a "
            "value.",
        ),
        ([*USUAL, 1e12], "Received: 1e+12 in column y of t.csv, row 201. Correct it, or set data.csv.na_values=1e+12"),
        ([1, 2, 5e305], "Values must be at most 1e+300. Received: 5e+305 in column y of t.csv, row 3. Use a larger"),
        (2.0**60 + np.array([0.0, 256, 512]), "Received: 1.152921504606847e+18 to 1.1529215046068475e+18 in column y"),
    ],
)
def test_an_extreme_value_is_one_line_that_names_it(values: Any, message: str) -> None:
    with pytest.raises(UserError) as raised:
        check(values)
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)
