"""The advice follows the numbers."""

from typing import Any

import pandas as pd
import pytest

from seqframe.evaluation.conclusions import summarize_comparison, summarize_seed_study

NAIVE = {"framing": "baseline (mean)", "mae": 0.24, "test_mae": 0.15, "all_within_0.05": 0.0}


def a_line(framing: str, mae: float, test_mae: float, right: float = 1.0) -> dict[str, Any]:
    return {
        "framing": framing,
        "epochs": 9,
        "final_loss": mae**2,
        "mae": mae,
        "test_mae": test_mae,
        "all_within_0.05": right,
    }


def test_the_best_on_unseen_sequences_is_advised() -> None:
    board = pd.DataFrame([a_line("many_to_one", 0.001, 0.29), a_line("one_to_one", 0.005, 0.0045), NAIVE])
    first, by_heart, right, caution = summarize_comparison(board)
    assert first == (
        "Use one_to_one: its mean error is the smallest of 2 framings, 0.0045 on unseen sequences, where the naive "
        "answer (mean) is off by 0.15."
    )
    assert by_heart.startswith("many_to_one knows the training sequences by heart: on unseen ones no better")
    assert right == "2 of 2 get every value that they were trained on right to one decimal."
    assert "seed_study" in caution


def test_no_framing_is_advised_that_is_no_better_than_the_naive_answer() -> None:
    board = pd.DataFrame([a_line("dense", 0.3, 0.2, 0.0), a_line("pyramid", 0.1, 0.3, 1.0), NAIVE])
    first, by_heart, right, _ = summarize_comparison(board)
    assert first.startswith("No framing is better than the naive answer: the best, dense, is off by 0.2 on unseen")
    assert by_heart.startswith("pyramid knows")
    assert right.endswith("right to one decimal: pyramid.")


def test_without_unseen_sequences_the_rows_at_hand_decide() -> None:
    board = pd.DataFrame([a_line("dense", 0.3, 0), a_line("pyramid", 0.1, 0), NAIVE]).drop(columns="test_mae")
    assert summarize_comparison(board)[0].startswith(
        "Use pyramid: its mean error is the smallest of 2 framings, 0.1 on these rows"
    )


def test_one_framing_is_told_what_it_has_learnt() -> None:
    learnt, heart, *_ = summarize_comparison(pd.DataFrame([a_line("many_to_many", 0.016, 0.26), NAIVE]))
    assert learnt.startswith("many_to_many has learnt every value to one decimal: its mean error is 0.016 on what")
    assert heart.startswith("many_to_many knows the training sequences by heart")
    assert summarize_comparison(pd.DataFrame([a_line("dense", 0.2, 0.5, 0.0), NAIVE]))[0].startswith(
        "dense is better than the naive"
    )
    assert summarize_comparison(pd.DataFrame([a_line("dense", 0.5, 0.5, 0.0), NAIVE]))[0].startswith(
        "dense has learnt nothing"
    )


@pytest.mark.parametrize("gone", [float("nan"), float("inf")])
def test_what_diverged_is_said_and_not_advised(gone: float) -> None:
    lines = [a_line("dense", gone, gone, 0.0), a_line("pyramid", 0.1, gone), a_line("one_to_one", 0.2, 0.1, 0.0)]
    first, diverged, *_ = summarize_comparison(pd.DataFrame([*lines, NAIVE]))
    assert first.startswith("Use one_to_one: its mean error is the smallest of 1 framings, 0.1 on unseen sequences")
    assert diverged.startswith("Diverged, since a loss or an error is not finite: dense and pyramid. Lower")
    assert summarize_comparison(pd.DataFrame([lines[0], NAIVE]))[0].startswith(
        "Diverged, since a loss or an error is not finite: dense"
    )


def a_study(*learnt: tuple[str, int, float, float]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "framing": name,
            "learnt": count,
            "seeds": 20,
            "share": count / 20,
            "share_low": low,
            "share_high": high,
            "median_loss": 0.1,
        }
        for name, count, low, high in learnt
    )


def test_the_framing_that_learns_most_often_is_advised_and_chance_is_named() -> None:
    study = a_study(("one_to_one", 19, 0.76, 0.99), ("many_to_one", 20, 0.84, 1.0), ("many_to_many", 8, 0.22, 0.61))
    first, close, worse = summarize_seed_study(study)
    assert first.startswith("Use many_to_one: it learns most reliably, every value to one decimal from 20 of 20 seeds")
    assert close.startswith("one_to_one may be as reliable")
    assert worse == "Less reliable beyond chance: many_to_many (8 of 20)."


def test_no_framing_is_advised_that_never_learns() -> None:
    (few,) = summarize_seed_study(a_study(("dense", 1, 0.2, 1.0)).assign(seeds=1))
    assert few.startswith("So few seeds tell little: dense learns every value to one decimal from 1 of 1 seeds")
    (only,) = summarize_seed_study(a_study(("dense", 0, 0.0, 0.16), ("pyramid", 0, 0.0, 0.16)))
    assert only == "No framing learns every value to one decimal, from any of 20 seeds."


def test_those_that_are_close_to_the_best_are_named() -> None:
    lines = [a_line("dense", 0.1, 0.100), a_line("pyramid", 0.1, 0.109), a_line("one_to_one", 0.1, 0.111), NAIVE]
    assert summarize_comparison(pd.DataFrame(lines))[1].startswith("pyramid is within a tenth of that")
