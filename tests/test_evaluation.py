import numpy as np
import pandas as pd
import pytest

from seqframe.config import Model, Problem, Task
from seqframe.evaluation import first_sequence, predicted_values, tabulate_predictions, true_values
from seqframe.framings import FRAMINGS, Framing
from seqframe.scaling import fit_scaler
from seqframe.windows import cut_windows

COLUMNS = ["b", "a"]


@pytest.fixture
def rows() -> pd.DataFrame:
    """Seven rows of counters: a value is 10 times its row, and 1 more in column b."""
    numbers = np.arange(7.0) * 10
    return pd.DataFrame({"a": numbers, "b": numbers + 1}, index=range(1900, 1907))


@pytest.mark.parametrize("framing", FRAMINGS, ids=lambda framing: framing.name)
def test_counters_come_back_on_their_rows(framing: Framing, rows: pd.DataFrame) -> None:
    """A network that answered y itself would be right on every row, in physical units."""
    windows = cut_windows(len(rows), Task(kind="forecast", lookback=3, horizon=3))
    scaler = fit_scaler(rows, Problem(length=5, scaling="minmax"))
    scaled = scaler.scale(rows)[COLUMNS].to_numpy()
    answer = framing.frame_targets(scaled[windows.targets])
    prediction = predicted_values(answer, framing, scaler, COLUMNS, windows)
    truth = true_values(rows, COLUMNS, windows)
    np.testing.assert_allclose(prediction, truth)
    table = tabulate_predictions(truth, prediction, rows, COLUMNS, windows)
    expected = (table["row"] - 1900) * 10 + (table["column"] == "b")
    assert table["truth"].tolist() == expected.tolist()
    assert table["error"].abs().max() < 1e-9
    assert len(table) == 2 * 3 * 2
    assert table.iloc[-1][["window", "step", "row", "column"]].tolist() == [1, 3, 1906, "a"]
    assert framing.plan(framing.frame_inputs(scaled[windows.inputs]), answer, Model(units=4)).framing == framing.name


def test_the_first_sequence_is_printed_as_the_tutorial_does() -> None:
    values = [-0.04, 0.2, 0.449, 0.6, 1.0]
    table = pd.DataFrame({"window": [0] * 5 + [1], "column": "x", "prediction": [*values, 9.0]})
    assert first_sequence(table) == "0.0 0.2 0.4 0.6 1.0"
    assert first_sequence(table, most=2) == "0.0 0.2 …"
