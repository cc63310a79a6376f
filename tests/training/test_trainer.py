from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seqframe.config import ModelSettings, TrainingSettings
from seqframe.framings import FRAMINGS, TUTORIAL, Framing
from seqframe.networks import layers
from seqframe.networks.backend import keras
from seqframe.networks.build import build_model, export_keras, init_network, predict
from seqframe.networks.spec import NetworkState
from seqframe.training import progress
from seqframe.training.checkpoint import CheckpointStore
from seqframe.training.events import EpochEnd, Message, subscribe, unsubscribe
from seqframe.training.loop import LoopConfig, Trainer, get_trainer
from seqframe.training.schedules import LearningRateSchedule, schedule_of
from seqframe.training.trainer import train

every_framing = pytest.mark.parametrize("framing", FRAMINGS, ids=lambda framing: framing.name)
tutorial_first = pytest.mark.parametrize(  # the others, of the same layers, are slow: stock Keras takes its time to fit
    "framing",
    [
        pytest.param(each, marks=[] if each in TUTORIAL else pytest.mark.slow, id=each.name)
        for each in FRAMINGS
        if not each.stateful
    ],
)
every_framing_without_state = pytest.mark.parametrize(  # which carries one is held to Keras in tests/test_stateful.py
    "framing", [each for each in FRAMINGS if not each.stateful], ids=lambda framing: framing.name
)


def dataset(framing: Framing, windows: int = 1, dropout: float = 0.0) -> tuple[NetworkState, np.ndarray, np.ndarray]:
    """The tutorial's ramp in so many windows, and an untrained network."""
    values = (np.arange(5 * windows, dtype=np.float32) / 5).reshape(windows, 5, 1)
    X, y = framing.to_inputs(values), framing.to_targets(values)
    return init_network(framing.make_spec(X, y, ModelSettings(units=5, dropout=dropout), windows), seed=6), X, y


def settings(epochs: int, batch_size: int | str = "full", **others: Any) -> TrainingSettings:
    return TrainingSettings(
        **{"epochs": epochs, "batch_size": batch_size, "learning_rate": 0.003, "seed": 6, "n_seeds": 1, **others}
    )


def same(first: NetworkState, second: NetworkState) -> bool:
    return all((a == b).all() for a, b in zip(first.weights, second.weights, strict=True))


@tutorial_first
@pytest.mark.parametrize(("windows", "batch_size"), [(1, "full"), (7, 3)], ids=["one batch", "with a remainder"])
def test_bit_for_bit_what_fit_computes(framing: Framing, windows: int, batch_size: int | str) -> None:
    import keras

    network, X, y = dataset(framing, windows)
    trained, history = train(network, X, y, settings(12, batch_size))
    model = build_model(network.spec, seed=0, layer_module=layers)
    model.set_weights(network.weights)
    model.compile(optimizer=keras.optimizers.Adam(0.003), loss="mse")
    fitted = model.fit(
        X, y, epochs=12, batch_size=len(X) if batch_size == "full" else batch_size, shuffle=False, verbose=0
    )
    assert list(history.losses) == fitted.history["loss"]
    assert same(trained, NetworkState(network.spec, tuple(model.get_weights())))


@every_framing
def test_repeats_bit_for_bit_and_leaves_its_input_alone(framing: Framing) -> None:
    network, X, y = dataset(framing)
    before = [weights.copy() for weights in network.weights]
    first, first_history = train(network, X, y, settings(30))
    train(init_network(network.spec, seed=1), X, y, settings(5))  # other work in between
    second, second_history = train(network, X, y, settings(30))
    assert same(first, second)
    assert first_history.losses == second_history.losses
    assert all((a == b).all() for a, b in zip(before, network.weights, strict=True))


