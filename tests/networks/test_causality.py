"""The information flow: measured against brute force, and judged on fixtures whose fault is known."""

import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from helpers.tables import write_counters
from seqframe.config import DataSettings, ModelSettings, Settings, TaskSettings, TrainingSettings
from seqframe.data.dataset import SequenceDataset, make_dataset
from seqframe.errors import UserError
from seqframe.framings import FRAMINGS, Framing
from seqframe.framings.base import Framing as Record
from seqframe.framings.dataset import frame_arrays, unframe_predictions
from seqframe.framings.reshape import reshape_back, whole_windows
from seqframe.networks.build import build_model, predict
from seqframe.networks.causality import MOST_ANSWERS, Dependency, check_causality, measure_dependency, raise_on_leakage
from seqframe.networks.spec import NO_PARAMS, NetworkState, Recurrent, TimeDistributed
from seqframe.networks.spec import Dense as DenseLayer

TASKS = [
    TaskSettings(kind="echo", lookback=5),
    TaskSettings(kind="next_step", lookback=4),
    TaskSettings(kind="next_window", lookback=4),
    TaskSettings(kind="forecast", lookback=4, horizon=4),
    TaskSettings(kind="forecast", lookback=4, horizon=2, gap=1),
    TaskSettings(kind="forecast", lookback=1, horizon=3),
    TaskSettings(kind="next_step", lookback=4, allow_leakage=True),
]
MODELS = [
    ModelSettings(units=6),
    ModelSettings(units=6, cell="gru", bidirectional=True),
    ModelSettings(units=6, hidden_sizes=[4, 5], cell="simple_rnn"),
]
BY_NAME = {framing.name: framing for framing in FRAMINGS}


def can_pose(framing: Framing, task: TaskSettings, model: ModelSettings) -> bool:
    training = TrainingSettings(epochs=1, batch_size="full", learning_rate=0.1, seed=0, n_seeds=1)
    settings = Settings(data=DataSettings(sequence_length=5), task=task, model=model, training=training)
    return framing.unsupported_reason(settings) is None


def measured(framing: Framing, dataset: SequenceDataset, model: ModelSettings) -> Dependency:
    X, y = frame_arrays(dataset, framing, dataset.train)
    spec = framing.make_spec(X, y, model, len(dataset.train))
    return measure_dependency(spec, framing, *dataset.shapes())


def moved(framing: Framing, dataset: SequenceDataset, model: ModelSettings) -> np.ndarray:
    """By brute force: which answers of the first window move when one of its rows does: (steps, lookback)."""
    X, y = frame_arrays(dataset, framing, dataset.train)
    spec = framing.make_spec(X, y, model, len(dataset.train))
    random = np.random.default_rng(3)
    weights = [random.normal(0, 0.5, each.shape) for each in build_model(spec, 0).get_weights()]
    network = NetworkState(spec, tuple(weights))

    def answer(rows: Any) -> np.ndarray:
        again = replace(dataset, df=rows, filled=rows)
        return unframe_predictions(
            predict(network, frame_arrays(again, framing, dataset.train)[0]), again, framing, dataset.train
        )[0]

    start = answer(dataset.df)
    lines = []
    for row in dataset.train.inputs[0]:
        nudged = dataset.df.copy()
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
def test_what_is_measured_is_what_brute_force_finds(framing: Framing, task: TaskSettings, model: ModelSettings) -> None:
    dataset = make_dataset(DataSettings(sequence_length=12, generator="adding"), task)
    flow = measured(framing, dataset, model)
    assert (flow.sees == moved(framing, dataset, model)).all()
    assert flow.steps.tolist() == list(range(dataset.train.targets.shape[1]))
    assert ((flow.strength > 0) == flow.sees).all(), "nothing vanishes on windows as short as these"


