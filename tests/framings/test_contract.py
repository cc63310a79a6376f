"""The contract of framings, with every cell, body and task. A new framing is tested by being listed."""

import itertools
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import pytest

from helpers.tables import counters, write_counters
from seqframe.config import DataSettings, ModelSettings, Settings, TaskSettings, TrainingSettings
from seqframe.data.dataset import SequenceDataset, make_dataset
from seqframe.errors import UserError
from seqframe.evaluation.evaluate import evaluate
from seqframe.framings import FRAMINGS, TUTORIAL, Framing, check_framing_names, check_supported, supported_framings
from seqframe.framings.dataset import frame_arrays
from seqframe.framings.index_map import make_index_map
from seqframe.networks.build import build_model, count_parameters, export_keras, init_network, predict
from seqframe.networks.spec import NetworkSpec, Reshape

UNITS = 6
TASKS = {
    "echo": TaskSettings(kind="echo", lookback=5),
    "echo of one row": TaskSettings(kind="echo", lookback=1),
    "next_step": TaskSettings(kind="next_step", lookback=5),
    "next_window": TaskSettings(kind="next_window", lookback=5),
    "equal forecast": TaskSettings(kind="forecast", lookback=5, horizon=5, gap=1),
    "forecast": TaskSettings(kind="forecast", lookback=5, horizon=2, gap=1, stride=2),
    "forecast from one row": TaskSettings(kind="forecast", lookback=1, horizon=4),
}
MODELS = {
    "lstm": ModelSettings(units=UNITS),
    "gru": ModelSettings(units=UNITS, cell="gru"),
    "simple_rnn": ModelSettings(units=UNITS, cell="simple_rnn", head="dense"),
    "stacked": ModelSettings(units=UNITS, hidden_sizes=[7, 8]),
    "bidirectional": ModelSettings(units=UNITS, bidirectional=True),
    "bidirectional gru, stacked": ModelSettings(units=UNITS, bidirectional=True, cell="gru", hidden_sizes=[7, 8]),
    "regularized": ModelSettings(
        units=UNITS, dropout=0.1, recurrent_dropout=0.1, kernel_l2=0.1, recurrent_l2=0.1, bias_l2=0.1
    ),
}


def settings(task: TaskSettings, model: ModelSettings = MODELS["lstm"], **training: Any) -> Settings:
    values = {"epochs": 1, "batch_size": "full", "learning_rate": 0.01, "seed": 0, "n_seeds": 1} | training
    return Settings(
        data=DataSettings(sequence_length=5), task=task, model=model, training=TrainingSettings.model_validate(values)
    )


def supported(task: TaskSettings, model: ModelSettings = MODELS["lstm"]) -> Iterator[Framing]:
    return (framing for framing in FRAMINGS if framing.unsupported_reason(settings(task, model)) is None)


every_framing = pytest.mark.parametrize("framing", FRAMINGS, ids=lambda framing: framing.name)
every_task_and_framing = pytest.mark.parametrize(
    ("task", "framing"),
    [
        pytest.param(task, framing, id=f"{name}-{framing.name}")
        for name, task in TASKS.items()
        for framing in supported(task)
    ],
)


def supported_task(framing: Framing, model: ModelSettings = MODELS["lstm"]) -> TaskSettings:
    return next(task for task in TASKS.values() if framing.unsupported_reason(settings(task, model)) is None)


def every_model_and_framing(slow: bool = False) -> list[Any]:
    """All supported pairs; with `slow`, all but the first model are marked as slow."""
    pairs = itertools.product(MODELS.items(), FRAMINGS)
    return [
        pytest.param(
            model,
            framing,
            id=f"{name}-{framing.name}",
            marks=pytest.mark.slow if slow and name != "lstm" else [],
        )
        for (name, model), framing in pairs
        if any(framing.unsupported_reason(settings(task, model)) is None for task in TASKS.values())
    ]


@pytest.fixture(scope="module")
def data_settings(tmp_path_factory: pytest.TempPathFactory) -> DataSettings:
    return write_counters(tmp_path_factory.mktemp("counters"))


def framed(
    framing: Framing, dataset: SequenceDataset, model: ModelSettings
) -> tuple[NetworkSpec, np.ndarray, np.ndarray]:
    X, y = frame_arrays(dataset, framing, dataset.train)
    return framing.make_spec(X, y, model, len(dataset.train)), X, y


@every_task_and_framing
def test_predictions_are_mapped_to_their_rows(
    task: TaskSettings, framing: Framing, data_settings: DataSettings
) -> None:
    """A network that outputs y itself has no error on any row, in physical units."""
    dataset = make_dataset(data_settings, task)
    _, y = frame_arrays(dataset, framing, dataset.train)
    predictions, scores = evaluate(lambda _: y, framing, dataset)
    expected = [counters(row, column) for row, column in zip(predictions["row"], predictions["column"], strict=True)]
    assert predictions["actual"].tolist() == expected
    assert scores["train"]["max_error"] < 1e-4
    assert len(predictions) == dataset.train.targets.size * len(dataset.targets)