@pytest.mark.slow
@every_framing_without_state
def test_bit_for_bit_what_fit_computes_over_300_epochs(framing: Framing, monkeypatch: pytest.MonkeyPatch) -> None:
    """Losses, weights and the optimizer's state; with 1 epoch a call, with 7, and with all.

    Keras' own TimeDistributed multiplies step by step, ours all steps at once. Whether both round alike depends on the
    processor, so stock layers are compared up to rounding.
    """
    import keras

    network, X, y = dataset(framing)
    stock, model = export_keras(network), build_model(network.spec, seed=0, layer_module=layers)
    model.set_weights(network.weights)
    for each in (stock, model):
        each.compile(optimizer=keras.optimizers.Adam(0.003), loss="mse")
    of_stock = stock.fit(X, y, epochs=300, batch_size=len(X), shuffle=False, verbose=0)
    fitted = model.fit(X, y, epochs=300, batch_size=len(X), shuffle=False, verbose=0)
    np.testing.assert_allclose(fitted.history["loss"], of_stock.history["loss"], rtol=1e-4, atol=1e-7)
    trainer = get_trainer(network.spec, LoopConfig(False, 0, False))
    for count in (1, 7, 300):
        trainer.start(network, (X, y), None, settings(300))
        losses: list[float] = []
        while len(losses) < 300:
            losses += trainer.run(min(count, 300 - len(losses)))[0]
        assert losses == fitted.history["loss"]
        assert same(
            NetworkState(network.spec, trainer.weights()), NetworkState(network.spec, tuple(model.get_weights()))
        )
        state = trainer.state()
        for number, variable in enumerate(model.optimizer.variables):
            assert (state[f"optimizer_{number}"] == variable.numpy()).all(), variable.path


EVERYTHING = {"shuffle": True, "lr_schedule": "cosine", "patience": 9, "learning_rate": 0.05}


