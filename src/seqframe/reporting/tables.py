"""Tables for people, as data frames."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqframe.config import Settings
from seqframe.data.dataset import TRAIN
from seqframe.evaluation.backtest import BacktestRuns, ModelForecasts
from seqframe.evaluation.evaluate import Scores, format_first_sequence
from seqframe.evaluation.folds import Folds
from seqframe.evaluation.leaderboard import forecast_metrics, half_widths
from seqframe.evaluation.metrics import wilson_interval
from seqframe.framings import FRAMINGS
from seqframe.networks.spec import NetworkSpec
from seqframe.training.events import TrainingHistory


def layer_table(spec: NetworkSpec, keras_counts: dict[str, int]) -> pd.DataFrame:
    """One row a layer: its shapes (of one sample), the arithmetic of its parameters, and Keras' count beside it."""
    lines = []
    for name, (layer, shape) in spec.layers().items():
        param_count = layer.param_count(shape)
        lines.append(
            {
                "framing": spec.framing,
                "layer": name,
                "kind": str(layer),
                "input_shape": str(shape),
                "output_shape": str(layer.output_shape(shape)),
                "formula": param_count.formula,
                "substituted": param_count.substituted,
                "parameters": param_count.value,
                "keras_counts": keras_counts[name],
            }
        )
    return pd.DataFrame(lines)


def format_param_sum(layers: pd.DataFrame) -> str:
    """The parameters of a network as a sum, layer by layer, without those that have none: `140 + 6 = 146`."""
    counts = layers["parameters"][layers["parameters"] > 0]
    return f"{' + '.join(map(str, counts))} = {counts.sum()}"


def summarize_run(
    framing: str,
    X: NDArray[Any],
    y: NDArray[Any],
    layers: pd.DataFrame,
    history: TrainingHistory,
    predictions: pd.DataFrame,
    scores: Scores,
) -> dict[str, Any]:
    """One line of the comparison: scores in physical units, the loss in scaled ones."""
    return {
        "framing": framing,
        "X": str(X.shape),
        "y": str(y.shape),
        "parameters": format_param_sum(layers),
        "epochs": len(history.losses),
        "final_loss": history.losses[-1],
        **_in_one_line(scores),
        "predicted": format_first_sequence(predictions),
    }


def comparison(summaries: Sequence[dict[str, Any]], naive: str, baseline_scores: Scores) -> pd.DataFrame:
    """One row a framing, and a last one for the naive answer, which has scores alone."""
    return pd.DataFrame([*summaries, {"framing": naive, **_in_one_line(baseline_scores)}])


def skipped_table(settings: Settings) -> pd.DataFrame:
    """The framings that cannot pose what the settings ask for, and why."""
    reasons = {framing.name: framing.unsupported_reason(settings) for framing in FRAMINGS}
    return pd.DataFrame(
        [(name, f"{name} {reason}") for name, reason in reasons.items() if reason], columns=["framing", "reason"]
    )


def _in_one_line(scores: Scores) -> dict[str, float]:
    """Scores on the rows trained on by their names, and on unseen rows with the part before the name."""
    return {
        metric if part == TRAIN else f"{part}_{metric}": value
        for part, metrics in scores.items()
        for metric, value in metrics.items()
    }


