"""Conclusions follow from the numbers."""

from typing import Any

import pandas as pd
import pytest

from seqframe.evaluation.network_conclusions import summarize_comparison, summarize_seed_study

BASELINE = {"framing": "baseline (mean)", "mae": 0.24, "test_mae": 0.15, "all_within_0.05": 0.0}


def row(framing: str, mae: float, test_mae: float, within: float = 1.0) -> dict[str, Any]:
    return {
        "framing": framing,
        "epochs": 9,
        "final_loss": mae**2,
        "mae": mae,
        "test_mae": test_mae,
        "all_within_0.05": within,
    }


def test_the_framing_with_the_lowest_test_error_is_recommended() -> None:
    board = pd.DataFrame([row("many_to_one", 0.001, 0.29), row("one_to_one", 0.005, 0.0045), BASELINE])
    first, overfitting, within, one_seed = summarize_comparison(board)
    assert first == "Use one_to_one: lowest error of 2 framings, test MAE 0.0045 (mean baseline 0.15)."
    assert overfitting.startswith("many_to_one overfits: on test sequences no better than the baseline (MAE 0.15).")
    assert within == "2 of 2 framings fit all training values to within 0.05."
    assert "seed_study" in one_seed


def test_no_framing_is_recommended_that_does_not_beat_the_baseline() -> None:
    board = pd.DataFrame([row("dense", 0.3, 0.2, 0.0), row("pyramid", 0.1, 0.3, 1.0), BASELINE])
    first, overfitting, within, _ = summarize_comparison(board)
    assert first == "No framing beats the baseline. Best: dense, test MAE 0.2 (mean baseline 0.15)."
    assert overfitting.startswith("pyramid overfits")
    assert within.endswith("to within 0.05: pyramid.")


def test_the_best_of_several_baselines_counts() -> None:
    other = {"framing": "baseline (median)", "mae": 0.3, "test_mae": 0.12}
    board = pd.DataFrame([row("dense", 0.1, 0.13), row("pyramid", 0.1, 0.2), BASELINE, other])
    assert summarize_comparison(board)[0] == (
        "No framing beats the baseline. Best: dense, test MAE 0.13 (median baseline 0.12)."
    )


def test_without_test_sequences_training_errors_decide() -> None:
    board = pd.DataFrame([row("dense", 0.3, 0), row("pyramid", 0.1, 0), BASELINE]).drop(columns="test_mae")
    assert summarize_comparison(board)[0] == (
        "Use pyramid: lowest error of 2 framings, train MAE 0.1 (mean baseline 0.24)."
    )


def test_the_conclusion_about_a_single_framing() -> None:
    first, overfitting, *_ = summarize_comparison(pd.DataFrame([row("many_to_many", 0.016, 0.26), BASELINE]))
    assert first == ("many_to_many fits all training values to within 0.05: train MAE 0.016 (mean baseline 0.24).")
    assert overfitting.startswith("many_to_many overfits")
    assert summarize_comparison(pd.DataFrame([row("dense", 0.2, 0.5, 0.0), BASELINE]))[0].startswith(
        "dense beats the baseline, but not all training values are within 0.05"
    )
    assert summarize_comparison(pd.DataFrame([row("dense", 0.5, 0.5, 0.0), BASELINE]))[0].startswith(
        "dense does not beat the baseline"
    )


@pytest.mark.parametrize("lost", [float("nan"), float("inf")])
def test_diverged_framings_are_named_and_not_recommended(lost: float) -> None:
    lines = [row("dense", lost, lost, 0.0), row("pyramid", 0.1, lost), row("one_to_one", 0.2, 0.1, 0.0)]
    first, diverged, *_ = summarize_comparison(pd.DataFrame([*lines, BASELINE]))
    assert first.startswith("Use one_to_one: lowest error of 1 framing, test MAE 0.1")
    assert diverged == "Diverged (loss or error not finite): dense and pyramid. Lower training.learning_rate."
    assert summarize_comparison(pd.DataFrame([lines[0], BASELINE]))[0].startswith(
        "Diverged (loss or error not finite): dense"
    )


def study(*framings: tuple[str, int, float, float]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "framing": name,
            "n_fit": count,
            "seeds": 20,
            "share": count / 20,
            "share_low": low,
            "share_high": high,
            "median_loss": 0.1,
        }
        for name, count, low, high in framings
    )


def test_the_most_reliable_framing_is_recommended_with_its_interval() -> None:
    rows = study(("one_to_one", 19, 0.76, 0.99), ("many_to_one", 20, 0.84, 1.0), ("many_to_many", 8, 0.22, 0.61))
    first, close, worse = summarize_seed_study(rows)
    assert first == (
        "Use many_to_one, the most reliable framing: 20 of 20 seeds fit all training values to within 0.05 (95% "
        "interval 84% to 100%)."
    )
    assert close == "Not separable by 20 seeds (intervals overlap): one_to_one."
    assert worse == "Less reliable (intervals do not overlap): many_to_many (8 of 20)."


def test_no_framing_is_recommended_without_evidence() -> None:
    (few,) = summarize_seed_study(study(("dense", 1, 0.2, 1.0)).assign(seeds=1))
    assert few == "Too few seeds for a conclusion: 1 of 1 seed of dense fit all training values to within 0.05."
    (only,) = summarize_seed_study(study(("dense", 0, 0.0, 0.16), ("pyramid", 0, 0.0, 0.16)))
    assert only == "No framing fits all training values to within 0.05 with any of 20 seeds."


def test_framings_close_to_the_best_are_named() -> None:
    lines = [row("dense", 0.1, 0.100), row("pyramid", 0.1, 0.109), row("one_to_one", 0.1, 0.111), BASELINE]
    assert summarize_comparison(pd.DataFrame(lines))[1] == "pyramid is within 10%; one seed cannot separate them."
