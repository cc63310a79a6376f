from typing import Any

import numpy as np
import pandas as pd
import pytest

from seqframe.config import DataSettings
from seqframe.data import scalers
from seqframe.data.scalers import Scaler, fit_scaler
from seqframe.errors import UserError

ROWS = pd.DataFrame({"a": [1.0, 2.0, 4.0, 5.0], "b": [-10.0, 0.0, 30.0, 50.0]})
ALL_ROWS = [range(4)]
KINDS = {
    "none": ROWS.to_numpy(),
    "minmax": ((ROWS - ROWS.min()) / (ROWS.max() - ROWS.min())).to_numpy(),
    "standard": ((ROWS - ROWS.mean()) / ROWS.std(ddof=0)).to_numpy(),
    "robust": ((ROWS - ROWS.median()) / (ROWS.quantile(0.75) - ROWS.quantile(0.25))).to_numpy(),
}


def fit(kind: Any, rows: pd.DataFrame = ROWS, segments: list[range] | None = None, **others: Any) -> Scaler:
    return fit_scaler(rows, segments or ALL_ROWS, DataSettings(sequence_length=5, scaler=kind, **others))


@pytest.mark.parametrize(("kind", "expected"), KINDS.items())
def test_scale_and_unscale(kind: Any, expected: Any) -> None:
    scaler = fit(kind)
    scaled = scaler.scale(ROWS)  # (rows, columns)
    np.testing.assert_allclose(scaled, expected, rtol=1e-6)
    np.testing.assert_allclose(scaler.unscale(scaled, ["a", "b"]), ROWS, atol=1e-5)
    swapped = scaler.unscale(scaled[:, None, [1, 0]], ["b", "a"])  # (rows, 1, columns)
    np.testing.assert_allclose(swapped[:, 0], ROWS[["b", "a"]], atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_chunks_do_not_change_the_result(kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = fit(kind)
    monkeypatch.setattr(scalers, "CHUNK", 3)
    by_chunks = fit(kind)
    np.testing.assert_allclose(by_chunks.span_, whole.span_)
    assert (by_chunks.scale(ROWS) == whole.scale(ROWS)).all()


def test_scaler_none_is_the_identity() -> None:
    assert (fit("none").scale(ROWS) == ROWS.to_numpy(np.float32)).all()


@pytest.mark.parametrize("kind", ["minmax", "standard", "robust"])
def test_the_scaler_is_fitted_on_training_rows_only(kind: Any) -> None:
    segments = [range(2), range(3, 4)]
    expected = fit(kind, ROWS.drop(index=2).reset_index(drop=True), [range(3)])
    found = fit(kind, ROWS.replace({4.0: 1e9, 30.0: -1e9}), segments)
    assert (found.offset_ == expected.offset_).all()
    assert (found.span_ == expected.span_).all()


def test_scale_per_series() -> None:
    index = pd.MultiIndex.from_product([["x", "y"], range(3)], names=["sequence", "row"])
    rows = pd.DataFrame({"a": [0.0, 1, 2, 100, 200, 300]}, index)
    scaler = fit("minmax", rows, [range(3), range(3, 6)], scale_per_series=True)
    assert scaler.scale(rows)[:, 0].tolist() == [0, 0.5, 1, 0, 0.5, 1]
    groups = scaler.groups(rows.index)
    assert scaler.unscale(np.full((6, 1, 1), 0.5), ["a"], groups)[:, 0, 0].tolist() == [1, 1, 1, 200, 200, 200]
    together = fit("minmax", rows, [range(3), range(3, 6)])
    assert together.scale(rows)[-1] == 1
    with pytest.raises(UserError, match="Received: none of series y"):
        fit("minmax", rows, [range(3)], scale_per_series=True).scale(rows)


@pytest.mark.parametrize("kind", ["minmax", "standard"])
def test_a_constant_column_raises(kind: Any) -> None:
    rows = ROWS.assign(b=7.7)
    message = r"needs a column that is not constant .*Received: b, which is 7.7 in every row"
    with pytest.raises(UserError, match=message):
        fit(kind, rows)
    fit("none", rows)  # no division without scaling


def test_equal_quartiles_raise() -> None:
    rows = pd.DataFrame({"a": [1.0, 1, 1, 1, 9]})
    with pytest.raises(UserError, match="Received: a, whose quartiles are equal"):
        fit("robust", rows, [range(5)])


def test_a_constant_series_raises() -> None:
    index = pd.MultiIndex.from_product([["x", "y"], range(3)], names=["sequence", "row"])
    rows = pd.DataFrame({"a": [0.0, 1, 2, 5, 5, 5]}, index)
    with pytest.raises(UserError, match="Received: a of series y, which is 5.0 in every row"):
        fit("standard", rows, [range(3), range(3, 6)], scale_per_series=True)
