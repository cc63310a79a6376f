"""Columns of the result tables, declared once: the terminal, the report and MLflow format tables with them.

Columns of metrics come from the metric registry, `seqframe.evaluation.metrics`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from seqframe.data.dataset import TRAIN
from seqframe.evaluation.label_metrics import all_label_metrics
from seqframe.evaluation.metrics import Metric, metrics_of
from seqframe.forecasting.baselines import BACKTEST, SEQUENCES

PLAIN = "{:.3g}"
NOT_RANKED = "–"
MIN_SKILL = -10.0  # lower values are not informative
ALWAYS = 100  # priority of columns that are never hidden
Row = dict[str, Any]
Names = Sequence[str] | None  # column names of the data


def format_cell(value: Any, form: str = PLAIN) -> str:
    """A cell of a table: empty without a value, integers without a decimal point.

    >>> format_cell(1297.0), format_cell(0.012345), format_cell(float("nan")), format_cell("dense"), format_cell(12345)
    ('1,297', '0.0123', '', 'dense', '12,345')
    """
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, int | np.integer):
        return f"{value:,}"
    if not isinstance(value, float):
        return "" if value is None else str(value)
    if np.isnan(value):
        return ""
    whole = form == PLAIN and abs(value) < 1e15 and (value.is_integer() or abs(value) >= 1000)
    return f"{value:,.0f}" if whole else form.format(value)


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes:
        key: Name of the column in the data.
        title: Title in the terminal and the report.
        caption: One sentence for the documentation.
        format: Format string, or a function that writes a value.
        cell: Row -> the text of the cell, for cells made from several columns of the data; None formats `key`.
        needs: Columns of the data without which the column is omitted; (`key`,) where empty.
        numeric: Whether cells are aligned to the right.
        priority: Columns with lower numbers are hidden first where a terminal is narrow; `ALWAYS` is never hidden.
        terminal: Whether the terminal has the column.
    """

    key: str
    title: str
    caption: str = ""
    format: str | Callable[[Any], str] = PLAIN
    cell: Callable[[Row], str] | None = None
    needs: tuple[str, ...] = ()
    numeric: bool = True
    priority: int = ALWAYS
    terminal: bool = True

    def text(self, row: Row) -> str:
        """The text of the cell in a row."""
        if self.cell is not None:
            return self.cell(row)
        value = row[self.key]
        if callable(self.format):
            return "" if pd.isna(value) else self.format(value)
        return format_cell(value, self.format)


@dataclass(frozen=True)
class TableSpec:
    """A table of the terminal and the report.

    Attributes:
        title: Its title.
        columns: Column names of the data -> the columns of the table; None gives all that it can have.
        muted: Whether a row is for comparison only, such as a baseline.
    """

    title: str
    columns: Callable[[Names], tuple[Column, ...]]
    muted: Callable[[Row], bool] = lambda row: False


def no_spaces(text: Any) -> str:
    """Text without spaces, to save width."""
    return str(text).replace(" ", "")


def _range(low: str, high: str, form: str) -> Callable[[Row], str]:
    """Cell of two columns, such as `0.69 to 1.06`; empty where they are missing."""
    return lambda row: "" if pd.isna(row[low]) else f"{form.format(row[low])} to {form.format(row[high])}"


def format_skill(share: float) -> str:
    """Reduction of an error; the reference may be almost 0.

    >>> format_skill(0.314), format_skill(-0.02), format_skill(-18803449739396.28)
    ('+31%', '-2%', '<-1000%')
    """
    return f"{share:+.0%}" if share >= MIN_SKILL else f"<{MIN_SKILL:.0%}"


def _selection_cell(key: str) -> Callable[[Row], str]:
    """Validation error, with a mark where the model is selected by it."""
    return lambda row: format_cell(row[key], "{:.3f}") + (" selected" if row.get("selected") else "")


def is_baseline_of_comparison(row: Row) -> bool:
    """Whether a row of a comparison is a baseline, which is not trained for epochs."""
    return bool(pd.isna(row.get("epochs", 1)))


def _error_cell(key: str, form: str) -> Callable[[Row], str]:
    """Cell of a loss or error: `diverged` for a network whose value is not finite."""

    def cell(row: Row) -> str:
        finite = is_baseline_of_comparison(row) or np.isfinite(row[key])
        return format_cell(row[key], form) if finite else "diverged"

    return cell


LAYERS = (
    Column("framing", "framing", "Name of the framing.", numeric=False),
    Column("kind", "layer", "Layer class of Keras.", numeric=False),
    Column(
        "shapes",
        "input -> output shape",
        "Shapes of one sample.",
        cell=lambda row: f"{no_spaces(row['input_shape'])} -> {no_spaces(row['output_shape'])}",
        needs=("input_shape", "output_shape"),
        numeric=False,
        priority=10,
    ),
    Column("formula", "formula", "Parameter count in symbols.", no_spaces, numeric=False, priority=20),
    Column("substituted", "values", "Parameter count with the values substituted.", no_spaces, numeric=False),
    Column("parameters", "parameters", "Number of parameters."),
)


