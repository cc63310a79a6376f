"""The description on the page of an MLflow run."""

from typing import Any

import pandas as pd
import pytest

from helpers.run_contexts import declared, make_run_context
from seqframe.evaluation.conclusions import Conclusion
from seqframe.framings import FRAMINGS
from seqframe.tracking.descriptions import NOTE_TAG, Description
from seqframe.tracking.records import RunInfo

INFO = RunInfo(
    {"task.kind": "forecast", "task.lookback": "3", "task.horizon": "2", "X_shape": "(4, 3, 1)", "y_shape": "(4, 2)"},
    {"data.rows": "6"},
    "",
)
LAYERS = pd.DataFrame(
    {
        "kind": ["LSTM(5)", "Dense(2)"],
        "input_shape": ["(3, 1)", "(5,)"],
        "output_shape": ["(5,)", "(2,)"],
        "substituted": ["4*((1+1)*5+5^2)", "5*2+2"],
        "parameters": [140, 12],
    }
)
SUMMARY = {"mae": 0.0123, "test_mae": 0.2, "final_loss": 0.5, "epochs": 7, "predicted": "0.0 0.2"}


DATASETS = (
    *("many_to_one.X", "many_to_one.layers", "many_to_one.summary", "many_to_one.scores"),
    *("dense.layers", "dense.seeds", "dense.scores", "conclusion"),
    *("comparison", "leaderboard", "seed_study", "experiments", "report"),
)


def make_description(*framings: str) -> Description:
    return Description(make_run_context(*framings), declared(DATASETS))


def notes(tags: Any) -> str:
    return "".join(each.values[NOTE_TAG] for each in tags)


def test_a_framing_is_described_before_training_and_with_its_results_afterwards() -> None:
    description = make_description("many_to_one")
    before = description.begin("many_to_one", INFO).values[NOTE_TAG]
    summary = next(each.summary for each in FRAMINGS if each.name == "many_to_one")
    assert before.startswith(summary)
    assert "6 rows: forecast 2 rows from 3. X (4, 3, 1), y (4, 2)." in before
    assert before.endswith("```\nkedro run --pipeline=compare\n```")
    assert "Result" not in before

    description.update("many_to_one", {"many_to_one.layers": LAYERS})
    after = notes(description.update("many_to_one", {"many_to_one.summary": SUMMARY}))
    assert "#### **Network: 140 + 12 = 152 parameters**" in after
    assert "`4*((1+1)*5+5^2)`" in after
    assert "Train MAE 0.012, test MAE 0.2. Loss 0.5 after 7 epochs. Predicted: `0.0 0.2`" in after
    places = [after.index(part) for part in (summary, "**Result**", "**Network", "**Data", "**Run it again**")]
    assert places == sorted(places)


def test_a_dataset_without_a_note_changes_nothing() -> None:
    description = make_description("many_to_one")
    assert description.update("many_to_one", {"many_to_one.X": None}) == []
    single_network = {"train": {"mae": 1.0}}
    assert description.update("many_to_one", {"many_to_one.scores": single_network}) == []


def test_each_run_of_several_framings_has_its_own_description() -> None:
    description = make_description("many_to_one", "dense")
    parent = description.begin_parent().values[NOTE_TAG]
    assert parent.startswith("2 framings of the same data side by side: many_to_one, dense.")
    assert (
        "All settings are in *Artifacts → settings.yml* of the parent run."
        in description.begin("dense", INFO).values[NOTE_TAG]
    )
    assert "All settings are in *Artifacts → settings.yml*.\n" in parent
    sentences = ("Use dense (ensemble of 2): its error is half.", "It may be noise.")
    best = "dense (ensemble of 2)"
    conclusion = Conclusion("dense", best, True, sentences, selected=best, recommended=best, refit="dense")
    parent = notes(description.update("", {"conclusion": conclusion}))
    assert "- Use dense (ensemble of 2): its error is half.\n- It may be noise." in parent
    dense = notes(description.update("dense", {"dense.layers": LAYERS}))
    assert "Use dense" not in dense
    assert "Network" not in parent


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("comparison", pd.DataFrame({"framing": ["dense"], "test_mae": [0.25]}), "| test MAE"),
        ("leaderboard", pd.DataFrame({"rank": [1], "model": ["ridge"], "mase": [0.85]}), "| ridge"),
        ("seed_study", pd.DataFrame({"framing": ["dense"], "seeds": [20], "n_fit": [8]}), "| all within 0.05"),
        (
            "experiments",
            pd.DataFrame({"question": ["Q4"], "sentence": ["No: they are one."]}),
            "- **Q4** No: they are one.",
        ),
        ("report", "<html>", "*Artifacts → report.html*"),
    ],
)
def test_each_result_has_its_section(name: str, value: Any, expected: str) -> None:
    assert expected in notes(make_description("dense", "pyramid").update("", {name: value}))


def test_several_seeds_of_a_framing_are_summarized() -> None:
    seeds = pd.DataFrame({"all_within_0.05": [1.0, 0.0, 1.0]})
    text = notes(make_description("dense").update("dense", {"dense.seeds": seeds}))
    assert "2 of 3 seeds fit all training values to within 0.05." in text
    scores = {"test": {"mase": 0.9, "coverage": 0.88}, "test_ensemble": {"mase": 0.8, "coverage": 0.9}}
    text = notes(make_description("dense").update("dense", {"dense.scores": scores}))
    assert "MASE 0.800 (ensemble over seeds), 0.900 (average of single networks)." in text
    assert "Coverage 88%." in text
