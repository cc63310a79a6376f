"""What every framing must keep. A new framing is tested by being listed."""

import numpy as np
import pytest

from seqframe.config import Model, Task
from seqframe.errors import UserError
from seqframe.framings import FRAMINGS, Framing, check_names, check_task
from seqframe.network import assemble, count_parameters, draw_network, predict, to_keras
from seqframe.windows import cut_windows

WINDOWS, STEPS, FEATURES, TARGETS, UNITS = 2, 5, 3, 4, 6  # all different, so that a swapped axis fails

every_framing = pytest.mark.parametrize("framing", FRAMINGS, ids=lambda framing: framing.name)


def counters(columns: int) -> np.ndarray:
    """(windows, steps, columns) in which every value is different."""
    return np.arange(WINDOWS * STEPS * columns, dtype=np.float32).reshape(WINDOWS, STEPS, columns)


@every_framing
def test_predictions_land_on_their_rows(framing: Framing) -> None:
    targets = counters(TARGETS)
    assert (framing.unframe(framing.frame_targets(targets), targets.shape) == targets).all()


@every_framing
def test_no_value_is_lost_or_invented(framing: Framing) -> None:
    inputs = counters(FEATURES)
    X = framing.frame_inputs(inputs)
    assert X.ndim == 3  # (samples, timesteps, features)
    assert sorted(X.ravel()) == sorted(inputs.ravel())


@every_framing
def test_samples_of_X_and_y_belong_together(framing: Framing) -> None:
    X, y = framing.frame_inputs(counters(FEATURES)), framing.frame_targets(counters(TARGETS))
    assert len(X) == len(y)
    # the step of a value is its number // columns, the same in X and y
    steps = [np.unique(sample.ravel() // columns) for data, columns in ((X, FEATURES), (y, TARGETS)) for sample in data]
    for of_X, of_y in zip(steps[: len(X)], steps[len(X) :], strict=True):
        assert of_X.tolist() == of_y.tolist()


@every_framing
def test_the_network_answers_in_the_shape_of_y(framing: Framing) -> None:
    X, y = framing.frame_inputs(counters(FEATURES)), framing.frame_targets(counters(TARGETS))
    plan = framing.plan(X, y, Model(units=UNITS))
    network = draw_network(plan, seed=1)
    assert predict(network, X).shape == y.shape
    counts = count_parameters(plan, assemble(plan, seed=1))
    assert sum(counts.values()) == sum(weights.size for weights in network.weights)


@every_framing
def test_batches_do_not_change_predictions(framing: Framing) -> None:
    X, y = framing.frame_inputs(counters(FEATURES)) / 100, framing.frame_targets(counters(TARGETS))
    network = draw_network(framing.plan(X, y, Model(units=UNITS)), seed=1)
    np.testing.assert_allclose(predict(network, X, batch_size=1), predict(network, X), atol=1e-6)


@every_framing
def test_saved_and_loaded_it_predicts_alike(framing: Framing, tmp_path) -> None:
    import keras

    X, y = framing.frame_inputs(counters(FEATURES)) / 100, framing.frame_targets(counters(TARGETS))
    network = draw_network(framing.plan(X, y, Model(units=UNITS)), seed=1)
    to_keras(network).save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(loaded.predict(X, verbose=0), predict(network, X), atol=1e-6)
    assert all(type(layer).__module__.startswith("keras.") for layer in loaded.layers)


@pytest.mark.parametrize(
    ("name", "X_shape", "y_shape", "counts"),
    [
        ("one_to_one", (5, 1, 1), (5, 1), {"body_1": 140, "head": 6}),
        ("many_to_one", (1, 5, 1), (1, 5), {"body_1": 140, "head": 30}),
        ("many_to_many", (1, 5, 1), (1, 5, 1), {"body_1": 140, "head": 6}),
    ],
)
def test_the_tutorials_shapes_and_counts(
    name: str, X_shape: tuple[int, ...], y_shape: tuple[int, ...], counts: dict[str, int]
) -> None:
    framing = next(framing for framing in FRAMINGS if framing.name == name)
    window = (np.arange(5) / 5).reshape(1, 5, 1)
    X, y = framing.frame_inputs(window), framing.frame_targets(window)
    assert (X.shape, y.shape) == (X_shape, y_shape)
    plan = framing.plan(X, y, Model(units=5))
    assert {layer: each.arithmetic(shape).value for layer, (each, shape) in plan.layers().items()} == counts
    assert count_parameters(plan, assemble(plan, seed=0)) == counts


def test_names_are_unique_and_every_framing_says_what_it_is() -> None:
    names = [framing.name for framing in FRAMINGS]
    assert len(set(names)) == len(names)
    assert all(framing.summary.endswith(".") for framing in FRAMINGS)


def test_a_task_that_a_framing_cannot_pose_names_one_that_can() -> None:
    task = Task(kind="forecast", lookback=3, horizon=2)
    able = [framing.name for framing in FRAMINGS if framing.can_pose(task)]
    assert able == ["many_to_one"]
    for framing in FRAMINGS:
        if framing.name in able:
            check_task(framing, task, FRAMINGS)
        else:
            with pytest.raises(
                UserError, match="Received: lookback=3, horizon=2. A framing that can pose this task: many_to_one"
            ):
                check_task(framing, task, FRAMINGS)


@every_framing
def test_every_framing_can_pose_equal_lengths(framing: Framing) -> None:
    for task in (Task(kind="echo"), Task(kind="forecast", lookback=3, horizon=3)):
        check_task(framing, task, FRAMINGS)
        windows = cut_windows(9, task)
        assert windows.inputs.shape == windows.targets.shape


def test_unknown_framings_are_refused() -> None:
    check_names({"one_to_one"})
    with pytest.raises(UserError, match="Received: many. Framings: one_to_one"):
        check_names({"many"})
