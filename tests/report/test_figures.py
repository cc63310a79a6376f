from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd

from seqframe.progress import History
from seqframe.report.figures import draw_losses, draw_predictions, draw_seeds


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
        }
    )
    (axes,) = draw_predictions(table, "many_to_one").axes
    truth, predicted = axes.lines[0], axes.lines[1]
    assert truth.get_xdata().tolist() == [0, 1, 2]
    assert predicted.get_ydata().tolist() == [0, 1, 2, 3]
    assert len(axes.lines) == 4


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
