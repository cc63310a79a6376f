"""Bucketing changes the order of the samples and the padding, and nothing else."""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from seqframe.config import TrainingSettings
from seqframe.data.sequences import MASK_VALUE, MISSING_LABEL
from seqframe.networks.build import init_network
from seqframe.networks.recurrent_layers import SimpleRNN
from seqframe.networks.spec import Dense, LayerSpec, Masking, NetworkSpec, NetworkState
from seqframe.training.buckets import cut_padding, sequence_lengths, shuffled_batches, sort_by_bucket
from seqframe.training.losses import LossConfig
from seqframe.training.samples import ArraySamples
from seqframe.training.trainer import train, train_samples

CODES = LossConfig("sparse_categorical_crossentropy")
LENGTHS = np.array([3, 1, 9, 0, 30, 12, 2, 30, 9, 4, 28])
STEPS, CLASSES = 33, 2


def sequences(per_step: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """Padded sequences of `LENGTHS`, one of them empty, and their labels."""
    rng = np.random.default_rng(0)
    inside = (np.arange(STEPS) < LENGTHS[:, None])[..., None]
    X = np.where(inside, rng.normal(size=(len(LENGTHS), STEPS, 2)), MASK_VALUE).astype(np.float32)
    y = rng.integers(0, CLASSES, size=(len(LENGTHS), STEPS, 1))
    return X, (np.where(inside, y, MISSING_LABEL) if per_step else y[:, 0]).astype(np.float32)


def network(per_step: bool = True) -> NetworkState:
    body: tuple[LayerSpec, ...] = (Masking(MASK_VALUE), SimpleRNN(3, return_sequences=per_step))
    spec = NetworkSpec("many_to_many", (STEPS, 2), body, Dense(CLASSES, activation="softmax"), variable_length=True)
    return init_network(spec, seed=1)


def settings(**others: Any) -> TrainingSettings:
    defaults = {"epochs": 3, "batch_size": 4, "learning_rate": 0.05, "seed": 3, "n_seeds": 1}
    return TrainingSettings(**{**defaults, **others})


def same(first: NetworkState, second: NetworkState) -> bool:
    return all((a == b).all() for a, b in zip(first.weights, second.weights, strict=True))


def test_lengths_are_found_from_the_padding() -> None:
    X, _ = sequences()
    assert sequence_lengths(tf.constant(X)).numpy().tolist() == LENGTHS.tolist()
    X[4, 7] = MASK_VALUE
    X[0, 1, 0] = MASK_VALUE
    assert sequence_lengths(tf.constant(X)).numpy().tolist() == LENGTHS.tolist(), "a masked step inside is no padding"
    images = np.broadcast_to(X[..., None, None], (*X.shape, 2, 2))
    assert sequence_lengths(tf.constant(images)).numpy().tolist() == LENGTHS.tolist()


def test_samples_of_one_bucket_stay_in_order() -> None:
    X, _ = sequences()
    _, order = sort_by_bucket(tf.constant(X), tf.range(len(X)))
    assert LENGTHS[order.numpy()].tolist() == [1, 0, 2, 3, 4, 9, 9, 12, 28, 30, 30]
    many = np.where((np.arange(70) < np.array([61, 64, 66, 61, 5])[:, None])[..., None], 0.0, MASK_VALUE)
    _, order = sort_by_bucket(tf.constant(many), tf.range(5))
    assert order.numpy().tolist() == [4, 0, 1, 2, 3], "61 to 66 steps are similar"


def test_a_batch_is_cut_to_its_longest_sequence() -> None:
    X, y = map(tf.constant, sequences())
    for rows, longest in ((slice(0, 4), 9), (slice(3, 4), 1), (slice(0, 2), 3)):
        cut_X, cut_y = cut_padding(X[rows], y[rows])
        assert cut_X.shape[1] == cut_y.shape[1] == longest
    assert cut_padding(X[:2], y[:2, 0])[1].shape == (2, 1), "one label a sequence"


def test_a_batch_is_not_cut_before_the_labels_of_masked_steps() -> None:
    X, y = map(np.copy, sequences())
    X[0, 1:3] = MASK_VALUE  # its last steps have missing inputs
    for rows in (slice(0, 1), slice(0, 2), slice(0, 3)):
        cut_X, cut_y = cut_padding(tf.constant(X[rows]), tf.constant(y[rows]))
        assert cut_X.shape[1] == cut_y.shape[1]
        assert (cut_y.numpy()[0] != MISSING_LABEL).sum() == LENGTHS[0]


def test_the_order_of_the_batches_is_a_permutation_of_its_own_in_every_epoch() -> None:
    orders = [tuple(shuffled_batches(tf.constant(3), tf.constant(epoch), tf.constant(9)).numpy()) for epoch in range(5)]
    assert len(set(orders)) == 5
    assert all(sorted(order) == list(range(9)) for order in orders)


@pytest.mark.parametrize("per_step", [True, False], ids=["labels of steps", "labels of sequences"])
def test_bucketing_is_training_on_sorted_samples(per_step: bool) -> None:
    X, y = sequences(per_step)
    order = np.argsort(np.maximum(LENGTHS, 1), kind="stable")
    expected, history = train(network(per_step), X[order], y[order], settings(bucketing=False), loss=CODES)
    trained, bucketed = train(network(per_step), X, y, settings(), loss=CODES)
    assert same(expected, trained)
    assert history.losses == bucketed.losses


def test_cutting_changes_nothing() -> None:
    """Networks of one length are not cut, and compute the same up to rounding."""
    X, y = sequences()
    cut = network()
    padded = NetworkState(NetworkSpec(**{**vars(cut.spec), "variable_length": False}), cut.weights)
    first, history = train(cut, X, y, settings(bucketing=False), loss=CODES)
    second, padded_history = train(padded, X, y, settings(), loss=CODES)
    np.testing.assert_allclose(history.losses, padded_history.losses, rtol=1e-4)
    for a, b in zip(first.weights, second.weights, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-4)


def test_shuffled_buckets_repeat_and_differ_between_seeds() -> None:
    X, y = sequences()
    first, second, other = (train(network(), X, y, settings(shuffle=True, seed=seed), loss=CODES) for seed in (1, 1, 2))
    assert same(first[0], second[0])
    assert first[1].losses != other[1].losses


def test_streamed_samples_are_bucketed_chunk_by_chunk() -> None:
    X, y = sequences()
    samples, validation = ArraySamples(X, y), ArraySamples(X[:5], y[:5])
    options: dict[str, Any] = {"loss": CODES, "whole_bytes": 0}
    whole = train(network(), X, y, settings(), (X[:5], y[:5]), loss=CODES)
    one_chunk = train_samples(network(), samples, settings(), validation, chunk_bytes=10**9, **options)
    assert same(whole[0], one_chunk[0])
    assert whole[1].losses == one_chunk[1].losses
    assert whole[1].validation_losses == one_chunk[1].validation_losses
    chunks = [train_samples(network(), samples, settings(shuffle=True), chunk_bytes=1, **options) for _ in range(2)]
    assert same(chunks[0][0], chunks[1][0])
