"""The information flow: measured against brute force, and judged on fixtures whose fault is known."""

import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from seqframe.config import Model, Problem, Settings, Task, Training
from seqframe.errors import UserError
from seqframe.flow import Flow, judge, measure_flow, refuse_future
from seqframe.flow.measuring import MOST_ANSWERS
from seqframe.framings import FRAMINGS, Framing
from seqframe.framings.base import Framing as Record
from seqframe.framings.reshaping import reshape_back, whole_windows
from seqframe.network import assemble, predict
from seqframe.plan import NO_PARAMETERS, Network, Recurrent, TimeDistributed
from seqframe.plan import Dense as DenseLayer
from seqframe.posing import Posed, pose
from tables import write_counters

TASKS = [
    Task(kind="echo", lookback=5),
    Task(kind="next_step", lookback=4),
    Task(kind="next_window", lookback=4),
    Task(kind="forecast", lookback=4, horizon=4),
    Task(kind="forecast", lookback=4, horizon=2, gap=1),
    Task(kind="forecast", lookback=1, horizon=3),
    Task(kind="next_step", lookback=4, allow_future=True),
]
MODELS = [
    Model(units=6),
    Model(units=6, cell="gru", bidirectional=True),
    Model(units=6, layers=[4, 5], cell="simple_rnn"),
]
BY_NAME = {framing.name: framing for framing in FRAMINGS}


def can_pose(framing: Framing, task: Task, model: Model) -> bool:
    training = Training(epochs=1, batch_size="all", learning_rate=0.1, seed=0, seeds=1)
    settings = Settings(problem=Problem(length=5), task=task, model=model, training=training)
    return framing.refusal(settings) is None


def measured(framing: Framing, posed: Posed, model: Model) -> Flow:
    X, y = posed.frame(framing, posed.windows)
    plan = framing.plan(X, y, model, len(posed.windows))
    return measure_flow(plan, framing, *posed.shapes())


def moved(framing: Framing, posed: Posed, model: Model) -> np.ndarray:
    """By brute force: which answers of the first window move when one of its rows does: (steps, lookback)."""
    X, y = posed.frame(framing, posed.windows)
    plan = framing.plan(X, y, model, len(posed.windows))
    random = np.random.default_rng(3)
    weights = [random.normal(0, 0.5, each.shape) for each in assemble(plan, 0).get_weights()]
    network = Network(plan, tuple(weights))

    def answer(rows: Any) -> np.ndarray:
        again = replace(posed, rows=rows, read=rows)
        return again.read_back(predict(network, again.frame(framing, posed.windows)[0]), framing, posed.windows)[0]

    start = answer(posed.rows)
    lines = []
    for row in posed.windows.inputs[0]:
        nudged = posed.rows.copy()
        nudged.iloc[row] += 0.1
        lines.append((answer(nudged) != start).any(axis=1))
    return np.stack(lines, axis=1)


cases = [
    pytest.param(
        framing,
        task,
        model,
        marks=[] if number == 0 and task in TASKS[:3] else pytest.mark.slow,
        id=f"{framing.name}-{task.kind}-{task.horizon or ''}-{number}",
    )
    for framing, task, (number, model) in itertools.product(FRAMINGS, TASKS, enumerate(MODELS))
    if can_pose(framing, task, model) and (number == 0 or task in TASKS[:3])
]


@pytest.mark.parametrize(("framing", "task", "model"), cases)
def test_what_is_measured_is_what_brute_force_finds(framing: Framing, task: Task, model: Model) -> None:
    posed = pose(Problem(length=12, kind="adding"), task)
    flow = measured(framing, posed, model)
    assert (flow.sees == moved(framing, posed, model)).all()
    assert flow.steps.tolist() == list(range(posed.windows.targets.shape[1]))
    assert ((flow.strength > 0) == flow.sees).all(), "nothing vanishes on windows as short as these"


