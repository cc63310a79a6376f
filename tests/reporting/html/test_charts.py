"""Contents of the charts."""

import re
from importlib.resources import files

import numpy as np
import pandas as pd

from seqframe.forecasting.future import ForecastPanel
from seqframe.reporting.columns import format_cell
from seqframe.reporting.html import charts
from seqframe.reporting.html.charts import MAX_POINTS, LineStyles, downsample, round_digits
from seqframe.reporting.html.render import PLOTLY


def test_losses_of_several_networks_are_a_median_in_a_band_padded_with_the_last_loss() -> None:
    figure = charts.chart_losses({"dense": [[4.0, 2.0], [6.0, 3.0, 1.0], [5.0, 1.0, 0.5]]}, LineStyles(["dense"]))
    band, line = figure.data
    assert list(line.x) == [1, 2, 3]
    assert list(line.y) == [5.0, 2.0, 1.0]
    assert list(band.x) == [1, 2, 3, 3, 2, 1]
    assert list(band.y) == [6.0, 3.0, 2.0, 0.5, 1.0, 4.0]
    assert figure.layout.yaxis.type == "log"


def test_a_diverged_network_does_not_look_like_one_that_stopped() -> None:
    band, line = charts.chart_losses({"dense": [[1.0, np.nan], [2.0, np.inf], [2.0, 1.0]]}, LineStyles(["dense"])).data
    assert list(line.y) == [2.0, None]
    assert list(band.x) == [1, 1], "the band is omitted where it is infinite"


def test_one_network_has_no_band() -> None:
    (line,) = charts.chart_losses({"dense": [[4.0, 2.0]]}, LineStyles(["dense"])).data
    assert line.name == "dense"


def test_long_curves_are_downsampled_with_their_ends() -> None:
    (line,) = charts.chart_losses({"dense": [np.geomspace(1, 1e-3, 1000)]}, LineStyles(["dense"])).data
    assert len(line.x) == MAX_POINTS
    assert (line.x[0], line.x[-1]) == (1, 1000)
    assert (line.y[0], line.y[-1]) == (1.0, 0.001)


def test_lines_that_are_not_shown_are_in_the_legend() -> None:
    actuals = pd.Series([1.0, 2.0], pd.Index([7, 8]))
    lines = {"dense": [actuals + 1], "pyramid": [actuals[:1], actuals[1:]]}
    figure = charts.chart_rows(actuals, lines, LineStyles(lines), "row", "x", ["pyramid"])
    assert [(trace.name, trace.visible) for trace in figure.data] == [
        ("actual", None),
        ("dense", "legendonly"),
        ("pyramid", True),
    ]


def test_each_forecast_has_its_own_line_and_band() -> None:
    actuals = pd.Series([1.0, 2.0, 3.0], pd.Index([7, 8, 9]))
    ends = [pd.DataFrame({"low": line - 1, "high": line + 1}) for line in (actuals[:1], actuals[2:])]
    styles = LineStyles(["dense"])
    _, one, other, line = charts.chart_rows(
        actuals, {"dense": [actuals[:1], actuals[2:]]}, styles, "row", "x", [], {"dense": ends}
    ).data
    assert (list(line.x), list(line.y)) == ([7, None, 9], [1.0, None, 3.0])
    assert (list(one.x), list(other.y)) == ([7, 7], [4.0, 2.0])


def test_times_are_iso_text() -> None:
    actuals = pd.Series([1.0, 2.0], pd.to_datetime(["2024-02-28", "2024-02-29"]))
    figure = charts.chart_rows(actuals, {}, LineStyles([]), "date", "x", [])
    assert list(figure.data[0].x) == ["2024-02-28T00:00:00", "2024-02-29T00:00:00"]


def test_a_framing_styles_the_same_on_every_chart_and_no_two_alike() -> None:
    names = [f"framing_{number}" for number in range(9)]
    styles = LineStyles(names, baselines=["persistence", "drift"])
    assert len({(str(line["color"]), str(line["dash"])) for line in map(styles.line, styles)}) == 11
    assert styles.line("persistence")["color"] == styles.line("drift")["color"]


def test_bands_are_omitted_where_an_interval_is_infinite() -> None:
    errors = pd.DataFrame({"name": "dense", "step": [1, 2], "error": [1.0, 2.0], "low": [0.5, 1], "high": [2, np.inf]})
    band, _ = charts.chart_steps(errors, LineStyles(["dense"]), "horizon_step", "error").data
    assert list(band.x) == [1, 1]


def test_number_formats() -> None:
    assert round_digits([np.float32(0.1), np.inf]) == [0.1, None]
    assert downsample(np.zeros(1)).tolist() == [0]
    assert [format_cell(value) for value in (1090.4, True, None, np.int64(3))] == ["1,090", "yes", "", "3"]
    assert format_cell(1.0, "{:.0%}") == "100%"


def test_the_bundled_plotly_has_the_version_of_the_package() -> None:
    full = files("plotly").joinpath("package_data/plotly.min.js").read_text(encoding="utf-8")
    bundled = files("seqframe.reporting.html").joinpath(PLOTLY).read_text(encoding="utf-8")
    versions = [re.search(r"plotly\.js (?:\(basic - minified\) )?v([\d.]+)", text[:200]) for text in (full, bundled)]
    assert all(versions)
    assert versions[0][1] == versions[1][1]


def test_styles_repeat_for_any_number_of_names() -> None:
    names, baselines = [f"framing {number}" for number in range(40)], [f"baseline {number}" for number in range(9)]
    styles = LineStyles(names, baselines)
    assert [*styles] == [*names, *baselines]
    assert all(styles.line(name) for name in styles)


def test_the_future_continues_the_history_in_the_style_of_its_framing() -> None:
    history = pd.Series([1.0, np.nan, 2.0], pd.Index([7, 8, 9]))
    forecast = pd.DataFrame({"forecast": [3.0, 4.0], "low": [2.0, 2.5], "high": [4.0, 5.5]}, pd.Index([10, 11]))
    styles = LineStyles(["many_to_one", "dense"])
    figure = charts.chart_future(ForecastPanel(None, "x", history, forecast), "dense", styles, "row", 300)
    actual, band, joint, line = figure.data
    assert (list(actual.x), list(actual.y)) == ([7, 8, 9], [1.0, None, 2.0])
    assert (list(band.x), list(band.y)) == ([9, 10, 11, 11, 10, 9], [2.0, 4.0, 5.5, 2.5, 2.0, 2.0])
    assert (list(joint.x), list(joint.y), joint.hoverinfo) == ([9, 10], [2.0, 3.0], "skip")
    assert (list(line.x), list(line.y), line.name) == ([10, 11], [3.0, 4.0], "dense")
    assert line.line.color == joint.line.color == styles.line("dense")["color"]
    assert [list(ends) for ends in line.customdata] == [[2.0, 4.0], [2.5, 5.5]]
    assert (figure.layout.height, figure.layout.yaxis.title.text) == (300, "x")


def test_a_future_without_intervals_has_no_band() -> None:
    empty = pd.Series(dtype=float)
    forecast = pd.DataFrame({"forecast": [3.0], "low": [np.nan], "high": [np.nan]}, pd.to_datetime(["2001-01-01"]))
    panel = ForecastPanel("a", "x", empty, forecast)
    figure = charts.chart_future(panel, "dense", LineStyles(["dense"]), "day", 300)
    line = figure.data[-1]
    assert list(line.x) == ["2001-01-01T00:00:00"]
    assert "customdata" not in line.hovertemplate
    assert not list(figure.data[1].x)
