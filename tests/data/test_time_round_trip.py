"""Regular times in many formats, shuffled or damaged: read with the same values, or refused where they must be."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from seqframe.config import DataSettings
from seqframe.data.sources import load_data
from seqframe.errors import UserError

FORMATS = (
    "%Y-%m-%d %H:%M:%S",
    "%d/%m/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M",
    "%d.%m.%Y %H:%M",
    "%d-%b-%Y %H:%M:%S",
    "%b %d, %Y %I:%M %p",
    "%Y%m%d %H:%M",
    "%Y/%m/%dT%H:%MZ",
    "seconds",
    "milliseconds",
    "spreadsheet",
)
STEPS = ("D", "h", "15min", "6h", "2D", "B", "MS", "ME", "QS", "QE", "YS", "W-WED", "SMS", "SME", "BME", "office")
DAMAGE = ("none", "shuffle", "reverse", "repeat", "gap", "conflict")


def make_times(step: str, start: pd.Timestamp, rows: int) -> pd.DatetimeIndex:
    if step == "office":
        days = pd.date_range(start, periods=rows // 5 + 8, freq="B")
        return pd.DatetimeIndex([day + pd.Timedelta(hours=8 + hour) for day in days for hour in range(7)])
    return pd.DatetimeIndex(list(pd.date_range(start, periods=min(rows, 50) if step == "YS" else rows, freq=step)))


def write(times: pd.DatetimeIndex, form: str) -> Any:
    if form in ("seconds", "milliseconds"):
        return times.as_unit("s" if form == "seconds" else "ms").asi8
    if form == "spreadsheet":
        return ((times - pd.Timestamp("1899-12-30")) / pd.Timedelta(days=1)).to_numpy().round(7)
    return times.strftime(form)


def damage_rows(damage: str, rows: int, rng: np.random.Generator) -> np.ndarray:
    """Numbers of the rows that the damaged table has, in its order."""
    row, order = int(rng.integers(5, rows - 5)), np.arange(rows)
    changed = {
        "shuffle": rng.permutation(rows),
        "reverse": order[::-1],
        "repeat": np.insert(order, row, row),
        "conflict": np.insert(order, row, row),
        "gap": np.delete(order, row),
    }
    return changed.get(damage, order)


@pytest.mark.parametrize("seed", range(60))
def test_a_table_is_read_back(seed: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(seed)
    step, form, damage = (str(rng.choice(names)) for names in (STEPS, FORMATS, DAMAGE))
    start = pd.Timestamp("1990-01-01") + pd.Timedelta(days=int(rng.integers(6000)))
    times = make_times(step, start, int(rng.integers(40, 150)))
    values = rng.normal(size=len(times)).round(3)
    rows = damage_rows(damage, len(times), rng)
    table = pd.DataFrame({"date": write(times[rows], form), "x": values[rows]})
    if damage == "conflict":
        table.loc[int(np.flatnonzero(np.diff(rows) == 0)[0]), "x"] += 1
    table.to_csv(tmp_path / "a.csv", index=False)
    settings = DataSettings(sequence_length=5, path=str(tmp_path / "a.csv"), time_column="date", target="x")
    try:
        df = load_data(settings).df
    except UserError as error:
        message = str(error)
        unclear = "which number is the day" in message and (times.day <= 12).all()
        refused = damage == "conflict" or (damage == "gap" and step not in ("B", "office"))
        if not (unclear or refused) or "\n" in message or len(message) > 300:
            raise
        return
    assert damage != "conflict"
    found = df.index.tz_localize(None) if df.index.tz is not None else df.index
    expected = pd.Series(values, times)
    if damage == "gap":  # a holiday, which repeats the row before
        missing = int(np.setdiff1d(np.arange(len(times)), rows)[0])
        expected.iloc[missing] = values[missing - 1]
    assert (found.as_unit("us") == times.as_unit("us")).all()
    np.testing.assert_allclose(df["x"], expected)
