from dataclasses import replace
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd

from helpers.forecasters import make_case, wave
from seqframe.forecasting.future import forecast_future, no_forecast
from seqframe.reporting.figures import (
    plot_dependency,
    plot_errors_by_horizon,
    plot_future,
    plot_losses,
    plot_predictions,
    plot_seeds,
)
from seqframe.training.events import TrainingHistory


def test_all_losses_are_plotted() -> None:
    figure = plot_losses([TrainingHistory("a", (0.4, 0.2, 0.0), 1.0), TrainingHistory("b", (0.3,), 1.0)])
    (axes,) = figure.axes
    assert axes.get_yscale() == "log"
    assert [line.get_label() for line in axes.lines] == ["a", "b"]
    assert axes.lines[0].get_xdata().tolist() == [1, 2, 3]
    assert axes.lines[0].get_ydata()[:2].tolist() == [0.4, 0.2]
    assert axes.lines[0].get_ydata()[2] > 0, "a zero loss has a position on a logarithmic axis"


def test_all_predictions_are_plotted_over_actual_values() -> None:
    table = pd.DataFrame(
        {
            "row": [0, 1, 1, 2] * 2,
            "column": ["x"] * 4 + ["y"] * 4,
            "actual": [0, 1, 1, 2] * 2,
            "prediction": np.arange(8.0),
            "split": "train",
            "sequence": 0,
        }
    )
    others = [table.assign(split="test"), table.assign(sequence=1)]
    (axes,) = plot_predictions(pd.concat([table, *others]), "many_to_one").axes
    actuals, predicted = axes.lines[0], axes.lines[1]
    assert actuals.get_xdata().tolist() == [0, 1, 2]
    assert predicted.get_ydata().tolist() == [0, 1, 2, 3]
    assert len(axes.lines) == 4


def test_cells_without_dependency_are_white() -> None:
    dependency = pd.DataFrame({"output": [1, 50], "input_1": [1e-3, 0.5], "input_2": [0.0, 0.25]})
    axes, bar = plot_dependency(dependency, "many_to_many").axes
    (mesh,) = axes.collections
    assert mesh.get_array().mask.tolist() == [[False, True], [False, False]]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["1", "50"]
    assert axes.get_ylim()[0] > axes.get_ylim()[1], "the first output is at the top"
    assert bar.get_ylabel() == "mean |gradient|"


def test_strengths_that_differ_by_rounding_have_the_same_color() -> None:
    dependency = pd.DataFrame({"output": [1, 2], "input_1": [0.4271796, 0.0], "input_2": [0.0, 0.4271795]})
    (mesh,) = plot_dependency(dependency, "one_to_one").axes[0].collections
    mesh.update_scalarmappable()
    first, last = mesh.get_facecolors().reshape(2, 2, 4)[[0, 1], [0, 1]]
    np.testing.assert_allclose(first, last, atol=0.01)
    assert first[:3].sum() < 1, "and dark"


def test_a_dependency_of_zeros_is_plotted() -> None:
    plot_dependency(pd.DataFrame({"output": [1], "input_1": [0.0]}), "none").savefig(BytesIO())


def test_seeds_that_fit_all_values_are_filled() -> None:
    study = pd.DataFrame({"framing": "a", "final_loss": [0.1, 0.2, 0.3], "all_within_0.05": [1.0, 0.0, 1.0]})
    (axes,) = plot_seeds([study, study.assign(framing="b")]).axes
    assert [len(points.get_offsets()) for points in axes.collections] == [2, 1, 2, 1]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["a\n2 of 3", "b\n2 of 3"]


def test_a_figure_is_rendered_once(tmp_path: Path) -> None:
    figure = plot_losses([TrainingHistory("a", (0.4, 0.2), 1.0)])
    buffer = BytesIO()
    figure.savefig(buffer)
    figure.axes[0].clear()  # a second rendering would differ
    figure.savefig(tmp_path / "figure.png")
    assert buffer.getvalue() == (tmp_path / "figure.png").read_bytes()
    assert buffer.getvalue().startswith(b"\x89PNG")