def layer_columns(names: Names) -> tuple[Column, ...]:
    """Columns of a layer table."""
    return _present(LAYERS, names)


def comparison_columns(names: Names) -> tuple[Column, ...]:
    """Columns of a comparison of single networks."""
    columns = (
        Column("framing", "framing", "Name of the framing, or of the baseline.", numeric=False),
        Column("X", "X", "Shape of the inputs.", no_spaces, numeric=False, priority=30),
        Column("y", "y", "Shape of the targets.", no_spaces, numeric=False, priority=20),
        Column("parameters", "parameters", "Number of parameters, by layer.", no_spaces, numeric=False, priority=65),
        Column("epochs", "epochs", "Number of training epochs.", priority=40),
        Column(
            "final_loss",
            "loss",
            "Training loss of the last epoch: by default the mean squared error in scaled units.",
            cell=_error_cell("final_loss", "{:.2g}"),
        ),
        *(column for metric in metrics_of(SEQUENCES) if metric.shown for column in _split_columns(metric)),
        Column("predicted", "predicted", "Predictions of the first training sequence.", numeric=False, priority=50),
    )
    return _present(columns, names)


def _split_columns(metric: Metric) -> list[Column]:
    """Columns of a metric of single networks: one for each split that the metric declares."""
    columns = []
    for split in metric.splits:
        key = metric.name if split == TRAIN else f"{split}_{metric.name}"
        title = metric.title if split == TRAIN else f"{split} {metric.title}"
        caption = metric.caption if split == TRAIN else f"{metric.caption.rstrip('.')}, on {split} sequences."
        cell = None if callable(metric.format) else _error_cell(key, metric.format)
        priority = metric.priority if split == TRAIN else metric.priority - 10
        columns.append(Column(key, title, caption, metric.format, cell, (key,), priority=priority))
    return columns


COSTS = (
    Column(
        "parameters",
        "parameters",
        "Number of parameters, of all networks together for an ensemble.",
        priority=60,
    ),
    Column(
        "training_s",
        "training",
        "Mean training time of one network, or of all networks for an ensemble.",
        "{:.1f} s",
        priority=50,
    ),
    Column(
        "forecast_ms",
        "forecast",
        "Time per forecast, where all forecasts of the test split are made together.",
        "{:.2g} ms",
        priority=20,
    ),
    Column("memory_mb", "memory", "Peak memory of the process that trains.", "{:.0f} MB", priority=10),
)


RANKED_MODELS = (
    Column(
        "rank",
        "rank",
        "A rank begins with a model that is significantly worse than one of the rank above; – where not compared.",
        cell=lambda row: NOT_RANKED if pd.isna(row["rank"]) else str(int(row["rank"])),
    ),
    Column("model", "model", "Framing (single network, averaged over seeds), ensemble or baseline.", numeric=False),
)


def leaderboard_columns(names: Names) -> tuple[Column, ...]:
    """Columns of a leaderboard; metrics in physical units have one column per target where there are several."""
    if names is not None and "accuracy" in names:
        return label_leaderboard_columns(names)
    first, *others = (metric for metric in metrics_of(BACKTEST) if metric.shown)
    columns = (
        *RANKED_MODELS,
        *_metric_columns(first, names),
        Column(
            "interval",
            "95% interval",
            "Confidence interval of the MASE by block bootstrap; omitted with too few test forecasts.",
            cell=_range("mase_low", "mase_high", "{:.2f}"),
            needs=("mase_low", "mase_high"),
            priority=90,
        ),
        Column(
            "seeds",
            "MASE of seeds",
            "Lowest and highest MASE of the networks of a framing.",
            cell=_range("mase_min", "mase_max", "{:.2f}"),
            needs=("mase_min", "mase_max"),
            terminal=False,
        ),
        Column(
            "val_mase",
            "validation MASE",
            "MASE on the validation splits, by which one of the ensembles and baselines is selected.",
            cell=_selection_cell("val_mase"),
            priority=85,
        ),
        Column("skill", "skill", "Reduction of the MASE relative to the best naive baseline.", format_skill),
        *(column for metric in others for column in _metric_columns(metric, names)),
        *COSTS,
    )
    return _present(columns, names)


