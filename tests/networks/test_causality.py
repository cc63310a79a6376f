"""Input-output dependency: compared with brute force, and checked on networks whose leakage is known."""

import itertools
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from helpers.tables import write_counters
from seqframe.config import DataSettings, ModelSettings, Settings, TaskSettings, TrainingSettings
from seqframe.data.dataset import SequenceDataset, make_dataset
from seqframe.errors import UserError
from seqframe.framings import FRAMINGS, Framing
from seqframe.framings.causality import framing_dependency
from seqframe.framings.dataset import frame_arrays, unframe_predictions
from seqframe.networks.build import build_model, predict
from seqframe.networks.causality import MAX_OUTPUTS, Dependency, check_causality, raise_on_leakage
from seqframe.networks.recurrent_layers import LSTM
from seqframe.networks.spec import Dense as DenseLayer
from seqframe.networks.spec import LayerSpec, NetworkState, Shape, TimeDistributed

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


def supports(framing: Framing, task: TaskSettings, model: ModelSettings) -> bool:
    training = TrainingSettings(epochs=1, batch_size="full", learning_rate=0.1, seed=0, n_seeds=1)
    settings = Settings(data=DataSettings(sequence_length=5), task=task, model=model, training=training)
    return framing.unsupported_reason(settings) is None


def measured(framing: Framing, dataset: SequenceDataset, model: ModelSettings) -> Dependency:
    X, y = frame_arrays(dataset, framing, dataset.train)
    spec = framing.make_spec(X, y, model, len(dataset.train))
    return framing_dependency(spec, framing, *dataset.shapes())


def by_perturbation(framing: Framing, dataset: SequenceDataset, model: ModelSettings) -> np.ndarray:
    """Brute force: which outputs of the first window change if one of its rows does: (steps, lookback)."""
    X, y = frame_arrays(dataset, framing, dataset.train)
    spec = framing.make_spec(X, y, model, len(dataset.train))
    random = np.random.default_rng(3)
    weights = [random.normal(0, 0.5, each.shape) for each in build_model(spec, 0).get_weights()]
    network = NetworkState(spec, tuple(weights))

    def predict_from(rows: Any) -> np.ndarray:
        again = replace(dataset, df=rows, filled=rows)
        return unframe_predictions(
            predict(network, frame_arrays(again, framing, dataset.train)[0]), again, framing, dataset.train
        )[0]

    start = predict_from(dataset.df)
    lines = []
    for row in dataset.train.inputs[0]:
        changed = dataset.df.copy()
        changed.iloc[row] += 0.1
        lines.append((predict_from(changed) != start).any(axis=1))
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
    if supports(framing, task, model) and (number == 0 or task in TASKS[:3])
]


@pytest.mark.parametrize(("framing", "task", "model"), cases)
def test_the_dependency_agrees_with_brute_force(framing: Framing, task: TaskSettings, model: ModelSettings) -> None:
    dataset = make_dataset(DataSettings(sequence_length=12, generator="adding"), task)
    dependency = measured(framing, dataset, model)
    assert (dependency.depends_on == by_perturbation(framing, dataset, model)).all()
    assert dependency.output_steps.tolist() == list(range(dataset.train.targets.shape[1]))
    assert ((dependency.strength > 0) == dependency.depends_on).all(), "no gradient vanishes on windows this short"