def test_a_notebook_shows_the_saved_figure() -> None:
    figure = plot_losses([TrainingHistory("one", (0.5, 0.25), 1.0)])
    saved = BytesIO()
    figure.savefig(saved)
    assert figure._repr_png_() == saved.getvalue()
    assert saved.getvalue().startswith(b"\x89PNG")


def test_any_number_of_models_and_baselines_have_a_line_each() -> None:
    models = [f"model {number}" for number in range(20)]
    baselines = [f"baseline {number}" for number in range(9)]
    names = [*models, *baselines]
    errors = pd.DataFrame({"model": names, "horizon_step": 1, "mase": 1.0})
    (axes,) = plot_errors_by_horizon(errors, baselines).axes
    assert [line.get_label() for line in axes.lines] == names
    assert len({line.get_color() for line in axes.lines[20:]}) == 9, "every baseline has its own gray"
    assert {line.get_linestyle() for line in axes.lines[20:]} == {"--"}


def test_the_future_continues_the_history_with_its_interval(tmp_path: Path) -> None:
    table = pd.DataFrame({"year": range(1900, 1960), "x": wave(60)})
    case = make_case(table, tmp_path, 4, 3, time_column="year", target="x")
    future = forecast_future(case.forecaster("dense"), table, "table.csv")
    (axes,) = plot_future(future).axes
    history, forecast, dots = axes.lines
    assert history.get_xdata().tolist() == list(range(1936, 1960))
    assert forecast.get_xdata().tolist() == [1959, 1960, 1961, 1962]
    assert forecast.get_ydata()[0] == history.get_ydata()[-1]
    np.testing.assert_array_equal(dots.get_ydata(), future.forecasts["x"])
    (band,) = axes.collections
    assert band.get_datalim(axes.transData).y0 == future.forecasts["x_low"].min()
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["actual", "forecast", "90% interval"]
    assert (axes.get_title(), axes.get_xlabel(), axes.get_ylabel()) == (future.title, "year", "x")

    without = future.forecasts.assign(x_low=np.nan, x_high=np.nan)
    (axes,) = plot_future(replace(future, forecasts=without)).axes
    assert len(axes.collections) == 0
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["actual", "forecast"]


def test_the_future_of_several_series_and_targets_has_axes_each(tmp_path: Path) -> None:
    days = pd.date_range("2001-01-01", periods=60)
    table = pd.concat(
        pd.DataFrame({"id": name, "day": days, "x": wave(60, number), "y": wave(60, 1 + number)})
        for number, name in enumerate("ab")
    )
    case = make_case(table, tmp_path, 4, 3, time_column="day", id_column="id", target=["x", "y"])
    figure = plot_future(forecast_future(case.forecaster("dense", seeds=2), table, "table.csv"))
    assert [(axes.get_title(loc="left"), axes.get_ylabel()) for axes in figure.axes] == [
        (name, target) for name in "ab" for target in "xy"
    ]
    assert figure.texts[0].get_text() == "Forecast of the next 3 rows by dense (ensemble of 2)"
    starts = [axes.get_position() for axes in figure.axes]
    assert all(upper.y0 > lower.y1 for upper, lower in pairwise(starts)), "no overlap"
    assert starts[-1].y0 > 0
    assert starts[0].y1 < 1


def test_without_a_forecast_the_figure_has_the_reason(tmp_path: Path) -> None:
    case = make_case(pd.DataFrame({"x": wave(60)}), tmp_path, 4, 3, target="x")
    figure = plot_future(no_forecast(case.forecaster("dense").config, "$table$.csv", "A value is missing."))
    figure.savefig(BytesIO())
    assert not figure.axes
    text = figure.texts[0].get_text()
    assert text == "There is no forecast of the rows after the end of $table$.csv.\n\nA value is missing."
