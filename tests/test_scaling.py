from typing import Any

import numpy as np
import pandas as pd
import pytest

from seqframe.config import Problem
from seqframe.errors import UserError
from seqframe.scaling import fit_scaler

ROWS = pd.DataFrame({"a": [1.0, 2.0, 4.0], "b": [-10.0, 0.0, 30.0]})


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("none", ROWS.to_numpy()),
        ("minmax", [[0, 0], [1 / 3, 0.25], [1, 1]]),
        ("standard", ((ROWS - ROWS.mean()) / ROWS.std(ddof=0)).to_numpy()),
    ],
)
def test_scales_column_by_column_and_back(kind: Any, expected: Any) -> None:
    scaler = fit_scaler(ROWS, Problem(length=5, scaling=kind))
    scaled = scaler.scale(ROWS)
    np.testing.assert_allclose(scaled, expected)
    np.testing.assert_allclose(scaler.unscale(scaled.to_numpy(), ["a", "b"]), ROWS)
    np.testing.assert_allclose(scaler.unscale(scaled[["b"]].to_numpy(), ["b"]), ROWS[["b"]])


def test_no_scaling_changes_no_bit() -> None:
    scaler = fit_scaler(ROWS, Problem(length=5))
    assert scaler.scale(ROWS).equals(ROWS)


def test_a_constant_column_is_refused() -> None:
    rows = ROWS.assign(b=7.0)
    with pytest.raises(UserError, match="needs a column that changes. Received: b, which is 7.0 in every row"):
        fit_scaler(rows, Problem(length=5, scaling="minmax"))
    fit_scaler(rows, Problem(length=5))  # without scaling there is nothing to divide by
