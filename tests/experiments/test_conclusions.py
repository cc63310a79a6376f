"""Conclusions of Q1 to Q7 follow from their numbers: other numbers give the opposite sentence."""

import pandas as pd
import pytest

from seqframe.experiments import (
    EXPERIMENTS,
    q02_vector_or_steps,
    q03_dense_or_lstm,
    q04_dense_or_time_distributed,
    q05_returns_its_input,
    q06_other_lengths,
    q07_one_to_many,
)
from seqframe.experiments.q01_time_as_features import conclude, count_unused_parameters
from seqframe.framings.many_to_one import MANY_TO_ONE
from seqframe.framings.one_step_vector import ONE_STEP_VECTOR

LENGTHS = ("10 -> 3", "100 -> 10")
TASKS = tuple(q03_dense_or_lstm.TASKS)


def windows(error_ratio: float) -> pd.DataFrame:
    line = {"parameters, one_step_vector": 5013, "parameters, many_to_one": 1237, "error ratio": error_ratio}
    return pd.DataFrame([{"lookback": rows, **line} for rows in (5, 60) for _ in range(3)])


def distances(target: float, copied: float, copy: float = 0.08) -> pd.DataFrame:
    columns = {"prediction to target": target, "prediction to input": copied, "input to target": copy}
    return pd.DataFrame({name: [value] * 3 for name, value in columns.items()})


def after_many(target: float, copied: float) -> str:
    return q05_returns_its_input.conclude(distances(0.12, 0.1), distances(target, copied), distances(0.004, 0.42, 0.42))


def helped(by: float) -> str:
    return q07_one_to_many.conclude(
        {"bidirectional": [1.2] * 3}, {"bidirectional": [by, 0.8, 0.8]}, plain=0.171, best=0.125
    )


def by_task(*ratios: float) -> dict[str, list[float]]:
    return {task: [ratio] for task, ratio in zip(TASKS, ratios, strict=True)}


def decoded(ratio: float, reason: str = "Rule.") -> str:
    return q06_other_lengths.conclude(reason, {name: [ratio] * 3 for name in LENGTHS}, (3281, 1322))


# conclusions from two opposite numbers, and a part of each
CONCLUSIONS = {
    "Q1, memory": (conclude(130, 220, windows(1)), conclude(0, 140, windows(1)), "130 of the 220", "Not the memory"),
    "Q1, error": (conclude(9, 220, windows(1)), conclude(9, 220, windows(3)), "about as accurate", "is less accur"),
    "Q2, vector": (
        q02_vector_or_steps.conclude([7], [9]),
        q02_vector_or_steps.conclude([0.5], [9]),
        "A vector output is right",
        "We did not find",
    ),
    "Q2, steps": (
        q02_vector_or_steps.conclude([7], [9]),
        q02_vector_or_steps.conclude([7], [0.5]),
        "; an output at",
        "; we did not find",
    ),
    "Q2, seeds": (
        q02_vector_or_steps.conclude([7, 7, 0.9], [2]),
        q02_vector_or_steps.conclude([7, 7, 8], [2]),
        "in 2/3 seeds",
        "in 3/3 seeds",
    ),
    "Q3, all": (
        q03_dense_or_lstm.conclude(by_task(1, 1, 1), 5),
        q03_dense_or_lstm.conclude(by_task(2, 2, 2), 5),
        "Yes, for windows",
        "No: Dense is worse",
    ),
    "Q3, some": (
        q03_dense_or_lstm.conclude(by_task(2, 1, 0.1), 5),
        q03_dense_or_lstm.conclude(by_task(2, 2, 1), 5),
        "on 2 of 3",
        "on 1 of 3",
    ),
    "Q3, time": (
        q03_dense_or_lstm.conclude(by_task(1, 1, 1), 5),
        q03_dense_or_lstm.conclude(by_task(1, 1, 1), 0.2),
        "5x faster",
        "5x slower",
    ),
    "Q4": (
        q04_dense_or_time_distributed.conclude(1e-8, 18),
        q04_dense_or_time_distributed.conclude(0.1, 18),
        "No difference: with the same",
        "Yes: with the same",
    ),
    "Q5": (after_many(0.015, 0.07), after_many(0.07, 0.015), "the network is no copy", "they stay nearer to the input"),
    "Q6, error": (decoded(0.5), decoded(2), "is better than", "is worse than"),
    "Q6, advice": (decoded(0.5), decoded(1), "Use encoder_decoder. ", "Use many_to_one. "),
    "Q6, refusal": (decoded(1), decoded(1, reason=""), 'Not supported by many_to_many: "Rule."', "supports different"),
    "Q7": (helped(0.9), helped(1.1), "improvement in every seed by bidirectional", "no advice helps"),
}


def test_all_experiments_are_listed_in_order() -> None:
    assert [experiment.name for experiment in EXPERIMENTS] == [f"Q{number}" for number in range(1, 19)]
    for experiment in EXPERIMENTS:
        assert experiment.text
        assert experiment.quantity
        assert experiment.method


@pytest.mark.parametrize(("one", "other", "part_of_one", "part_of_other"), CONCLUSIONS.values(), ids=CONCLUSIONS)
def test_opposite_numbers_give_opposite_conclusions(one: str, other: str, part_of_one: str, part_of_other: str) -> None:
    assert part_of_one in one
    assert part_of_one not in other
    assert part_of_other in other
    assert part_of_other not in one


def test_q6_recommends_a_framing_for_each_pair_of_lengths() -> None:
    ratios = {name: [ratio] * 3 for name, ratio in zip(LENGTHS, (0.5, 1.2), strict=True)}
    first = f"Use encoder_decoder for {LENGTHS[0]}, and many_to_one for {LENGTHS[1]}. "
    assert q06_other_lengths.conclude("Rule.", ratios, (3281, 1322)).startswith(first)


def test_many_to_many_names_the_unsupported_settings() -> None:
    assert q06_other_lengths.unsupported_reason("10 -> 3").endswith("`task.lookback` and `task.horizon` must be equal.")


def test_parameters_without_effect_for_a_single_step() -> None:
    recurrent, forget_gate = 5 * 4 * 5, 5 * 5 + 5  # weights of the recurrent state; of the forget gate
    assert count_unused_parameters(ONE_STEP_VECTOR) == (recurrent + forget_gate, 220)
    assert count_unused_parameters(MANY_TO_ONE) == (0, 140)


def test_lowest_expected_error_on_ramps() -> None:
    data_settings = q07_one_to_many.DATA["test ramps"][0]
    assert q07_one_to_many.lowest_expected_error(data_settings) == pytest.approx(0.8 / 4 * (1 + 2 + 3 + 4) / 4 / 4)