@pytest.mark.parametrize("seconds", [0.0, 1e9], ids=["one epoch a call", "all epochs in one call"])
def test_how_many_epochs_a_call_changes_nothing(seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
    network, X, y = dataset(FRAMINGS[2], windows=5, dropout=0.3)
    usual, usual_history = train(network, X, y, settings(60, 2, **EVERYTHING), validation=(X, y))
    monkeypatch.setattr(progress, "REPORT_EVERY_S", seconds)
    other, history = train(network, X, y, settings(60, 2, **EVERYTHING), validation=(X, y))
    assert same(usual, other)
    assert usual_history.losses == history.losses
    assert usual_history.validation_losses == history.validation_losses


def test_early_stopping_restores_the_best_weights() -> None:
    network, X, y = dataset(FRAMINGS[1])
    hopeless = y + 10 * np.random.default_rng(0).standard_normal(y.shape).astype(np.float32)
    trained, history = train(network, X, y, settings(500, patience=20, learning_rate=0.3), validation=(X, hopeless))
    best = int(np.argmin(history.validation_losses))
    assert len(history.losses) == len(history.validation_losses) == best + 1 + 20 < 500
    again, _ = train(network, X, y, settings(best + 1, learning_rate=0.3))
    assert same(trained, again), "the weights after the best epoch"


def test_cosine_schedule_decays_to_zero() -> None:
    network, X, y = dataset(FRAMINGS[1])
    seen = [train(network, X, y, settings(10, lr_schedule="cosine"))[0]]
    trainer = get_trainer(network.spec, LoopConfig(False, 0, False, schedule=LearningRateSchedule("cosine")))
    trainer.start(network, (X, y), None, settings(10, lr_schedule="cosine"))
    rates = []
    for _ in range(10):
        trainer.run(1)
        rates.append(float(trainer._graph.optimizer.learning_rate.numpy()))
    np.testing.assert_allclose(rates, 0.003 * 0.5 * (1 + np.cos(np.pi * np.arange(10) / 10)), rtol=1e-5)
    assert same(seen[0], NetworkState(network.spec, trainer.weights()))


@pytest.mark.parametrize("name", ["exponential", "step"])
def test_schedules_with_a_decay_rate_equal_the_schedule_in_keras(name: str) -> None:
    training = settings(10, lr_schedule=name, lr_decay_rate=0.7, lr_decay_epochs=3)
    expected = keras.optimizers.schedules.ExponentialDecay(0.003, 3, 0.7, staircase=name == "step")
    network, X, y = dataset(FRAMINGS[1])
    trainer = get_trainer(network.spec, LoopConfig(False, 0, False, schedule=schedule_of(training)))
    trainer.start(network, (X, y), None, training)
    for epoch in range(10):
        trainer.run(1)
        rate = float(trainer._graph.optimizer.learning_rate.numpy())
        np.testing.assert_allclose(rate, float(expected(epoch)), rtol=1e-6)
    trained, _ = train(network, X, y, training)
    assert same(trained, NetworkState(network.spec, trainer.weights()))


def test_every_epoch_is_shuffled_differently_and_repeatably() -> None:
    """One sample a batch and a huge rate: the loss of an epoch then depends on the order of its samples."""
    network, X, y = dataset(FRAMINGS[0])
    runs = {seed: train(network, X, y, settings(30, 1, shuffle=True, seed=seed))[1].losses for seed in (1, 2)}
    assert runs[1] == train(network, X, y, settings(30, 1, shuffle=True, seed=1))[1].losses
    assert runs[1] != runs[2]
    assert runs[1] != train(network, X, y, settings(30, 1))[1].losses
    trainer = get_trainer(network.spec, LoopConfig(True, 0, False))
    orders = set()
    for epoch in range(6):
        trainer.start(network, (X, y), None, settings(30, 1, shuffle=True))
        trainer.set_state({**trainer.state(), "epoch": np.array(epoch, np.int32)})
        orders.add(trainer.run(1)[0][0])
    assert len(orders) == 6, "from the same weights, each epoch's order gives another loss"


def test_validation_data_does_not_change_the_weights() -> None:
    network, X, y = dataset(FRAMINGS[2], windows=3)
    plain, plain_history = train(network, X, y, settings(15, 2))
    other, history = train(network, X, y, settings(15, 2), validation=(X + 1, y - 1))
    assert same(plain, other)
    assert plain_history.losses == history.losses
    untrained_loss = float(np.mean((predict(network, X + 1) - (y - 1)) ** 2))
    assert history.validation_losses[0] == pytest.approx(untrained_loss, rel=0.2)
    trained_loss = float(np.mean((predict(other, X + 1) - (y - 1)) ** 2))
    assert history.validation_losses[-1] == pytest.approx(trained_loss, rel=1e-4)


@pytest.mark.parametrize("damage", [None, "cut"], ids=["whole", "damaged"])
def test_training_resumes_from_a_checkpoint(
    tmp_path: Path, damage: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    class CutOffError(BaseException):
        pass

    def interrupt(event: Any) -> None:
        if isinstance(event, Message):
            messages.append(event.text)
        elif event.last >= 30 and not messages:
            raise CutOffError

    monkeypatch.setattr(progress, "REPORT_EVERY_S", 0.0)  # one epoch a call
    messages: list[str] = []
    checkpoints = CheckpointStore(tmp_path / "many")
    network, X, y = dataset(FRAMINGS[2], windows=5, dropout=0.3)
    training = settings(60, 2, checkpoint_every_s=0.0, **{**EVERYTHING, "patience": 50})
    straight, straight_history = train(network, X, y, training)
    subscribe(interrupt)
    try:
        with pytest.raises(CutOffError):
            train(network, X, y, training, checkpoints=checkpoints)
        if damage:
            (path,) = checkpoints.folder.glob("*.checkpoint")
            path.write_bytes(path.read_bytes()[:-9])
        messages.append("")
        resumed, history = train(network, X, y, training, checkpoints=checkpoints)
    finally:
        unsubscribe(interrupt)
        checkpoints.delete()
    assert messages[-1] == f"many_to_many: resuming at epoch {29 if damage else 30}/60."
    assert ("is damaged" in messages[1]) == bool(damage)
    assert same(straight, resumed)
    assert straight_history.losses == history.losses


@pytest.mark.parametrize("change", [{"learning_rate": 0.1}, {"epochs": 20}, {"seed": 9}, {"resume": False}])
def test_a_checkpoint_of_other_settings_is_not_used(tmp_path: Path, change: dict[str, Any]) -> None:
    checkpoints = CheckpointStore(tmp_path / "one")
    network, X, y = dataset(FRAMINGS[0])
    train(network, X, y, settings(10), checkpoints=checkpoints)
    expected, expected_history = train(network, X, y, settings(10).model_copy(update=change))
    trained, history = train(network, X, y, settings(10).model_copy(update=change), checkpoints=checkpoints)
    checkpoints.delete()
    assert same(expected, trained)
    assert expected_history.losses == history.losses


def test_training_continues_without_checkpoints_if_none_can_be_written(tmp_path: Path) -> None:
    events: list[Any] = []
    (tmp_path / "file").write_text("not a folder")
    subscribe(events.append)
    try:
        network, X, y = dataset(FRAMINGS[0])
        _, history = train(network, X, y, settings(10), checkpoints=CheckpointStore(tmp_path / "file" / "one"))
    finally:
        unsubscribe(events.append)
    assert len(history.losses) == 10
    (message,) = [event.text for event in events if isinstance(event, Message)]
    assert message == "one_to_one: no checkpoint could be written (Not a directory); training continues."


def test_masked_steps_are_ignored() -> None:
    """The loop hands masks on as `fit` does: steps that are masked count neither in the loss nor in the gradient."""
    import keras

    network, X, y = dataset(FRAMINGS[2], windows=3)
    X[1, 3:] = -1.0
    trainer = Trainer(network.spec, LoopConfig(False, 0, False))
    model = keras.Sequential(
        [keras.Input((5, 1)), keras.layers.Masking(-1.0), *export_keras(network).layers], name="masked"
    )
    graph = trainer._graph
    graph.model = model
    graph.model.compile(optimizer=graph.optimizer, loss="mse")
    graph.optimizer = keras.optimizers.Adam(0.003)
    graph.optimizer.build(model.trainable_variables)
    twin = keras.models.clone_model(model)
    twin.set_weights(model.get_weights())
    twin.compile(optimizer=keras.optimizers.Adam(0.003), loss="mse")
    trainer._initial = trainer.state()
    trainer.start(network, (X, y), None, settings(8, 2))
    losses, _ = trainer.run(8)
    fitted = twin.fit(X, y, epochs=8, batch_size=2, shuffle=False, verbose=0)
    assert losses == fitted.history["loss"]


def test_a_stateful_layer_is_reset_in_each_epoch() -> None:
    import keras

    network, X, y = dataset(FRAMINGS[2], windows=3)
    trainer = Trainer(network.spec, LoopConfig(False, 0, False))
    model = keras.Sequential([
        keras.Input(batch_shape=(1, 5, 1)), keras.layers.LSTM(5, return_sequences=True, stateful=True),
        keras.layers.TimeDistributed(keras.layers.Dense(1)),
    ])  # fmt: skip
    graph = trainer._graph
    graph.model, graph.optimizer = model, keras.optimizers.Adam(0.003)
    graph.model.compile(optimizer=graph.optimizer, loss="mse")
    graph.optimizer.build(model.trainable_variables)
    graph.best, graph.steps_per_sequence = [], len(X)
    weights = [variable.numpy() for variable in model.trainable_variables]
    losses = [float(loss) for loss in graph.run_epochs(X, y, X, y, 0.0, 2, 0, 1, 2)[0].numpy()]
    assert losses[0] == losses[1], "at a rate of 0 only a state left over could make a difference"
    assert all(
        (before == after.numpy()).all() for before, after in zip(weights, model.trainable_variables, strict=True)
    )


def test_every_epoch_is_announced_once() -> None:
    events: list[EpochEnd] = []
    network, X, y = dataset(FRAMINGS[0])
    subscribe(events.append)
    try:
        _, history = train(network, X, y, settings(40), label="seed 1 of 2")
    finally:
        unsubscribe(events.append)
    assert [loss for event in events for loss in event.losses] == list(history.losses)
    assert [event.first for event in events] == [1, *(event.last + 1 for event in events[:-1])]
    assert {(event.framing, event.label, event.epochs) for event in events} == {(FRAMINGS[0].name, "seed 1 of 2", 40)}
    assert [event.ended for event in events] == [False] * (len(events) - 1) + [True]


def test_the_end_is_announced_where_it_comes_early() -> None:
    events: list[EpochEnd] = []
    network, X, y = dataset(FRAMINGS[0])
    subscribe(events.append)
    try:
        _, history = train(network, X, y, settings(40, learning_rate=10.0, patience=3))
    finally:
        unsubscribe(events.append)
    assert events[-1].ended
    assert events[-1].last == len(history.losses) < 40


def test_the_echo_is_learned() -> None:
    network, X, y = dataset(FRAMINGS[1])
    _, history = train(
        network, X, y, TrainingSettings(epochs=500, batch_size="full", learning_rate=0.001, seed=6, n_seeds=1)
    )
    assert history.losses[-1] < 1e-10 < history.losses[0]
