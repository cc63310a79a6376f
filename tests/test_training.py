import numpy as np
import pytest

from seqframe import training as training_module
from seqframe.config import Model, Training
from seqframe.framings import FRAMINGS, Framing
from seqframe.network import draw_network, to_keras
from seqframe.plan import Network
from seqframe.progress import EpochsDone, listen, stop_listening
from seqframe.training import train

every_framing = pytest.mark.parametrize("framing", FRAMINGS, ids=lambda framing: framing.name)


def posed(framing: Framing, windows: int = 1) -> tuple[Network, np.ndarray, np.ndarray]:
    """The tutorial's ramp in so many windows, and an untrained network."""
    values = (np.arange(5 * windows, dtype=np.float32) / 5).reshape(windows, 5, 1)
    X, y = framing.frame_inputs(values), framing.frame_targets(values)
    return draw_network(framing.plan(X, y, Model(units=5)), seed=6), X, y


def settings(epochs: int, batch_size: int | str = "all") -> Training:
    return Training(epochs=epochs, batch_size=batch_size, learning_rate=0.003, seed=6, seeds=1)


def same(first: Network, second: Network) -> bool:
    return all((a == b).all() for a, b in zip(first.weights, second.weights, strict=True))


@every_framing
@pytest.mark.parametrize(("windows", "batch_size"), [(1, "all"), (7, 3)], ids=["one batch", "with a remainder"])
def test_bit_for_bit_what_fit_computes(framing: Framing, windows: int, batch_size: int | str) -> None:
    import keras

    network, X, y = posed(framing, windows)
    trained, history = train(network, X, y, settings(12, batch_size))
    model = to_keras(network)
    model.compile(optimizer=keras.optimizers.Adam(0.003), loss="mse")
    fitted = model.fit(
        X, y, epochs=12, batch_size=len(X) if batch_size == "all" else batch_size, shuffle=False, verbose=0
    )
    assert list(history.losses) == fitted.history["loss"]
    assert same(trained, Network(network.plan, tuple(model.get_weights())))


@every_framing
def test_repeats_bit_for_bit_and_leaves_its_input_alone(framing: Framing) -> None:
    network, X, y = posed(framing)
    before = [weights.copy() for weights in network.weights]
    first, first_history = train(network, X, y, settings(30))
    train(draw_network(network.plan, seed=1), X, y, settings(5))  # other work in between
    second, second_history = train(network, X, y, settings(30))
    assert same(first, second)
    assert first_history.losses == second_history.losses
    assert all((a == b).all() for a, b in zip(before, network.weights, strict=True))


@pytest.mark.parametrize("seconds", [0.0, 1e9], ids=["one epoch a call", "all epochs in one call"])
def test_how_many_epochs_a_call_changes_nothing(seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
    network, X, y = posed(FRAMINGS[0])
    usual, usual_history = train(network, X, y, settings(25))
    monkeypatch.setattr(training_module, "REPORT_EVERY_S", seconds)
    other, history = train(network, X, y, settings(25))
    assert same(usual, other)
    assert usual_history.losses == history.losses


def test_every_epoch_is_announced_once() -> None:
    heard: list[EpochsDone] = []
    network, X, y = posed(FRAMINGS[0])
    listen(heard.append)
    try:
        _, history = train(network, X, y, settings(40), part="seed 1 of 2")
    finally:
        stop_listening(heard.append)
    assert [loss for news in heard for loss in news.losses] == list(history.losses)
    assert [news.first for news in heard] == [1, *(news.last + 1 for news in heard[:-1])]
    assert {(news.framing, news.part, news.epochs) for news in heard} == {(FRAMINGS[0].name, "seed 1 of 2", 40)}


def test_the_echo_is_learnt() -> None:
    network, X, y = posed(FRAMINGS[1])
    _, history = train(network, X, y, Training(epochs=500, batch_size="all", learning_rate=0.001, seed=6, seeds=1))
    assert history.losses[-1] < 1e-10 < history.losses[0]
