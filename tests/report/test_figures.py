from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd

from seqframe.progress import History
from seqframe.report.figures import draw_flow, draw_losses, draw_predictions, draw_seeds


def test_every_loss_is_drawn() -> None:
    figure = draw_losses([History("a", (0.4, 0.2, 0.0), 1.0), History("b", (0.3,), 1.0)])
    (axes,) = figure.axes
    assert axes.get_yscale() == "log"
    assert [line.get_label() for line in axes.lines] == ["a", "b"]
    assert axes.lines[0].get_xdata().tolist() == [1, 2, 3]
    assert axes.lines[0].get_ydata()[:2].tolist() == [0.4, 0.2]
    assert axes.lines[0].get_ydata()[2] > 0, "a loss of zero has a place on a logarithmic axis"


def test_every_prediction_is_drawn_over_the_truth() -> None:
    table = pd.DataFrame(
        {
            "row": [0, 1, 1, 2] * 2,
            "column": ["x"] * 4 + ["y"] * 4,
            "truth": [0, 1, 1, 2] * 2,
            "prediction": np.arange(8.0),
            "part": "training",
            "sequence": 0,
        }
    )
    others = [table.assign(part="unseen"), table.assign(sequence=1)]
    (axes,) = draw_predictions(pd.concat([table, *others]), "many_to_one").axes
    truth, predicted = axes.lines[0], axes.lines[1]
    assert truth.get_xdata().tolist() == [0, 1, 2]
    assert predicted.get_ydata().tolist() == [0, 1, 2, 3]
    assert len(axes.lines) == 4


def test_what_flows_is_dark_and_what_does_not_is_white() -> None:
    flow = pd.DataFrame({"answers": [1, 50], "reads_1": [1e-3, 0.5], "reads_2": [0.0, 0.25]})
    axes, bar = draw_flow(flow, "many_to_many").axes
    (mesh,) = axes.collections
    assert mesh.get_array().mask.tolist() == [[False, True], [False, False]]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["1", "50"]
    assert axes.get_ylim()[0] > axes.get_ylim()[1], "the first answer stands on top"
    assert bar.get_ylabel() == "mean |gradient|"


def test_strengths_that_differ_by_rounding_look_the_same() -> None:
    flow = pd.DataFrame({"answers": [1, 2], "reads_1": [0.4271796, 0.0], "reads_2": [0.0, 0.4271795]})
    (mesh,) = draw_flow(flow, "one_to_one").axes[0].collections
    mesh.update_scalarmappable()
    first, last = mesh.get_facecolors().reshape(2, 2, 4)[[0, 1], [0, 1]]
    np.testing.assert_allclose(first, last, atol=0.01)
    assert first[:3].sum() < 1, "and dark"


def test_a_flow_of_nothing_is_drawn() -> None:
    draw_flow(pd.DataFrame({"answers": [1], "reads_1": [0.0]}), "none").savefig(BytesIO())


def test_seeds_that_learnt_are_filled() -> None:
    study = pd.DataFrame({"framing": "a", "final_loss": [0.1, 0.2, 0.3], "right_to_one_decimal": [1.0, 0.0, 1.0]})
    (axes,) = draw_seeds([study, study.assign(framing="b")]).axes
    assert [len(points.get_offsets()) for points in axes.collections] == [2, 1, 2, 1]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["a\n2 of 3", "b\n2 of 3"]


def test_a_figure_is_drawn_once_however_often_it_is_saved(tmp_path: Path) -> None:
    figure = draw_losses([History("a", (0.4, 0.2), 1.0)])
    buffer = BytesIO()
    figure.savefig(buffer)
    figure.axes[0].clear()  # a second drawing would show it
    figure.savefig(tmp_path / "figure.png")
    assert buffer.getvalue() == (tmp_path / "figure.png").read_bytes()
    assert buffer.getvalue().startswith(b"\x89PNG")


def test_a_notebook_shows_a_figure_as_it_is_saved() -> None:
    figure = draw_losses([History("one", (0.5, 0.25), 1.0)])
    saved = BytesIO()
    figure.savefig(saved)
    assert figure._repr_png_() == saved.getvalue()
    assert saved.getvalue().startswith(b"\x89PNG")
