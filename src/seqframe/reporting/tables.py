"""Result tables as data frames, and their text for Markdown."""

from collections.abc import Collection, Mapping, Sequence
from math import prod
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqframe.config import Settings
from seqframe.data.bounds import clip_to_bounds
from seqframe.data.dataset import TRAIN
from seqframe.data.forecast_times import MAX_TABLE_VALUES
from seqframe.evaluation.backtest import BacktestRuns, ModelForecasts
from seqframe.evaluation.calibration import half_widths
from seqframe.evaluation.costs import TimedRun
from seqframe.evaluation.evaluate import Scores, format_first_sequence
from seqframe.evaluation.folds import Folds
from seqframe.evaluation.leaderboard import forecast_metrics
from seqframe.evaluation.metrics import wilson_interval
from seqframe.framings import candidate_framings
from seqframe.networks.spec import NetworkSpec
from seqframe.training.events import TrainingHistory

MAX_DRAWN = 100  # forecasts in a chart
MAX_CELLS, FIRST_CELLS = 12, 4  # of a sample: longer ones are shortened to the first four and the last cell
MIDNIGHT = " 00:00:00"
MAX_FORECASTS = 200  # rows of a table of forecasts in the terminal and the report
ENDS = 3  # columns of a target in a table of forecasts: the forecast, and the ends of its interval
DIGITS, MAX_DECIMALS = 5, 8  # of a forecast as text


