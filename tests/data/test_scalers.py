from typing import Any

import numpy as np
import pandas as pd
import pytest

from seqframe.config import DataSettings
from seqframe.data import scalers as scaling
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


def fit(kind: Any, rows: pd.DataFrame = ROWS, runs: list[range] | None = None, **others: Any) -> Scaler:
    return fit_scaler(rows, runs or ALL_ROWS, DataSettings(sequence_length=5, scaler=kind, **others))


@pytest.mark.parametrize(("kind", "expected"), KINDS.items())
def test_scales_column_by_column_and_back(kind: Any, expected: Any) -> None:
    scaler = fit(kind)
    scaled = scaler.scale(ROWS)  # (rows, columns)
    np.testing.assert_allclose(scaled, expected, rtol=1e-6)
    np.testing.assert_allclose(scaler.unscale(scaled, ["a", "b"]), ROWS, atol=1e-5)
    swapped = scaler.unscale(scaled[:, None, [1, 0]], ["b", "a"])  # (rows, 1, columns)
    np.testing.assert_allclose(swapped[:, 0], ROWS[["b", "a"]], atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_a_long_table_is_scaled_chunk_by_chunk(kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    at_once = fit(kind)
    monkeypatch.setattr(scaling, "CHUNK", 3)
    by_chunks = fit(kind)
    np.testing.assert_allclose(by_chunks.span_, at_once.span_)
    assert (by_chunks.scale(ROWS) == at_once.scale(ROWS)).all()


def test_no_scaling_changes_no_bit() -> None:
    assert (fit("none").scale(ROWS) == ROWS.to_numpy(np.float32)).all()


@pytest.mark.parametrize("kind", ["minmax", "standard", "robust"])
def test_only_the_rows_trained_on_are_measured(kind: Any) -> None:
    runs = [range(2), range(3, 4)]
    expected = fit(kind, ROWS.drop(index=2).reset_index(drop=True), [range(3)])
    found = fit(kind, ROWS.replace({4.0: 1e9, 30.0: -1e9}), runs)
    assert (found.offset_ == expected.offset_).all()
    assert (found.span_ == expected.span_).all()


def test_every_series_may_have_a_scale_of_its_own() -> None:
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
def test_a_constant_column_is_refused(kind: Any) -> None:
    rows = ROWS.assign(b=7.7)
    with pytest.raises(UserError, match=r"needs a column that changes .*Received: b, which is 7.7 in every row"):
        fit(kind, rows)
    fit("none", rows)  # without scaling there is nothing to divide by


def test_equal_quartiles_are_refused() -> None:
    rows = pd.DataFrame({"a": [1.0, 1, 1, 1, 9]})
    with pytest.raises(UserError, match="Received: a, whose quartiles are equal"):
        fit("robust", rows, [range(5)])


def test_a_constant_series_is_named() -> None:
    index = pd.MultiIndex.from_product([["x", "y"], range(3)], names=["sequence", "row"])
    rows = pd.DataFrame({"a": [0.0, 1, 2, 5, 5, 5]}, index)
    with pytest.raises(UserError, match="Received: a of series y, which is 5.0 in every row"):
        fit("standard", rows, [range(3), range(3, 6)], scale_per_series=True)
