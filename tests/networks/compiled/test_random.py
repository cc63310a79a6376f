"""Random numbers of the compiled: the bits of TensorFlow."""

import numpy as np
import pytest

pytest.importorskip("numba")

from seqframe.networks.backend import tf
from seqframe.networks.compiled.random import draw_dropout, shuffle
from seqframe.training.shuffle import EpochOrder


@pytest.mark.parametrize("count", [1, 2, 3, 17, 256, 257, 1000, 70_000])
@pytest.mark.parametrize(("seed", "epoch"), [(0, 0), (6, 3), (2**31 - 1, 999)])
def test_orders_are_tensorflows(count: int, seed: int, epoch: int) -> None:
    order = np.empty(count, np.int64)
    shuffle(order, seed, epoch)
    np.testing.assert_array_equal(order, EpochOrder(count, seed, epoch).indices(0, count))


@pytest.mark.parametrize("shape", [(1, 1), (5, 3), (32, 7)])
@pytest.mark.parametrize("rate", [0.1, 0.5])
def test_dropout_masks_are_tensorflows(shape: tuple[int, int], rate: float) -> None:
    masks = np.zeros((shape[0] * shape[1], 2), np.float32)
    draw_dropout(masks, 1, rate, 6, 13)
    expected = tf.nn.experimental.stateless_dropout(tf.ones(shape), rate=rate, seed=[6, 13])
    np.testing.assert_array_equal(masks[:, 1].reshape(shape), expected)
    assert not masks[:, 0].any(), "the other lane"
