"""What is said of a run on its page."""

from typing import Any

import pandas as pd
import pytest

from helpers.run_contexts import session
from seqframe.evaluation.conclusions import Conclusion
from seqframe.framings import FRAMINGS
from seqframe.tracking.descriptions import NOTE, Description
from seqframe.tracking.records import RunInfo

START = RunInfo(
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


def notes(tags: Any) -> str:
    return "".join(each.values[NOTE] for each in tags)


def test_a_framing_says_what_it_is_before_it_is_trained_and_what_came_of_it_after() -> None:
    description = Description(session("many_to_one"))
    before = description.begin("many_to_one", START).values[NOTE]
    summary = next(each.summary for each in FRAMINGS if each.name == "many_to_one")
    assert before.startswith(summary)
    assert "6 rows: forecast 2 rows from 3. X (4, 3, 1), y (4, 2)." in before
    assert before.endswith("```\nkedro run --pipeline=compare\n```")
    assert "Result" not in before

    description.update("many_to_one", {"many_to_one.layers": LAYERS})
    after = notes(description.update("many_to_one", {"many_to_one.summary": SUMMARY}))
    assert "#### **Network: 140 + 12 = 152 parameters**" in after
    assert "`4*((1+1)*5+5^2)`" in after
    assert "The mean error is 0.012 on the rows trained on, 0.2 on unseen ones; the loss 0.5 after 7 epochs." in after
    places = [after.index(part) for part in (summary, "**Result**", "**Network", "**Data", "**Run it again**")]
    assert places == sorted(places)


def test_what_is_not_spoken_of_changes_nothing() -> None:
    description = Description(session("many_to_one"))
    assert description.update("many_to_one", {"many_to_one.X": None}) == []
    of_one_network = {"train": {"mae": 1.0}}
    assert description.update("many_to_one", {"many_to_one.scores": of_one_network}) == []


def test_runs_of_several_framings_are_described_apart() -> None:
    description = Description(session("many_to_one", "dense"))
    of_all = description.begin_all().values[NOTE]
    assert of_all.startswith("2 framings of the same rows, side by side: many_to_one, dense.")
    assert "All settings are in the run above it" in description.begin("dense", START).values[NOTE]
    assert "All settings are in *Artifacts" in of_all
    verdict = Conclusion(
        "dense", "dense (ensemble of 2)", True, ("Use dense (ensemble of 2): its error is half.", "It may be luck.")
    )
    of_all = notes(description.update("", {"verdict": verdict}))
    assert "- Use dense (ensemble of 2): its error is half.\n- It may be luck." in of_all
    of_dense = notes(description.update("dense", {"dense.layers": LAYERS}))
    assert "Use dense" not in of_dense
    assert "Network" not in of_all


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("comparison", pd.DataFrame({"framing": ["dense"], "test_mae": [0.25]}), "| unseen mae"),
        ("leaderboard", pd.DataFrame({"rank": [1], "model": ["ridge"], "mase": [0.85]}), "| ridge"),
        ("seed_study", pd.DataFrame({"framing": ["dense"], "seeds": [20], "n_fit": [8]}), "| n fit"),
        (
            "answers",
            pd.DataFrame({"question": ["Q4"], "sentence": ["No: they are one."]}),
            "- **Q4** No: they are one.",
        ),
        ("report", "<html>", "*Artifacts → report.html*"),
    ],
)
def test_each_result_has_its_paragraph(name: str, value: Any, said: str) -> None:
    assert said in notes(Description(session("dense", "pyramid")).update("", {name: value}))


def test_a_framing_of_many_seeds_says_what_they_came_to() -> None:
    seeds = pd.DataFrame({"all_within_0.05": [1.0, 0.0, 1.0]})
    assert "2 of 3 seeds learnt" in notes(Description(session("dense")).update("dense", {"dense.seeds": seeds}))
    scores = {"test": {"mase": 0.9, "coverage": 0.88}, "test_ensemble": {"mase": 0.8, "coverage": 0.9}}
    said = notes(Description(session("dense")).update("dense", {"dense.scores": scores}))
    assert "MASE 0.800, the mean of all seeds' forecasts; 0.900 on average what one network does" in said
    assert "held 88% of the truth" in said
