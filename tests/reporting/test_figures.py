from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd

from seqframe.reporting.figures import (
    plot_dependency,
    plot_errors_by_horizon,
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