@every_task_and_framing
def test_the_index_map_has_the_cells_of_the_arrays(
    task: TaskSettings, framing: Framing, data_settings: DataSettings
) -> None:
    unscaled = data_settings.model_copy(update={"scaler": "none"})
    dataset = make_dataset(unscaled, task)
    arrays = dict(zip(("X", "y"), frame_arrays(dataset, framing, dataset.train), strict=True))
    table = make_index_map(dataset, framing)
    for cell in table.itertuples():
        position = (cell.sample, cell.timestep, cell.feature) if cell.timestep >= 0 else (cell.sample, cell.feature)
        assert arrays[cell.array][position] == cell.value == counters(cell.row, cell.column)
    for name, array in arrays.items():
        cells = table[table["array"] == name]
        assert set(cells["shape"]) == {str(array.shape)}
        samples = array.size // len(array) * cells["sample"].nunique()
        assert len(cells) == samples, "every cell of a sample, once"
        assert {0, len(array) - 1} <= set(cells["sample"]), "the first and the last sample"


@every_framing
def test_inputs_are_only_rearranged(framing: Framing) -> None:
    inputs = np.arange(2 * 5 * 3).reshape(2, 5, 3)
    X = framing.to_inputs(inputs)
    assert X.ndim == 3  # (samples, timesteps, features)
    assert sorted(X.ravel()) == sorted(inputs.ravel())


@pytest.mark.parametrize(("model", "framing"), every_model_and_framing())
def test_the_output_has_the_shape_of_y_and_formulas_give_the_parameters(
    model: ModelSettings, framing: Framing, data_settings: DataSettings
) -> None:
    spec, X, y = framed(framing, make_dataset(data_settings, supported_task(framing, model)), model)
    network = init_network(spec, seed=1)
    assert predict(network, X).shape == y.shape
    counts = count_parameters(spec, build_model(spec, seed=1))  # raises if a formula and Keras differ
    assert sum(counts.values()) == sum(weights.size for weights in network.weights)
    for layer, shape in spec.layers().values():
        param_count = layer.param_count(shape)
        assert eval(param_count.substituted.replace("^", "**")) == param_count.value


@pytest.mark.parametrize(("model", "framing"), every_model_and_framing(slow=True))
def test_a_saved_and_loaded_model_predicts_the_same(
    model: ModelSettings, framing: Framing, data_settings: DataSettings, tmp_path
) -> None:
    spec, X, _ = framed(framing, make_dataset(data_settings, supported_task(framing, model)), model)
    network = init_network(spec, seed=1)
    export_keras(network).save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert all(type(layer).__module__.startswith("keras.") for layer in loaded.layers)
    expected = predict(network, X)
    if spec.steps_per_sequence:  # a stateful model takes one sequence
        X, expected = (
            X[: spec.steps_per_sequence].reshape(1, -1, X.shape[2]),
            expected[: spec.steps_per_sequence].reshape(1, spec.steps_per_sequence, -1),
        )
    np.testing.assert_allclose(loaded(X, training=False).numpy(), expected, atol=1e-5)


@every_framing
def test_batches_do_not_change_predictions(framing: Framing, data_settings: DataSettings) -> None:
    spec, X, _ = framed(framing, make_dataset(data_settings, supported_task(framing)), MODELS["lstm"])
    network = init_network(spec, seed=1)
    np.testing.assert_allclose(predict(network, X, batch_size=1), predict(network, X), atol=1e-6)


@pytest.mark.parametrize(
    "framing", [pytest.param(f, marks=[] if f in TUTORIAL else pytest.mark.slow, id=f.name) for f in FRAMINGS]
)
def test_runs_with_the_same_seed_are_identical(framing: Framing, data_settings: DataSettings) -> None:
    from seqframe.training.trainer import train

    spec, X, y = framed(framing, make_dataset(data_settings, supported_task(framing)), MODELS["regularized"])
    training = settings(TASKS["echo"], epochs=3).training
    first, second = (train(init_network(spec, seed=1), X, y, training)[0] for _ in range(2))
    assert all((a == b).all() for a, b in zip(first.weights, second.weights, strict=True))
    assert any((a != b).any() for a, b in zip(first.weights, init_network(spec, seed=1).weights, strict=True))


