"""Training on samples that are made chunk by chunk is the training on arrays, to the bit where nothing is shuffled."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seqframe.config import DataSettings, ModelSettings, TaskSettings, TrainingSettings
from seqframe.data.dataset import make_dataset
from seqframe.errors import UserError
from seqframe.framings import Framing
from seqframe.framings.dataset import FramedSamples, frame_samples
from seqframe.framings.dense import DENSE
from seqframe.framings.one_to_one import ONE_TO_ONE
from seqframe.framings.stateful import STATEFUL
from seqframe.networks.build import init_network
from seqframe.networks.spec import NetworkState
from seqframe.training import progress
from seqframe.training import samples as samples_module
from seqframe.training.checkpoint import CheckpointStore
from seqframe.training.events import EpochEnd, Message, TrainingHistory, subscribe, unsubscribe
from seqframe.training.samples import ArraySamples, count_bytes, windows_per_chunk
from seqframe.training.shuffle import EpochOrder
from seqframe.training.trainer import train, train_samples

SETTINGS: dict[str, Any] = {"batch_size": 4, "learning_rate": 0.02, "seed": 3, "n_seeds": 1}
SMALL: dict[str, Any] = {"whole_bytes": 0, "chunk_bytes": 300}  # a few batches a chunk
WINDOWS = 23


def dataset(
    framing: Framing, kind: str = "sine", dropout: float = 0.0
) -> tuple[NetworkState, FramedSamples, FramedSamples]:
    data_settings = DataSettings(generator=kind, sequence_length=WINDOWS + 3 - 1, n_test=1, period=5.0)
    found = make_dataset(data_settings, TaskSettings(kind="echo", lookback=3))
    samples = frame_samples(found, framing, found.train)
    spec = framing.make_spec(*samples.batch(slice(1)), ModelSettings(units=2, cell="simple_rnn", dropout=dropout))
    return init_network(spec, seed=1), samples, frame_samples(found, framing, found.test)


def settings(epochs: int = 3, **others: Any) -> TrainingSettings:
    return TrainingSettings.model_validate({"epochs": epochs, **SETTINGS, **others})


def same(first: tuple[NetworkState, TrainingHistory], second: tuple[NetworkState, TrainingHistory]) -> bool:
    histories = [(each.losses, each.validation_losses) for _, each in (first, second)]
    weights = zip(first[0].weights, second[0].weights, strict=True)
    return histories[0] == histories[1] and all((a == b).all() for a, b in weights)


@pytest.mark.parametrize(
    ("framing", "batch_size", "chunk_bytes"),
    [(DENSE, 4, 300), (DENSE, 4, 1), (DENSE, 30, 1), (ONE_TO_ONE, 5, 100), (STATEFUL, 1, 100)],
    ids=["chunks and a remainder", "a batch a chunk", "one batch", "several samples a window", "a state is carried"],
)
def test_the_same_bits_as_from_arrays(framing: Framing, batch_size: int, chunk_bytes: int) -> None:
    training = settings(batch_size=batch_size, lr_schedule="cosine", patience=2)
    network, samples, validation = dataset(framing, dropout=0.3 if framing is DENSE else 0.0)
    arrays, checked = samples.batch(slice(None)), validation.batch(slice(None))
    expected = train(network, *arrays, training, checked)
    assert same(expected, train_samples(network, samples, training, validation, whole_bytes=0, chunk_bytes=chunk_bytes))
    whole = train_samples(network, samples, training, validation)
    assert same(expected, whole), "little data goes into the graph as a whole"


def test_arrays_stream_too() -> None:
    network, framed, _ = dataset(DENSE)
    arrays = framed.batch(slice(None))
    streamed = train_samples(network, ArraySamples(*arrays), settings(), **SMALL)
    assert same(streamed, train(network, *arrays, settings()))


def test_a_shuffled_epoch_has_every_window_once_in_an_order_of_its_own() -> None:
    class Watched(FramedSamples):
        def batch(self, windows: Any) -> Any:
            taken.extend(windows.tolist())
            return super().batch(windows)

    taken: list[int] = []
    network, framed, _ = dataset(DENSE)
    watched = Watched(**vars(framed))
    training = settings(epochs=2, shuffle=True)
    first = train_samples(network, watched, training, **SMALL)
    assert taken == [
        number for epoch in (0, 1) for number in EpochOrder(WINDOWS, 3, epoch).indices(0, WINDOWS).tolist()
    ]
    assert sorted(taken[:WINDOWS]) == sorted(taken[WINDOWS:]) == list(range(WINDOWS))
    assert same(first, train_samples(network, framed, training, whole_bytes=0, chunk_bytes=1))
    assert not same(first, train_samples(network, framed, settings(epochs=2, shuffle=True, seed=4), **SMALL))


def test_early_stopping_restores_the_best_weights() -> None:
    network, samples, validation = dataset(DENSE)
    hopeless = replace(validation, data=replace(validation.data, targets=10 - validation.data.targets))
    network_, history = train_samples(network, samples, settings(50, patience=3), hopeless, **SMALL)
    best = int(np.argmin(history.validation_losses))
    assert len(history.losses) == len(history.validation_losses) == best + 1 + 3 < 50
    again, _ = train_samples(network, samples, settings(best + 1), **SMALL)
    assert all((a == b).all() for a, b in zip(network_.weights, again.weights, strict=True))


class CutOffError(BaseException):
    pass


@pytest.fixture
def messages(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What is messages; the first training is cut off after its third epoch."""
    monkeypatch.setattr(progress, "REPORT_EVERY_S", 0.0)  # one epoch a call
    messages: list[str] = []

    def on_event(event: EpochEnd | Message) -> None:
        if isinstance(event, Message):
            messages.append(event.text)
        elif event.last == 3 and not messages:
            messages.append("pulled")
            raise CutOffError

    subscribe(on_event)
    yield messages
    unsubscribe(on_event)


