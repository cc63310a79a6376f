"""The frame table for people: a line a sample, in place of a line a cell."""

import pandas as pd

MOST_CELLS, FIRST_CELLS = 12, 4  # of a sample; of more than the most, these and the last
MIDNIGHT = " 00:00:00"


def write_samples(frame: pd.DataFrame, most: int) -> pd.DataFrame:
    """Which row stands where, by its name: sample, X and y, in X a pair of brackets for each timestep.

    Of more than `most` samples the last line is an ellipsis.
    """
    samples = sorted(frame["sample"].unique())
    lines = [
        {"sample": str(sample)} | {array: _write_cells(of_sample[of_sample["array"] == array]) for array in ("X", "y")}
        for sample, of_sample in frame[frame["sample"].isin(samples[:most])].groupby("sample", sort=True)
    ]
    more = [{"sample": "…", "X": "", "y": ""}] * (len(samples) > most)
    return pd.DataFrame(lines + more, dtype=object)


def _write_cells(cells: pd.DataFrame) -> str:
    """The rows of one sample, by name, with the column where there are several; of many, the first and the last."""
    rows = [str(row).replace(MIDNIGHT, "") for row in cells["row"]]
    if cells["column"].nunique() > 1:
        rows = [f"{row}.{column}" for row, column in zip(rows, cells["column"], strict=True)]
    if not (cells["timestep"] < 0).all():
        steps = pd.Series(rows).groupby(cells["timestep"].to_numpy()).agg(list)
        rows = [f"[{' '.join(_shorten(step))}]" for step in steps]
    return " ".join(_shorten(rows))


def _shorten(words: list[str]) -> list[str]:
    return words if len(words) <= MOST_CELLS else [*words[:FIRST_CELLS], "…", words[-1]]