def layer_table(spec: NetworkSpec, keras_counts: dict[str, int]) -> pd.DataFrame:
    """One row per layer: shapes of one sample, parameter count (formula, values, number), and the count by Keras."""
    rows = []
    for name, (layer, shape) in spec.all_layers().items():
        param_count = layer.param_count(shape)
        rows.append(
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
    return pd.DataFrame(rows)


def format_param_sum(layers: pd.DataFrame) -> str:
    """The parameters of a network as a sum over its layers with parameters, such as `140 + 6 = 146`."""
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
    """One row of the comparison: metrics in physical units, the loss in scaled units."""
    return {
        "framing": framing,
        "X": str(X.shape),
        "y": str(y.shape),
        "parameters": format_param_sum(layers),
        "epochs": len(history.losses),
        "final_loss": history.losses[-1],
        **_flatten(scores),
        "predicted": format_first_sequence(predictions),
    }


def comparison(summaries: Sequence[dict[str, Any]], baselines: Mapping[str, Scores]) -> pd.DataFrame:
    """One row per framing, and below them one per baseline, which has metrics only."""
    return pd.DataFrame([*summaries, *({"framing": name, **_flatten(scores)} for name, scores in baselines.items())])


def skipped_table(settings: Settings) -> pd.DataFrame:
    """The framings that do not support the settings, with the reason."""
    reasons = {framing.title: framing.unsupported_reason(settings) for framing in candidate_framings(settings)}
    return pd.DataFrame(
        [(name, f"{name} {reason}") for name, reason in reasons.items() if reason], columns=["framing", "reason"]
    )


def _flatten(scores: Scores) -> dict[str, float]:
    """Metrics by name; names have the split as a prefix, except for the training split."""
    return {
        metric if split == TRAIN else f"{split}_{metric}": value
        for split, metrics in scores.items()
        for metric, value in metrics.items()
    }


def seed_summary(studies: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """One row per framing: number and share of seeds that fit all training values to within 0.05, and final losses."""
    rows = []
    for study in studies:
        n_fit, seeds = int(study["all_within_0.05"].sum()), len(study)
        low, high = wilson_interval(n_fit, seeds)
        rows.append(
            {
                "framing": study["framing"].iloc[0],
                "seeds": seeds,
                "n_fit": n_fit,
                "share": n_fit / seeds,
                "share_low": low,
                "share_high": high,
                "median_loss": study["final_loss"].median(),
                "min_loss": study["final_loss"].min(),
                "max_loss": study["final_loss"].max(),
            }
        )
    return pd.DataFrame(rows)


def tabulate_forecasts(model: ModelForecasts, folds: Folds) -> pd.DataFrame:
    """One row per forecast value, in physical units, with its origin, forecast step, row and prediction interval.

    `actual` is NaN where the actual value is missing. The runs of the model are averaged. With more than
    `MAX_TABLE_VALUES` values, the table has every second, third, ... origin, from the newest one back.
    """
    chosen = _thin_origins(model.test.shape[1], prod(model.test.shape[2:]))
    actuals, mean = folds.actuals()[chosen], model.test[:, chosen].mean(axis=0)
    below, above = np.mean([widths[:, chosen] for widths in half_widths(model, folds)], axis=0)
    low, high = (clip_to_bounds(end, folds.newest.data_settings) for end in (mean - below, mean + above))
    origins, steps, targets = actuals.shape
    about = folds.origins.iloc[np.repeat(chosen, steps * targets)].reset_index(drop=True)
    rows = np.concatenate([dataset.test.targets for dataset in folds.datasets])[chosen]  # (origins, horizon)
    names = folds.newest.df.index.get_level_values(-1)
    return pd.DataFrame(
        {
            "fold": about["fold"],
            "sequence": about["sequence"],
            "origin": about["row"],
            "horizon_step": np.tile(np.repeat(np.arange(1, steps + 1), targets), origins),
            "row": names[np.repeat(rows.reshape(-1), targets)],
            "column": np.tile(folds.newest.targets, origins * steps),
            "actual": actuals.reshape(-1),
            "prediction": mean.reshape(-1),
            "low": low.reshape(-1),
            "high": high.reshape(-1),
        }
    )


def _thin_origins(origins: int, values: int) -> NDArray[np.intp]:
    """The origins that a table of forecasts has, of `values` each: (chosen,); the newest one is among them."""
    stride = max(1, -(-origins * values // MAX_TABLE_VALUES))
    return np.arange(origins - 1, -1, -stride)[::-1]


def newest_forecasts(forecasts: pd.DataFrame) -> pd.DataFrame:
    """Forecasts of the newest test split, of its first sequence and column."""
    newest = forecasts[forecasts["fold"] == forecasts["fold"].max()]
    first = newest.iloc[0]
    return newest[(newest["sequence"] == first["sequence"]) & (newest["column"] == first["column"])]


def pick_forecasts(forecasts: pd.DataFrame) -> list[pd.DataFrame]:
    """Non-overlapping forecasts of the newest test split, chosen from the newest one back: one sorted table each.

    There are at most `MAX_DRAWN`, since each is a line in a chart.
    """
    by_origin = newest_forecasts(forecasts).groupby("origin", sort=True)
    picked: list[pd.DataFrame] = []
    for origin in reversed(list(by_origin.groups)):
        each = by_origin.get_group(origin).sort_values("row")
        if not picked or each["row"].iloc[-1] < picked[0]["row"].iloc[0]:
            picked.insert(0, each)
        if len(picked) == MAX_DRAWN:
            break
    return picked


def list_actuals(forecasts: pd.DataFrame) -> pd.Series:
    """Actual values of the rows that `pick_forecasts` chooses from, by row, sorted."""
    newest, picked = newest_forecasts(forecasts), pick_forecasts(forecasts)
    if len(picked) == MAX_DRAWN:
        newest = newest[newest["row"] >= picked[0]["row"].iloc[0]]
    return newest.drop_duplicates("row").sort_values("row").set_index("row")["actual"]


def summarize_backtest(runs: BacktestRuns, folds: Folds) -> dict[str, dict[str, float]]:
    """Metrics of the single network (`test`) and of the ensemble (`test_ensemble`), and the costs, by name.

    With one seed they are the same.
    """
    metrics = [forecast_metrics(model, folds) for model in runs.forecasts()]
    return {"test": metrics[0], "test_ensemble": metrics[-1], "cost": run_costs(runs.single.costs, runs.each)}


def model_metrics(runs: BacktestRuns, scores: Mapping[str, Mapping[str, float]]) -> dict[str, Mapping[str, float]]:
    """The metrics in a result of `summarize_backtest`, by the names of the models."""
    return dict(zip(runs.model_names, (scores["test"], scores["test_ensemble"]), strict=False))


def run_costs(costs: Mapping[str, float], runs: Sequence[TimedRun]) -> dict[str, float]:
    """The costs of one network without its number of parameters, which is stored apart, and with its epochs."""
    epochs = float(np.mean([len(run.history.losses) for run in runs]))
    return {name: value for name, value in costs.items() if name != "parameters"} | {"epochs": epochs}


def format_samples(index_map: pd.DataFrame, max_samples: int) -> pd.DataFrame:
    """The rows in each sample of an index map, by name: columns sample, X and y. Brackets in X enclose one timestep.

    With more than `max_samples` samples, the last line is an ellipsis.
    """
    samples = sorted(index_map["sample"].unique())
    shown = index_map[index_map["sample"].isin(samples[:max_samples])]
    lines = [
        {"sample": str(sample)} | {array: _format_cells(cells[cells["array"] == array]) for array in ("X", "y")}
        for sample, cells in shown.groupby("sample", sort=True)
    ]
    ellipsis = [{"sample": "…", "X": "", "y": ""}] * (len(samples) > max_samples)
    return pd.DataFrame(lines + ellipsis, dtype=object)


def index_map_text(index_map: pd.DataFrame, max_samples: int = 3) -> str:
    """The rows in each sample of a framing, by name; brackets enclose one timestep.

    many_to_one   X (1, 5, 1)   y (1, 5)
      X[0] = [0] [1] [2] [3] [4]   y[0] = 0 1 2 3 4
    """
    shapes = index_map.drop_duplicates("array").set_index("array")["shape"]
    lines = ["", f"{index_map['framing'].iloc[0]}   X {shapes['X']}   y {shapes['y']}"]
    for sample, X, y in format_samples(index_map, max_samples).itertuples(index=False):
        lines.append(f"  X[{sample}] = {X}   y[{sample}] = {y}" if X else f"  {sample}")
    return "\n".join(lines)


def _format_cells(cells: pd.DataFrame) -> str:
    """The rows of one sample, by name, with the column where there are several."""
    rows = [str(row).replace(MIDNIGHT, "") for row in cells["row"]]
    if cells["column"].nunique() > 1:
        rows = [f"{row}.{column}" for row, column in zip(rows, cells["column"], strict=True)]
    if not (cells["timestep"] < 0).all():
        steps = pd.Series(rows).groupby(cells["timestep"].to_numpy()).agg(list)
        rows = [f"[{' '.join(_shorten(step))}]" for step in steps]
    return " ".join(_shorten(rows))


def _shorten(cells: list[str]) -> list[str]:
    return cells if len(cells) <= MAX_CELLS else [*cells[:FIRST_CELLS], "…", cells[-1]]


def format_forecasts(forecasts: pd.DataFrame) -> pd.DataFrame:
    """The cells of a table of forecasts as text; a missing value is empty.

    A target and the ends of its interval have the same decimals, with five digits in the largest of them.
    """
    n_keys = count_keys(forecasts.columns)
    texts = [_format_times(forecasts.iloc[:, position]) for position in range(n_keys)]
    for start in range(n_keys, forecasts.shape[1], ENDS):
        values = forecasts.iloc[:, start : start + ENDS].to_numpy(np.float64)  # (rows, 3)
        form = f"{{:,.{_count_decimals(values)}f}}"
        texts += [["" if np.isnan(value) else form.format(value) for value in column] for column in values.T]
    return pd.DataFrame(dict(zip(forecasts.columns, texts, strict=True)), dtype=object)


def forecast_titles(columns: Sequence[str]) -> list[str]:
    """Titles of the columns of a table of forecasts.

    >>> forecast_titles(["year", "horizon_step", "n_sold", "n_sold_low", "n_sold_high"])
    ['year', 'step', 'n_sold', 'low', 'high']
    """
    n_keys = count_keys(columns)
    return [
        *columns[: n_keys - 1],
        "step",
        *(title for name in columns[n_keys::ENDS] for title in (name, "low", "high")),
    ]


def count_keys(columns: Collection[str]) -> int:
    """Number of columns of a table of forecasts before its targets: the series if there is one, the time, the step."""
    return len(columns) % ENDS or ENDS


def _format_times(column: pd.Series) -> list[str]:
    """Times or ids as text; without the time of day where all are at midnight."""
    texts = [str(value) for value in column]
    return [text.removesuffix(MIDNIGHT) for text in texts] if all(text.endswith(MIDNIGHT) for text in texts) else texts


def _count_decimals(values: NDArray[np.float64]) -> int:
    largest = np.max(np.abs(values), initial=0.0, where=np.isfinite(values))
    return int(np.clip(DIGITS - 1 - np.floor(np.log10(largest)), 0, MAX_DECIMALS)) if largest > 0 else 1


def markdown_table(table: pd.DataFrame) -> str:
    """A table in Markdown: numbers with three digits, aligned to the right.

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
    """A number with three digits, integers without decimals, NaN as an empty string, and other values as they are.

    >>> format_number(1234.0), format_number(0.012345), format_number(float("nan")), format_number("dense")
    ('1234', '0.0123', '', 'dense')
    """
    if not isinstance(value, float):  # NumPy's float64 is one
        return str(value)
    if pd.isna(value):
        return ""
    return f"{value:.0f}" if value.is_integer() or abs(value) >= 1000 else f"{value:.3g}"