@pytest.mark.parametrize("other", [False, True], ids=["the same", "other rows"])
def test_training_goes_on_from_a_checkpoint_of_the_same_rows(tmp_path: Path, messages: list[str], other: bool) -> None:
    network, samples, _ = dataset(DENSE, dropout=0.3)
    training = settings(6, shuffle=True, checkpoint_every_s=0.0)
    checkpoints = CheckpointStore(tmp_path / "one")
    with pytest.raises(CutOffError):
        train_samples(network, samples, training, checkpoints=checkpoints, **SMALL)
    if other:
        samples = replace(samples, windows=samples.windows.select(np.arange(WINDOWS)[::-1]))
    resumed = train_samples(network, samples, training, checkpoints=checkpoints, **SMALL)
    checkpoints.delete()
    assert same(resumed, train_samples(network, samples, training, **SMALL))
    assert any("resuming at epoch 3/6" in messages for messages in messages) != other


@pytest.mark.parametrize("count", [1, 2, 3, 64, 1000, 4097])
def test_an_order_is_a_permutation_for_every_part(count: int) -> None:
    order = EpochOrder(count, seed=5, epoch=2)
    whole = order.indices(0, count)
    assert sorted(whole.tolist()) == list(range(count))
    parts = [order.indices(start, min(start + 7, count)) for start in range(0, count, 7)]
    assert np.concatenate(parts).tolist() == whole.tolist()
    if count >= 64:
        assert (whole == np.arange(count)).mean() < 0.1
        assert (whole == EpochOrder(count, seed=5, epoch=3).indices(0, count)).mean() < 0.1


def test_an_order_scatters_neighbors() -> None:
    count = 10_000
    order = EpochOrder(count, seed=0, epoch=0).indices(0, count)
    assert abs(np.corrcoef(order[:-1], order[1:])[0, 1]) < 0.05
    assert np.abs(np.diff(order)).mean() == pytest.approx(count / 3, rel=0.05), "as of independent places"


def test_chunks_are_whole_batches_of_whole_windows() -> None:
    samples = ArraySamples(np.zeros((60, 2, 3), np.float32), np.zeros((60, 1), np.float32), samples_per_window=6)
    assert count_bytes(samples) == 60 * 7 * 4
    assert windows_per_chunk(samples, batch_size=4, chunk_bytes=1) == 2, "12 samples, 3 batches"
    assert windows_per_chunk(samples, batch_size=4, chunk_bytes=900) == 4
    X, _ = replace(samples, X=np.arange(60)[:, None, None]).batch(np.array([9, 0]))
    assert X.ravel().tolist() == [54, 55, 56, 57, 58, 59, 0, 1, 2, 3, 4, 5]


def test_a_batch_that_cannot_be_held_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples_module, "MAX_BATCH_BYTES", 200)
    network, samples, _ = dataset(DENSE)
    with pytest.raises(UserError, match=r"Received: 23 samples, .* Set `training.batch_size` to a number up to 8\.$"):
        train_samples(network, samples, settings(batch_size="full"), **SMALL)


def test_validation_samples_are_never_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples_module, "MAX_BATCH_BYTES", 200)
    network, samples, validation = dataset(DENSE)
    _, history = train_samples(network, samples, settings(), validation, **SMALL)
    _, whole = train(network, *samples.batch(slice(None)), settings(), validation.batch(slice(None)))
    np.testing.assert_allclose(history.validation_losses, whole.validation_losses, rtol=1e-6)


def test_shapes_are_known_without_samples() -> None:
    for framing in (DENSE, ONE_TO_ONE, STATEFUL):
        _, samples, _ = dataset(framing, kind="adding")
        X, y = samples.batch(slice(None))
        assert (samples.X_shape, samples.y_shape) == (X.shape, y.shape)
        assert len(X) == len(samples) * samples.samples_per_window
        some, _ = samples.batch(np.array([4, 2]))
        each = samples.samples_per_window
        assert (some == np.concatenate([X[4 * each : 5 * each], X[2 * each : 3 * each]])).all()