LABEL_SCORES = (
    Column(
        "interval",
        "95% interval",
        "Confidence interval of the accuracy by a bootstrap of the test sequences; omitted with too few of them.",
        cell=_range("accuracy_low", "accuracy_high", "{:.1%}"),
        needs=("accuracy_low", "accuracy_high"),
        priority=90,
    ),
    Column(
        "seeds",
        "accuracy of seeds",
        "Lowest and highest accuracy of the networks of a framing.",
        cell=_range("accuracy_min", "accuracy_max", "{:.1%}"),
        needs=("accuracy_min", "accuracy_max"),
        priority=80,
    ),
    Column(
        "val_log_loss",
        "validation log loss",
        "Log loss of sequences that a network was not trained on, by which one of the models is selected.",
        cell=_selection_cell("val_log_loss"),
        priority=85,
    ),
)
MS_A_SEQUENCE = "Time per sequence, where all test sequences are predicted together."


def label_leaderboard_columns(names: Names) -> tuple[Column, ...]:
    """Columns of a leaderboard of labels."""
    first, *others = (
        Column(metric.name, metric.title, metric.caption, metric.format, priority=metric.priority)
        for metric in all_label_metrics()
        if metric.shown
    )
    costs = (
        replace(cost, title="prediction", caption=MS_A_SEQUENCE) if cost.key == "forecast_ms" else cost
        for cost in COSTS
    )
    return _present((*RANKED_MODELS, first, *LABEL_SCORES, *others, *costs), names)


def _metric_columns(metric: Metric, names: Names) -> list[Column]:
    """The column of a metric, or one column per target, for the report only."""
    if names is None or metric.name in names or not metric.per_target:
        return [Column(metric.name, metric.title, metric.caption, metric.format, priority=metric.priority)]
    reserved = {each.name for each in metrics_of(BACKTEST)}
    keys = [name for name in names if name.startswith(f"{metric.name}_") and name not in reserved]
    targets = [key.removeprefix(f"{metric.name}_") for key in keys]
    return [
        Column(key, f"{metric.title} {target}", metric.caption, metric.format, terminal=False)
        for key, target in zip(keys, targets, strict=True)
    ]


SEED_STUDY = (
    Column("framing", "framing", "Name of the framing.", numeric=False),
    Column(
        "n_fit",
        "all within 0.05",
        "Seeds that fit all training values to within 0.05.",
        cell=lambda row: f"{row['n_fit']} of {row['seeds']}",
        needs=("n_fit", "seeds"),
    ),
    Column("share", "share", "Share of these seeds.", "{:.0%}"),
    Column(
        "interval",
        "95% interval",
        "Wilson interval of the share.",
        cell=_range("share_low", "share_high", "{:.0%}"),
        needs=("share_low", "share_high"),
    ),
    Column("median_loss", "median loss", "Median of the final losses.", "{:.2g}"),
    Column("min_loss", "min loss", "Smallest final loss.", "{:.2g}", priority=20),
    Column("max_loss", "max loss", "Largest final loss.", "{:.2g}", priority=10),
)


def seed_study_columns(names: Names) -> tuple[Column, ...]:
    """Columns of a seed study."""
    return _present(SEED_STUDY, names)


def _present(columns: Sequence[Column], names: Names) -> tuple[Column, ...]:
    return tuple(column for column in columns if names is None or set(column.needs or (column.key,)) <= set(names))


TABLES: dict[str, TableSpec] = {  # by dataset
    "parameter_counts": TableSpec("Parameters", layer_columns),
    "layers": TableSpec("Parameters", lambda names: layer_columns(names)[1:]),
    "comparison": TableSpec("Comparison", comparison_columns, is_baseline_of_comparison),
    "leaderboard": TableSpec("Leaderboard", leaderboard_columns, lambda row: not row["framing"]),
    "seed_study": TableSpec("Seeds that fit all training values to within 0.05", seed_study_columns),
}


def table_columns(name: str, table: pd.DataFrame, min_priority: int = 0) -> tuple[Column, ...]:
    """The columns of a table whose priority is at least `min_priority`, without the ones that are empty in all rows."""
    rows = table.to_dict("records")
    columns = [column for column in TABLES[name].columns(list(table)) if column.priority >= min_priority]
    return tuple(column for column in columns if not rows or any(column.text(row) for row in rows))


def declared_columns(name: str) -> tuple[Column, ...]:
    """All columns that a table can have."""
    return TABLES[name].columns(None)


def format_table(name: str, table: pd.DataFrame, min_priority: int = 0) -> pd.DataFrame:
    """A table as text: its declared columns under their titles, one row per row of the data."""
    rows = table.to_dict("records")
    columns = table_columns(name, table, min_priority)
    return pd.DataFrame({column.title: [column.text(row) for row in rows] for column in columns}, dtype=object)


def muted_rows(name: str, table: pd.DataFrame) -> tuple[int, ...]:
    """Positions of the rows that are for comparison only."""
    return tuple(position for position, row in enumerate(table.to_dict("records")) if TABLES[name].muted(row))