@pytest.mark.parametrize(
    ("name", "X_shape", "y_shape", "counts"),
    [
        ("one_to_one", (5, 1, 1), (5, 1), {"body_1": 140, "head": 6}),
        ("many_to_one", (1, 5, 1), (1, 5), {"body_1": 140, "head": 30}),
        ("many_to_many", (1, 5, 1), (1, 5, 1), {"body_1": 140, "head": 6}),
        ("one_step_vector", (1, 1, 5), (1, 5), {"body_1": 220, "head": 30}),
    ],
)
def test_shapes_and_parameters_of_the_tutorial(
    name: str, X_shape: tuple[int, ...], y_shape: tuple[int, ...], counts: dict[str, int]
) -> None:
    framing = next(framing for framing in FRAMINGS if framing.name == name)
    spec, X, y = framed(
        framing, make_dataset(DataSettings(sequence_length=5), TaskSettings(kind="echo")), ModelSettings(units=5)
    )
    assert (X.shape, y.shape) == (X_shape, y_shape)
    assert {layer: each.param_count(shape).value for layer, (each, shape) in spec.layers().items()} == counts
    assert count_parameters(spec, build_model(spec, seed=0)) == counts


def test_names_are_unique_and_summaries_are_sentences() -> None:
    names = [framing.name for framing in FRAMINGS]
    assert len(set(names)) == len(names)
    assert all(framing.summary.endswith(".") for framing in FRAMINGS)
    assert [framing.name for framing in TUTORIAL] == ["one_to_one", "many_to_one", "many_to_many"]


def test_every_framing_supports_a_task_and_every_task_has_a_framing() -> None:
    for framing in FRAMINGS:
        supported_task(framing)
    for task in TASKS.values():
        assert supported_framings(settings(task))


@pytest.mark.parametrize(
    ("name", "unsupported", "message"),
    [
        (
            "many_to_many",
            settings(TaskSettings(kind="forecast", lookback=3, horizon=2)),
            "many_to_many gives one output for every input step, so `task.lookback` and `task.horizon` must be equal. "
            "Received: lookback=3, horizon=2. Supported by: many_to_one, one_step_vector, encoder_decoder, "
            "pyramid, dense.",
        ),
        (
            "one_to_many",
            settings(TaskSettings(kind="forecast", lookback=3, horizon=2)),
            "one_to_many makes a sequence from one row, so `task.lookback` must be 1. Received: 3.",
        ),
        (
            "many_to_one",
            settings(TaskSettings(kind="next_step")),
            "many_to_one predicts after it has read the whole window, and the targets of `task.kind=next_step` lie in "
            "that window: that would be data leakage. Supported by: one_to_one, many_to_many, stateful.",
        ),
        (
            "stateful",
            settings(TaskSettings(kind="echo"), batch_size=4),
            "`training.batch_size` must be 1, or full, which means 1 here. Received: 4. Supported by: one_to_one,",
        ),
        (
            "stateful",
            settings(TaskSettings(kind="echo"), MODELS["bidirectional"]),
            "`model.bidirectional` must be false. Received: true. Supported by: one_to_one,",
        ),
        (
            "pyramid",
            settings(
                TaskSettings(kind="forecast", lookback=2, horizon=2), ModelSettings(units=5, hidden_sizes=[5, 4, 3])
            ),
            "pyramid halves the number of steps from layer to layer, so 3 layers need windows of 3 rows. "
            "Received: lookback=2.",
        ),
        (
            "stateful",
            settings(TaskSettings(kind="echo"), shuffle=True),
            "`training.shuffle` must be false. Received: true.",
        ),
    ],
)
def test_unsupported_settings_are_refused_with_supporting_framings(
    name: str, unsupported: Settings, message: str
) -> None:
    framing = next(framing for framing in FRAMINGS if framing.name == name)
    with pytest.raises(UserError) as caught:
        check_supported(framing, unsupported, FRAMINGS)
    assert message in str(caught.value)
    for other in supported_framings(unsupported):
        check_supported(other, unsupported, FRAMINGS)


def test_a_pyramid_needs_enough_steps() -> None:
    pyramid = next(framing for framing in FRAMINGS if framing.name == "pyramid")
    for steps in range(1, 9):
        for levels in range(1, 5):
            model = ModelSettings(units=4, hidden_sizes=[4] * levels)
            X, y = np.zeros((2, steps, 3)), np.zeros((2, 2))
            if levels > 1 and steps < 2 ** (levels - 2) + 1:
                with pytest.raises(UserError, match=f"Received: {steps}. Give model.hidden_sizes fewer sizes"):
                    pyramid.make_spec(X, y, model)
            else:
                body = pyramid.make_spec(X, y, model).body
                assert sum(isinstance(layer, Reshape) for layer in body) == levels - 1


def test_unknown_framing_names_are_refused() -> None:
    check_framing_names({"one_to_one"})
    with pytest.raises(UserError, match="Received: many. Framings: one_to_one"):
        check_framing_names({"many"})
