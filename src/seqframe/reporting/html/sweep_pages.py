"""The page of a hyperparameter search."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.colors import sample_colorscale

from seqframe.config import Settings
from seqframe.evaluation.leaderboard import BacktestResult
from seqframe.evaluation.sweeps import ABOUT_A_TRIAL, SweepResult
from seqframe.reporting.columns import format_cell
from seqframe.reporting.figures import COLORS, GRAY
from seqframe.reporting.html.charts import LineStyles, chart_bars, new_chart, round_digits
from seqframe.reporting.html.components import (
    Chart,
    Page,
    Section,
    Table,
    leaderboard_section,
    run_facts,
)

TITLES = {"val_mase": "validation MASE"}
MAX_LINES = 200  # trials in the chart of parallel coordinates, the best ones
SCALE = "Viridis"
HISTORY_CAPTION = "Validation error of every complete trial, and the smallest one so far."
IMPORTANCE_CAPTION = "Share of the importance of each setting for a small validation error (PED-ANOVA)."
PARALLEL_CAPTION = (
    "One line per complete trial; dark lines have a small validation error. Every axis runs from the smallest to the "
    "largest value, or has the values of a list."
)


def compose_sweep(settings: Settings, sweep: SweepResult, result: BacktestResult, sentences: tuple[str, ...]) -> Page:
    """Page of a search: the conclusion about its best trial, the leaderboard of its test rows, and the trials."""
    sections = (
        leaderboard_section("leaderboard", result.leaderboard, "The best trial on the test rows, next to baselines."),
        Section("trials", "Trials", "", (*_charts(sweep), _table(sweep.trials))),
    )
    facts = run_facts(settings, settings.task, many_seeds=True)
    return Page(f"Sweep: {settings.data.name}", facts, sentences, sections)


def dimensions(trials: pd.DataFrame) -> list[str]:
    """The dimensions of the space."""
    return [name for name in trials.columns if name not in ABOUT_A_TRIAL]


def _charts(sweep: SweepResult) -> list[Chart]:
    complete = sweep.trials[sweep.trials["state"] == "complete"]
    charts = [Chart("history", "Validation error by trial", HISTORY_CAPTION, chart_history(complete))]
    if sweep.importances:
        bars = chart_bars(sweep.importances, LineStyles(sweep.importances))
        alt = ", ".join(f"{name} {share:.0%}" for name, share in sweep.importances.items())
        charts.append(Chart("importances", "Importance of the settings", IMPORTANCE_CAPTION, bars, alt))
    names = dimensions(sweep.trials)
    if len(names) > 1:
        charts.append(Chart("parallel", "Settings of the trials", PARALLEL_CAPTION, chart_parallel(complete, names)))
    return charts


def _table(trials: pd.DataFrame) -> Table:
    """All trials, the best first."""
    ordered = trials.sort_values(["val_mase", "trial"]).rename(columns=TITLES)
    return Table("All trials", "", ordered.map(format_trial_value).astype(object), folded=True)


def format_trial_value(value: object) -> str:
    """A cell of the table of trials."""
    if isinstance(value, float):
        return "" if np.isnan(value) else f"{value:.4g}"
    return str(value) if isinstance(value, str | bool | list) else format_cell(value)


def chart_history(complete: pd.DataFrame) -> go.Figure:
    """Validation error by trial, and the smallest one so far."""
    figure, trials = new_chart("trial", "validation MASE"), complete["trial"].tolist()
    errors = complete["val_mase"]
    figure.add_scatter(x=trials, y=round_digits(errors), mode="markers", marker={"color": COLORS[0]}, name="trial")
    best = {"color": GRAY, "dash": "solid", "width": 2, "shape": "hv"}
    figure.add_scatter(x=trials, y=round_digits(errors.cummin()), mode="lines", line=best, name="smallest so far")
    return figure


def chart_parallel(complete: pd.DataFrame, names: Sequence[str]) -> go.Figure:
    """Parallel coordinates: the settings and the validation error of each trial as one line."""
    shown = complete.sort_values("val_mase").head(MAX_LINES)
    axes = {name: shown[name] for name in names} | {"validation MASE": shown["val_mase"]}
    positions = {name: _positions(values) for name, values in axes.items()}
    figure = new_chart("", "")
    colors = sample_colorscale(SCALE, np.linspace(0, 0.9, max(2, len(shown))))
    for number in reversed(range(len(shown))):  # the best ones on top
        figure.add_scatter(
            x=list(axes),
            y=[positions[name][number] for name in axes],
            mode="lines+markers",
            line={"color": colors[number], "width": 2 if number == 0 else 1},
            opacity=1 if number == 0 else 0.6,
            hovertemplate=_hover(axes, number),
            name=f"trial {shown['trial'].iloc[number]}",
        )
    for name, values in axes.items():
        for label, place in _labels(values):
            figure.add_annotation(x=name, y=place, text=label, showarrow=False, xanchor="left", xshift=6, yshift=9)
    figure.update_yaxes(showticklabels=False, showgrid=False, zeroline=False, range=[-0.08, 1.08])
    return figure.update_layout(showlegend=False, height=420)


def _positions(values: pd.Series) -> list[float]:
    """Places on an axis from 0 to 1: of numbers by their size, of other values by their order."""
    order = {kind: number for number, kind in enumerate(_kinds(values))}
    numbers = values.astype(float) if _are_numbers(values) else values.map(order)
    low, high = float(numbers.min()), float(numbers.max())
    return [0.5 if low == high else float((value - low) / (high - low)) for value in numbers]


def _labels(values: pd.Series) -> list[tuple[str, float]]:
    if not _are_numbers(values):
        return list(zip(map(str, _kinds(values)), _positions(pd.Series(_kinds(values))), strict=True))
    ends = dict.fromkeys((float(values.min()), float(values.max())))
    return list(zip((f"{value:.4g}" for value in ends), _positions(pd.Series(list(ends))), strict=True))


def _are_numbers(values: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)


def _kinds(values: pd.Series) -> list[object]:
    return sorted(dict.fromkeys(values), key=str)


def _hover(axes: Mapping[str, pd.Series], number: int) -> str:
    return "<br>".join(f"{name}: {format_trial_value(values.iloc[number])}" for name, values in axes.items())
