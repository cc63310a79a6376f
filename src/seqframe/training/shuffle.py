"""The order of the samples in a shuffled epoch: a permutation that is computed, in whole or in part.

TensorFlow's index shuffle permutes indices with a block cipher, so that any part of an order follows from its seed
without the rest. `tf.random.experimental.index_shuffle` itself is not used, for two reasons that were measured: it
fixes 4 rounds, with which neighbors of 1,000,000 indices correlate by 0.4; and seeds that differ only in the epoch
give as few as 256 different orders. Both vanish with 8 rounds and a seed that is drawn from (seed, epoch).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqframe.networks.backend import tf

ROUNDS = 8


def shuffle_seed(seed: Any, epoch: Any) -> Any:
    """The seed of the order of one epoch: (3,) int32, uniform, from `seed` and `epoch`, both scalar int32."""
    return tf.random.stateless_uniform((3,), tf.stack([seed, epoch]), minval=None, maxval=None, dtype=tf.int32)


def shuffled_indices(positions: Any, seed: Any, count: Any) -> Any:
    """The indices at some positions of a permutation of 0 ... count - 1: (positions,) int32.

    `positions` is (positions,) int32, `seed` is (3,) int32, `count` is scalar int32.
    """
    return tf.raw_ops.RandomIndexShuffle(index=positions, seed=seed, max_index=count - 1, rounds=ROUNDS)


class EpochOrder:
    """The order of `count` windows in one epoch, for data that is streamed.

    >>> sorted(EpochOrder(5, seed=0, epoch=0).indices(0, 5).tolist())
    [0, 1, 2, 3, 4]
    """

    def __init__(self, count: int, seed: int, epoch: int) -> None:
        self._count = tf.constant(count)
        self._seed = shuffle_seed(tf.constant(seed), tf.constant(epoch))

    def indices(self, start: int, stop: int) -> NDArray[np.intp]:
        """The indices at the positions `start` to `stop` - 1: (stop - start,)."""
        found = shuffled_indices(tf.range(start, stop), self._seed, self._count)
        indices: NDArray[np.intp] = found.numpy().astype(np.intp)
        return indices