def seed_summary(studies: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """How many seeds learnt every value to one decimal, with a 95 % interval of the share, and their final losses."""
    lines = []
    for study in studies:
        learnt, seeds = int(study["all_within_0.05"].sum()), len(study)
        low, high = wilson_interval(learnt, seeds)
        lines.append(
            {
                "framing": study["framing"].iloc[0],
                "seeds": seeds,
                "learnt": learnt,
                "share": learnt / seeds,
                "share_low": low,
                "share_high": high,
                "median_loss": study["final_loss"].median(),
                "smallest_loss": study["final_loss"].min(),
                "largest_loss": study["final_loss"].max(),
            }
        )
    return pd.DataFrame(lines)


# Tables of a backtest.


def tabulate_forecasts(entry: ModelForecasts, folds: Folds) -> pd.DataFrame:
    """One line a forecast value, in physical units, with its interval, its origin, its lead, and the row it is of.

    `truth` is empty where it is not known. Runs of an entry are averaged.
    """
    actuals, mean, widths = folds.actuals(), entry.test.mean(axis=0), half_widths(entry, folds).mean(axis=0)
    origins, leads, targets = actuals.shape
    each = np.repeat(np.arange(origins), leads * targets)
    about = folds.origins.iloc[each].reset_index(drop=True)
    rows = np.concatenate([dataset.test.targets for dataset in folds.datasets])  # (origins, leads)
    names = folds.newest.df.index.get_level_values(-1)
    return pd.DataFrame(
        {
            "fold": about["fold"],
            "sequence": about["sequence"],
            "origin": about["row"],
            "horizon_step": np.tile(np.repeat(np.arange(1, leads + 1), targets), origins),
            "row": names[np.repeat(rows.reshape(-1), targets)],
            "column": np.tile(folds.newest.targets, origins * leads),
            "actual": actuals.reshape(-1),
            "prediction": mean.reshape(-1),
            "low": (mean - widths).reshape(-1),
            "high": (mean + widths).reshape(-1),
        }
    )


def newest_part(forecasts: pd.DataFrame) -> pd.DataFrame:
    """The forecasts of the newest test part, of its first sequence and column."""
    newest = forecasts[forecasts["fold"] == forecasts["fold"].max()]
    first = newest.iloc[0]
    return newest[(newest["sequence"] == first["sequence"]) & (newest["column"] == first["column"])]


def pick_forecasts(forecasts: pd.DataFrame) -> list[pd.DataFrame]:
    """Forecasts of the newest part that do not overlap, from the newest back: a table each, its rows in order."""
    by_origin = [each.sort_values("row") for _, each in newest_part(forecasts).groupby("origin", sort=True)]
    picked: list[pd.DataFrame] = []
    for each in reversed(by_origin):
        if not picked or each["row"].iloc[-1] < picked[0]["row"].iloc[0]:
            picked.insert(0, each)
    return picked


def list_actuals(forecasts: pd.DataFrame) -> pd.Series:
    """The truth of the rows that `pick_forecasts` picks from, by row, in order."""
    return newest_part(forecasts).drop_duplicates("row").sort_values("row").set_index("row")["actual"]


def summarize_backtest(attempts: BacktestRuns, folds: Folds) -> dict[str, dict[str, float]]:
    """The scores of one network and of the mean over the seeds, and what they cost, by group and name."""
    one, mean = attempts.forecasts()
    epochs = float(np.mean([len(attempt.history.losses) for attempt in attempts.each]))
    return {
        "test": forecast_metrics(one, folds),
        "test_ensemble": forecast_metrics(mean, folds),
        "cost": {name: value for name, value in one.costs.items() if name != "parameters"} | {"epochs": epochs},
    }


# The frame table for people: a line a sample, in place of a line a cell.

MOST_CELLS, FIRST_CELLS = 12, 4  # of a sample; of more than the most, these and the last
MIDNIGHT = " 00:00:00"


def format_samples(frame: pd.DataFrame, most: int) -> pd.DataFrame:
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


# Tables as Markdown has them.


def markdown_table(table: pd.DataFrame) -> str:
    """A table as Markdown has it, numbers to three digits and to the right.

    >>> print(markdown_table(pd.DataFrame({"framing": ["dense"], "error": [0.012345]})))
    | framing | error |
    |---|---:|
    | dense | 0.0123 |
    """
    numeric = [pd.api.types.is_numeric_dtype(table[name]) for name in table]
    rules = ["---:" if is_number else "---" for is_number in numeric]
    cells = [[format_number(cell) for cell in row] for row in table.itertuples(index=False)]
    lines = [[str(name) for name in table], *cells]
    head, *rest = ("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
    return "\n".join([head, f"|{'|'.join(rules)}|", *rest])


def format_number(value: object) -> str:
    """A number to three digits, whole ones whole; nothing where there is none; anything else as it is.

    >>> format_number(1234.0), format_number(0.012345), format_number(float("nan")), format_number("dense")
    ('1234', '0.0123', '', 'dense')
    """
    if not isinstance(value, float):  # NumPy's float64 is one
        return str(value)
    if pd.isna(value):
        return ""
    return f"{value:.0f}" if value.is_integer() or abs(value) >= 1000 else f"{value:.3g}"
