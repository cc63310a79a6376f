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


def test_a_series_without_training_rows_has_the_scale_of_all_series() -> None:
    index = pd.MultiIndex.from_product([["x", "y", "z"], range(3)], names=["sequence", "row"])
    rows = pd.DataFrame({"a": [0.0, 1, 2, 100, 200, 300, 150, 300, 0]}, index)
    scaler = fit("minmax", rows, [range(3), range(3, 6)], scale_per_series=True)
    assert scaler.scale(rows)[6:, 0].tolist() == [0.5, 1, 0]
    groups = scaler.groups(rows.index)
    assert groups.tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    assert scaler.unscale(np.full((9, 1, 1), 0.5), ["a"], groups)[-1, 0, 0] == 150


@pytest.mark.parametrize("kind", ["minmax", "standard", "robust"])
@pytest.mark.parametrize(("value", "span"), [(7.7, 7.7), (-3.0, 3.0), (0.0, 1.0), (0.1, 0.1)])
def test_a_constant_column_is_scaled_to_0_exactly(kind: Any, value: float, span: float) -> None:
    scaler = fit(kind, ROWS.assign(b=value))
    assert (scaler.scale(ROWS.assign(b=value))[:, 1] == 0).all()
    assert scaler.constant_.tolist() == [[False, True]]
    assert scaler.span_[0, 1] == span


def test_equal_quartiles_are_replaced_by_the_standard_deviation() -> None:
    rows = pd.DataFrame({"a": [1.0, 1, 1, 1, 9]})
    scaler = fit("robust", rows, [range(5)])
    assert (scaler.offset_[0, 0], scaler.span_[0, 0]) == (1, pytest.approx(3.2))
    assert not scaler.constant_.any()


def test_a_constant_series_has_its_own_offset_and_the_median_span() -> None:
    index = pd.MultiIndex.from_product([["x", "y"], range(3)], names=["sequence", "row"])
    rows = pd.DataFrame({"a": [0.0, 1, 2, 5, 5, 5]}, index)
    scaler = fit("minmax", rows, [range(3), range(3, 6)], scale_per_series=True)
    assert scaler.offset_[:, 0].tolist() == [0, 5, 0]
    assert scaler.span_[:, 0].tolist() == [2, 2, 5]
    assert scaler.constant_[:, 0].tolist() == [False, True, False]


@pytest.mark.parametrize("kind", ["minmax", "standard", "robust"])
@pytest.mark.parametrize(("size", "offset"), [(1e299, 0.0), (1e-300, 0.0), (1.0, 1e15)])
def test_huge_and_tiny_values_are_scaled_like_others(kind: Any, size: float, offset: float) -> None:
    scaled = fit(kind, ROWS * size + offset).scale(ROWS * size + offset)
    np.testing.assert_allclose(scaled, KINDS[kind], rtol=1e-5 if size != 1 else 0, atol=0 if size != 1 else 0.1)


def test_many_series_are_scaled_like_each_alone() -> None:
    lengths, random = [1, 5, 2, 9, 4], np.random.default_rng(0)
    ids = np.repeat(list("edabc"), lengths)
    index = pd.MultiIndex.from_arrays([ids, np.arange(len(ids))], names=["sequence", "row"])
    rows = pd.DataFrame({"a": random.normal(5, 2, len(ids)), "b": random.normal(0, 1, len(ids))}, index)
    stops = np.cumsum(lengths)
    segments = [range(stop - length, stop) for stop, length in zip(stops.tolist(), lengths, strict=True)]
    for kind in ("minmax", "standard", "robust"):
        together = fit(kind, rows, segments, scale_per_series=True)
        assert together.series == ("e", "d", "a", "b", "c")
        for number, segment in enumerate(segments[1:], start=1):
            alone = fit(kind, rows.iloc[segment.start : segment.stop].droplevel(0), [range(len(segment))])
            np.testing.assert_allclose(together.offset_[number], alone.offset_[0])
            np.testing.assert_allclose(together.span_[number], alone.span_[0])


def test_without_a_scaler_values_must_fit_into_a_network() -> None:
    with pytest.raises(UserError, match=r"Received: 5e\+40 in column b\. Set data\.scaler=standard\."):
        fit("none", ROWS.assign(b=[0, 1, 2, 5e40]))