@pytest.mark.parametrize(
    ("name", "task", "model", "outcome"),
    [
        ("many_to_many", TaskSettings(kind="echo"), MODELS[0], "right"),
        ("many_to_many", TaskSettings(kind="next_step"), MODELS[0], "right"),
        ("many_to_many", TaskSettings(kind="next_step"), ModelSettings(units=5, bidirectional=True), "future"),
        ("many_to_many", TaskSettings(kind="echo"), ModelSettings(units=5, bidirectional=True), "right"),
        ("many_to_many", TaskSettings(kind="next_window"), MODELS[0], "blind"),
        ("many_to_many", TaskSettings(kind="next_window"), ModelSettings(units=5, bidirectional=True), "right"),
        ("many_to_one", TaskSettings(kind="forecast", lookback=5, horizon=3), MODELS[0], "right"),
        ("encoder_decoder", TaskSettings(kind="forecast", lookback=5, horizon=3), MODELS[0], "right"),
        ("many_to_one", TaskSettings(kind="next_step", lookback=4, allow_leakage=True), MODELS[0], "future"),
        ("one_to_one", TaskSettings(kind="echo"), MODELS[0], "blind"),
        ("stateful", TaskSettings(kind="next_step"), MODELS[0], "right"),
        ("one_to_many", TaskSettings(kind="forecast", lookback=1, horizon=4), MODELS[0], "right"),
        ("pyramid", TaskSettings(kind="next_window"), MODELS[0], "right"),
    ],
)
def test_the_judgement(name: str, task: TaskSettings, model: ModelSettings, verdict: str) -> None:
    dataset = make_dataset(DataSettings(sequence_length=10), task)
    judgement = check_causality(measured(BY_NAME[name], dataset, model), dataset.train, task)
    assert judgement.verdict == verdict
    assert judgement.sentence().startswith(name)
    strict = task.model_copy(update={"allow_leakage": False})
    if verdict == "future":
        with pytest.raises(UserError, match=f"{name} sees the future"):
            raise_on_leakage(judgement, strict)
        raise_on_leakage(judgement, task.model_copy(update={"allow_leakage": True}))
    else:
        raise_on_leakage(judgement, strict)


def test_reading_the_last_states_for_as_many_leads_is_blind() -> None:
    """As direct forecasters of other libraries do: the first lead comes from a state that has not seen the end."""

    class LastStates:
        kind = "the last 3 states"

        def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
            return (3, shape[1])

        def param_count(self, shape: tuple[int, ...]) -> Any:
            return NO_PARAMS

    from seqframe.networks.backend import keras
    from seqframe.networks.build import build_layer

    build_layer.register(LastStates, lambda layer, name, *_, **__: keras.layers.Cropping1D((4, 0), name=name))
    framing = Record(
        name="direct",
        summary="Reads the last hidden states.",
        to_inputs=whole_windows,
        to_targets=whole_windows,
        from_predictions=reshape_back,
        body=lambda model, X, y: (Recurrent(model.units, return_sequences=True), LastStates()),
        head=lambda model, y: TimeDistributed(DenseLayer(y[-1])),
    )
    task = TaskSettings(kind="forecast", lookback=7, horizon=3)
    dataset = make_dataset(DataSettings(sequence_length=20), task)
    judgement = check_causality(measured(framing, dataset, MODELS[0]), dataset.train, task)
    assert judgement.verdict == "blind"
    assert judgement.blind == {1: (6, 7), 2: (7,)}
    assert judgement.sentence() == (
        "direct is blind: answer 1 misses steps 6 to 7, answer 2 misses step 7 of the window, which it could have seen."
    )


@pytest.mark.parametrize("cell", ["lstm", "gru", "simple_rnn"])
def test_a_way_that_is_long_is_still_a_way(cell: Any) -> None:
    """Over 300 steps gradients of untrained networks vanish; that there is a way is found all the same."""
    task = TaskSettings(kind="forecast", lookback=300, horizon=2)
    dataset = make_dataset(DataSettings(sequence_length=302), task)
    flow = measured(BY_NAME["many_to_one"], dataset, ModelSettings(units=6, cell=cell))
    assert flow.sees.all()
    assert flow.strength[0, 0] < 1e-3 * flow.strength[0, -1], "the first step hardly counts"


def test_of_many_answers_some_are_looked_at() -> None:
    task = TaskSettings(kind="echo")
    dataset = make_dataset(DataSettings(sequence_length=100), task)
    for name in ("many_to_many", "one_to_one"):
        flow = measured(BY_NAME[name], dataset, MODELS[0])
        assert len(flow.steps) == MOST_ANSWERS
        assert (flow.steps[0], flow.steps[-1]) == (0, 99)
        expected = (
            np.arange(100) <= flow.steps[:, None] if name == "many_to_many" else np.arange(100) == flow.steps[:, None]
        )
        assert (flow.sees == expected).all()


def test_several_columns_are_one_step(tmp_path) -> None:
    dataset = make_dataset(write_counters(tmp_path), TaskSettings(kind="forecast", lookback=4, horizon=3))
    flow = measured(BY_NAME["one_step_vector"], dataset, MODELS[0])
    assert flow.table().columns.tolist() == ["answers", "reads_1", "reads_2", "reads_3", "reads_4"]
    assert flow.table()["answers"].tolist() == [1, 2, 3]
    assert flow.sees.all()