@pytest.mark.parametrize(
    ("name", "task", "model", "outcome"),
    [
        ("many_to_many", TaskSettings(kind="echo"), MODELS[0], "causal"),
        ("many_to_many", TaskSettings(kind="next_step"), MODELS[0], "causal"),
        ("many_to_many", TaskSettings(kind="next_step"), ModelSettings(units=5, bidirectional=True), "leaking"),
        ("many_to_many", TaskSettings(kind="echo"), ModelSettings(units=5, bidirectional=True), "causal"),
        ("many_to_many", TaskSettings(kind="next_window"), MODELS[0], "partial"),
        ("many_to_many", TaskSettings(kind="next_window"), ModelSettings(units=5, bidirectional=True), "causal"),
        ("many_to_one", TaskSettings(kind="forecast", lookback=5, horizon=3), MODELS[0], "causal"),
        ("encoder_decoder", TaskSettings(kind="forecast", lookback=5, horizon=3), MODELS[0], "causal"),
        ("many_to_one", TaskSettings(kind="next_step", lookback=4, allow_leakage=True), MODELS[0], "leaking"),
        ("one_to_one", TaskSettings(kind="echo"), MODELS[0], "partial"),
        ("stateful", TaskSettings(kind="next_step"), MODELS[0], "causal"),
        ("one_to_many", TaskSettings(kind="forecast", lookback=1, horizon=4), MODELS[0], "causal"),
        ("pyramid", TaskSettings(kind="next_window"), MODELS[0], "causal"),
    ],
)
def test_the_outcome(name: str, task: TaskSettings, model: ModelSettings, outcome: str) -> None:
    dataset = make_dataset(DataSettings(sequence_length=10), task)
    check = check_causality(measured(BY_NAME[name], dataset, model), dataset.train, task)
    assert check.outcome == outcome
    assert name in check.summary()
    strict = task.model_copy(update={"allow_leakage": False})
    if outcome == "leaking":
        with pytest.raises(UserError, match=f"Data leakage in {name}: output 1 depends on input"):
            raise_on_leakage(check, strict)
        raise_on_leakage(check, task.model_copy(update={"allow_leakage": True}))
    else:
        raise_on_leakage(check, strict)


def test_reading_the_last_states_as_a_forecast_is_partial() -> None:
    """As direct forecasters of other libraries do: the first step comes from a state before the last inputs."""

    @dataclass(frozen=True)
    class Cropping1D(LayerSpec):
        cropping: tuple[int, int]

        def output_shape(self, shape: Shape) -> Shape:
            return (shape[0] - sum(self.cropping), shape[1])

    framing = Framing(
        name="direct",
        summary="Reads the last hidden states.",
        inputs="b t f -> b t f",
        targets="b t f -> b t f",
        body=lambda model, X, y: (LSTM(model.units, return_sequences=True), Cropping1D((4, 0))),
        head=lambda model, y: TimeDistributed(DenseLayer(y[-1])),
    )
    task = TaskSettings(kind="forecast", lookback=7, horizon=3)
    dataset = make_dataset(DataSettings(sequence_length=20), task)
    check = check_causality(measured(framing, dataset, MODELS[0]), dataset.train, task)
    assert check.outcome == "partial"
    assert check.ignored == {1: (6, 7), 2: (7,)}
    assert check.summary() == (
        "direct: output 1 does not depend on available inputs 6-7, output 2 does not depend on available input 7."
    )


@pytest.mark.parametrize("cell", ["lstm", "gru", "simple_rnn"])
def test_long_dependencies_are_found(cell: Any) -> None:
    """Over 300 steps the gradients of untrained networks vanish; the dependency is found all the same."""
    task = TaskSettings(kind="forecast", lookback=300, horizon=2)
    dataset = make_dataset(DataSettings(sequence_length=302), task)
    dependency = measured(BY_NAME["many_to_one"], dataset, ModelSettings(units=6, cell=cell))
    assert dependency.depends_on.all()
    assert dependency.strength[0, 0] < 1e-3 * dependency.strength[0, -1], "the gradient of the first step vanishes"


def test_of_many_outputs_a_subset_is_measured() -> None:
    task = TaskSettings(kind="echo")
    dataset = make_dataset(DataSettings(sequence_length=100), task)
    for name in ("many_to_many", "one_to_one"):
        dependency = measured(BY_NAME[name], dataset, MODELS[0])
        assert len(dependency.output_steps) == MAX_OUTPUTS
        assert (dependency.output_steps[0], dependency.output_steps[-1]) == (0, 99)
        expected = (
            np.arange(100) <= dependency.output_steps[:, None]
            if name == "many_to_many"
            else np.arange(100) == dependency.output_steps[:, None]
        )
        assert (dependency.depends_on == expected).all()


def test_all_columns_of_a_row_are_one_step(tmp_path) -> None:
    dataset = make_dataset(write_counters(tmp_path), TaskSettings(kind="forecast", lookback=4, horizon=3))
    dependency = measured(BY_NAME["one_step_vector"], dataset, MODELS[0])
    assert dependency.table().columns.tolist() == ["output", "input_1", "input_2", "input_3", "input_4"]
    assert dependency.table()["output"].tolist() == [1, 2, 3]
    assert dependency.depends_on.all()
