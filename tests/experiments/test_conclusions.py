"""Every sentence is decided by its number: the opposite number, the opposite sentence."""

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
from seqframe.experiments.q01_time_as_features import count_idle, decide
from seqframe.framings.many_to_one import MANY_TO_ONE
from seqframe.framings.one_step_vector import ONE_STEP_VECTOR

LENGTHS = ("10 -> 3", "100 -> 10")
TASKS = tuple(q03_dense_or_lstm.TASKS)


def windows(error_ratio: float) -> pd.DataFrame:
    line = {"parameters, one_step_vector": 5013, "parameters, many_to_one": 1237, "error ratio": error_ratio}
    return pd.DataFrame([{"rows read": rows, **line} for rows in (5, 60) for _ in range(3)])


def distances(target: float, read: float, copy: float = 0.08) -> pd.DataFrame:
    return pd.DataFrame({"to the target": [target] * 3, "to the input": [read] * 3, "from input to target": [copy] * 3})


def after_many(target: float, read: float) -> str:
    return q05_returns_its_input.decide(distances(0.12, 0.1), distances(target, read), distances(0.004, 0.42, 0.42))


def helped(by: float) -> str:
    return q07_one_to_many.decide(
        {"bidirectional": [1.2] * 3}, {"bidirectional": [by, 0.8, 0.8]}, plain=0.171, best=0.125
    )


def by_task(*ratios: float) -> dict[str, list[float]]:
    return {task: [ratio] for task, ratio in zip(TASKS, ratios, strict=True)}


def decoded(ratio: float, refused: str = "Rule.") -> str:
    return q06_other_lengths.decide(refused, {name: [ratio] * 3 for name in LENGTHS}, (3281, 1322))


# what is said with one number, and with the other
DECISIONS = {
    "Q1, memory": (decide(130, 220, windows(1)), decide(0, 140, windows(1)), "130 of the 220", "Not the memory"),
    "Q1, error": (decide(9, 220, windows(1)), decide(9, 220, windows(3)), "about as accurate", "is less accur"),
    "Q2, vector": (
        q02_vector_or_steps.decide([7], [9]),
        q02_vector_or_steps.decide([0.5], [9]),
        "A vector is right",
        "We did not find",
    ),
    "Q2, steps": (
        q02_vector_or_steps.decide([7], [9]),
        q02_vector_or_steps.decide([7], [0.5]),
        "; an output at",
        "; we did not find",
    ),
    "Q2, seeds": (
        q02_vector_or_steps.decide([7, 7, 0.9], [2]),
        q02_vector_or_steps.decide([7, 7, 8], [2]),
        "in 2 of 3 seeds",
        "in 3 of 3 seeds",
    ),
    "Q3, all": (
        q03_dense_or_lstm.decide(by_task(1, 1, 1), 5),
        q03_dense_or_lstm.decide(by_task(2, 2, 2), 5),
        "Yes, for windows",
        "No: it is worse",
    ),
    "Q3, some": (
        q03_dense_or_lstm.decide(by_task(2, 1, 0.1), 5),
        q03_dense_or_lstm.decide(by_task(2, 2, 1), 5),
        "on 2 of 3",
        "on 1 of 3",
    ),
    "Q3, time": (
        q03_dense_or_lstm.decide(by_task(1, 1, 1), 5),
        q03_dense_or_lstm.decide(by_task(1, 1, 1), 0.2),
        "5 times faster",
        "5 times slower",
    ),
    "Q4": (
        q04_dense_or_time_distributed.decide(1e-8, 18),
        q04_dense_or_time_distributed.decide(0.1, 18),
        "No difference: with the same",
        "Yes: with the same",
    ),
    "Q5": (after_many(0.015, 0.07), after_many(0.07, 0.015), "it is no copy", "it stays nearer to the input"),
    "Q6, error": (decoded(0.5), decoded(2), "is better than", "is worse than"),
    "Q6, refusal": (decoded(1), decoded(1, refused=""), 'refuses: "Rule."', "does not refuse"),
    "Q7": (helped(0.9), helped(1.1), "what helps in every seed is bidirectional", "no advice helps"),
}


def test_all_questions_are_there_in_order() -> None:
    assert [question.name for question in EXPERIMENTS] == [f"Q{number}" for number in range(1, 14)]
    for question in EXPERIMENTS:
        assert question.text
        assert question.unit
        assert question.method


@pytest.mark.parametrize(("one", "other", "says", "says_else"), DECISIONS.values(), ids=DECISIONS)
def test_another_number_says_the_opposite(one: str, other: str, says: str, says_else: str) -> None:
    assert says in one
    assert says not in other
    assert says_else in other
    assert says_else not in one


def test_many_to_many_names_the_rule_it_refuses_by() -> None:
    assert q06_other_lengths.unsupported_reason("10 -> 3").endswith("`task.lookback` and `task.horizon` must be equal.")


def test_a_single_step_leaves_the_memory_of_the_tutorials_lstm_idle() -> None:
    recurrent, forget_gate = 5 * 4 * 5, 5 * 5 + 5  # weights from state to gates; of the gate that keeps the last state
    assert count_idle(ONE_STEP_VECTOR) == (recurrent + forget_gate, 220)
    assert count_idle(MANY_TO_ONE) == (0, 140)


def test_what_one_value_cannot_say() -> None:
    data_settings = q07_one_to_many.PROBLEMS["unseen ramps"][0]
    assert q07_one_to_many.best_possible(data_settings) == pytest.approx(0.8 / 4 * (1 + 2 + 3 + 4) / 4 / 4)
