"""Covariates that contain the future of a target, such as a column with tomorrow's value."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqframe.data.windows import Floats

MIN_CORRELATION = 0.9999
MAX_SHARE = 0.01  # unexplained variance, relative to what the own past of the target leaves unexplained
MIN_UNEXPLAINED = 1e-6  # variance that the own past must leave: less is a trend or a season without noise
MIN_ROWS = 20
MAX_ROWS = 100_000  # newest rows that are inspected


def find_leaks(
    df: pd.DataFrame, parts: Sequence[range], features: Sequence[str], targets: Sequence[str], horizon: int, season: int
) -> list[str]:
    """One sentence for each feature that looks like a target some rows later, within the horizon.

    The feature is a linear function of the later target, and its own past, up to a season, is none: the correlation
    is above 0.9999, and the feature leaves less than a hundredth of the variance unexplained that the past leaves.
    `parts` are training rows of (rows, columns); future covariates are not among the features.
    """
    values = {name: df[name].to_numpy(np.float64) for name in {*features, *targets}}
    rows, numbers = _newest_rows(parts)
    sentences = []
    for feature in features:
        for target in targets:
            found = _find_step(values[feature][rows], values[target][rows], numbers, horizon, season)
            if feature not in targets and found is not None:
                step, correlation = found
                others = ",".join(name for name in features if name != feature)
                sentences.append(
                    f"Column {feature} looks like {target} {'of the next row' if step == 1 else f'{step} rows later'} "
                    f"(correlation {correlation:.4f}). If it is not known when a forecast is made, exclude it: "
                    f"data.features=[{others}]."
                )
                break
    return sentences


def _newest_rows(parts: Sequence[range]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Row numbers of the newest parts, and the number of the part of each row: both (rows,)."""
    rows = np.concatenate([np.arange(each.start, each.stop) for each in parts])
    numbers = np.repeat(np.arange(len(parts)), [len(each) for each in parts])
    return rows[-MAX_ROWS:], numbers[-MAX_ROWS:]


def _find_step(
    feature: Floats, target: Floats, numbers: NDArray[np.intp], horizon: int, season: int
) -> tuple[int, float] | None:
    """The number of rows, from 1 to the horizon, that a feature is ahead of the target, and their correlation."""
    for step in range(1, horizon + 1):
        correlation = _lagged_correlation(feature, target, numbers, step)
        if abs(correlation) <= MIN_CORRELATION:
            continue
        own = max(abs(_lagged_correlation(target, target, numbers, step + lag)) for lag in range(season))
        if 1 - correlation**2 < MAX_SHARE * (1 - own**2) and 1 - own**2 > MIN_UNEXPLAINED:
            return step, correlation
    return None


def _lagged_correlation(first: Floats, second: Floats, numbers: NDArray[np.intp], lag: int) -> float:
    """Correlation of `first` with `second` some rows later in the same part: all (rows,); 0 with too few pairs."""
    x, y = first[:-lag], second[lag:]
    valid = (numbers[lag:] == numbers[:-lag]) & ~np.isnan(x) & ~np.isnan(y)
    if valid.sum() < MIN_ROWS:
        return 0.0
    x, y, part = x[valid], y[valid], numbers[lag:][valid]
    x, y = (_deviations(each, part) for each in (x, y))
    size = np.sqrt((x @ x) * (y @ y))
    return float(x @ y / size) if size > 0 else 0.0


def _deviations(values: Floats, part: NDArray[np.intp]) -> Floats:
    """Deviations from the mean of each part, at most 1: (rows,)."""
    largest = np.abs(values).max()
    scaled = values / largest if largest > 0 else values
    counts = np.bincount(part)
    means = np.bincount(part, scaled) / np.maximum(counts, 1)
    deviations: Floats = scaled - means[part]
    largest = np.abs(deviations).max()
    return deviations / largest if largest > 0 else deviations