@pytest.mark.parametrize(
    ("name", "task", "model", "verdict"),
    [
        ("many_to_many", Task(kind="echo"), MODELS[0], "right"),
        ("many_to_many", Task(kind="next_step"), MODELS[0], "right"),
        ("many_to_many", Task(kind="next_step"), Model(units=5, bidirectional=True), "future"),
        ("many_to_many", Task(kind="echo"), Model(units=5, bidirectional=True), "right"),
        ("many_to_many", Task(kind="next_window"), MODELS[0], "blind"),
        ("many_to_many", Task(kind="next_window"), Model(units=5, bidirectional=True), "right"),
        ("many_to_one", Task(kind="forecast", lookback=5, horizon=3), MODELS[0], "right"),
        ("encoder_decoder", Task(kind="forecast", lookback=5, horizon=3), MODELS[0], "right"),
        ("many_to_one", Task(kind="next_step", lookback=4, allow_future=True), MODELS[0], "future"),
        ("one_to_one", Task(kind="echo"), MODELS[0], "blind"),
        ("stateful", Task(kind="next_step"), MODELS[0], "right"),
        ("one_to_many", Task(kind="forecast", lookback=1, horizon=4), MODELS[0], "right"),
        ("pyramid", Task(kind="next_window"), MODELS[0], "right"),
    ],
)
def test_the_judgement(name: str, task: Task, model: Model, verdict: str) -> None:
    posed = pose(Problem(length=10), task)
    judgement = judge(measured(BY_NAME[name], posed, model), posed.windows, task)
    assert judgement.verdict == verdict
    assert judgement.sentence().startswith(name)
    strict = task.model_copy(update={"allow_future": False})
    if verdict == "future":
        with pytest.raises(UserError, match=f"{name} sees the future"):
            refuse_future(judgement, strict)
        refuse_future(judgement, task.model_copy(update={"allow_future": True}))
    else:
        refuse_future(judgement, strict)


def test_reading_the_last_states_for_as_many_leads_is_blind() -> None:
    """As direct forecasters of other libraries do: the first lead comes from a state that has not seen the end."""

    class LastStates:
        kind = "the last 3 states"

        def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
            return (3, shape[1])

        def arithmetic(self, shape: tuple[int, ...]) -> Any:
            return NO_PARAMETERS

    from seqframe.backend import keras
    from seqframe.layers.from_plan import make_layer

    make_layer.register(LastStates, lambda layer, name, *_, **__: keras.layers.Cropping1D((4, 0), name=name))
    framing = Record(
        name="direct",
        summary="Reads the last hidden states.",
        frame_inputs=whole_windows,
        frame_targets=whole_windows,
        unframe=reshape_back,
        body=lambda model, X, y: (Recurrent(model.units, every_step=True), LastStates()),
        head=lambda model, y: TimeDistributed(DenseLayer(y[-1])),
    )
    task = Task(kind="forecast", lookback=7, horizon=3)
    posed = pose(Problem(length=20), task)
    judgement = judge(measured(framing, posed, MODELS[0]), posed.windows, task)
    assert judgement.verdict == "blind"
    assert judgement.blind == {1: (6, 7), 2: (7,)}
    assert judgement.sentence() == (
        "direct is blind: answer 1 misses steps 6 to 7, answer 2 misses step 7 of the window, which it could have seen."
    )


@pytest.mark.parametrize("cell", ["lstm", "gru", "simple_rnn"])
def test_a_way_that_is_long_is_still_a_way(cell: Any) -> None:
    """Over 300 steps gradients of untrained networks vanish; that there is a way is found all the same."""
    task = Task(kind="forecast", lookback=300, horizon=2)
    posed = pose(Problem(length=302), task)
    flow = measured(BY_NAME["many_to_one"], posed, Model(units=6, cell=cell))
    assert flow.sees.all()
    assert flow.strength[0, 0] < 1e-3 * flow.strength[0, -1], "the first step hardly counts"


def test_of_many_answers_some_are_looked_at() -> None:
    task = Task(kind="echo")
    posed = pose(Problem(length=100), task)
    for name in ("many_to_many", "one_to_one"):
        flow = measured(BY_NAME[name], posed, MODELS[0])
        assert len(flow.steps) == MOST_ANSWERS
        assert (flow.steps[0], flow.steps[-1]) == (0, 99)
        expected = (
            np.arange(100) <= flow.steps[:, None] if name == "many_to_many" else np.arange(100) == flow.steps[:, None]
        )
        assert (flow.sees == expected).all()


def test_several_columns_are_one_step(tmp_path) -> None:
    posed = pose(write_counters(tmp_path), Task(kind="forecast", lookback=4, horizon=3))
    flow = measured(BY_NAME["one_step_vector"], posed, MODELS[0])
    assert flow.table().columns.tolist() == ["answers", "reads_1", "reads_2", "reads_3", "reads_4"]
    assert flow.table()["answers"].tolist() == [1, 2, 3]
    assert flow.sees.all()
