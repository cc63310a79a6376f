"""Batches of sequences of similar length, each cut to its longest sequence. Padded steps are at the end."""

from typing import Any

from seqframe.data.sequences import MASK_VALUE, MISSING_LABEL
from seqframe.networks.backend import tf
from seqframe.training.shuffle import shuffle_seed, shuffled_indices

WIDTH = 1.1  # longest length of a bucket, as a multiple of the longest of the bucket before
MAX_LENGTH = 2**30


def _longest_lengths() -> list[int]:
    """The longest length of every bucket: 1, 2, ..., 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 22, 24, ..."""
    lengths = [1]
    while lengths[-1] < MAX_LENGTH:
        lengths.append(max(lengths[-1] + 1, int(lengths[-1] * WIDTH)))
    return lengths


LONGEST = _longest_lengths()


def sequence_lengths(X: Any, padding: float = MASK_VALUE) -> Any:
    """The number of steps up to the last one that is not padded: (samples, steps, ...) -> (samples,) int32."""
    padded = tf.reduce_all(tf.equal(X, padding), axis=tuple(range(2, len(X.shape))))  # (samples, steps)
    return tf.reduce_max(tf.where(padded, 0, tf.range(1, tf.shape(X)[1] + 1)), axis=1)


def sort_by_bucket(X: Any, y: Any) -> tuple[Any, Any]:
    """Sort samples by the bucket of their length; within a bucket their order stays the same.

    Batches of consecutive samples then need little padding. Source: the length buckets of Vaswani et al., "Attention is
    all you need", NeurIPS 2017, as in their library Tensor2Tensor.
    """
    order = tf.argsort(tf.searchsorted(LONGEST, sequence_lengths(X)), stable=True)
    return tf.gather(X, order), tf.gather(y, order)


def shuffled_batches(seed: Any, epoch: Any, count: Any) -> Any:
    """The numbers of `count` batches in the order of one epoch: (count,) int32.

    Its seed is drawn from (seed, -1 - epoch), and so differs from the seeds of the order of the samples.
    """
    return shuffled_indices(tf.range(count), shuffle_seed(seed, -1 - epoch), count)


def cut_padding(X: Any, y: Any) -> tuple[Any, Any]:
    """Cut a batch to its longest sequence, at least one step; `y` too if it has one target a step.

    A sequence may end with steps that are masked since an input is missing. Their labels count.
    """
    steps = tf.maximum(tf.reduce_max(sequence_lengths(X)), 1)
    if len(y.shape) < 3:
        return X[:, :steps], y
    steps = tf.maximum(steps, tf.reduce_max(sequence_lengths(y, MISSING_LABEL)))
    return X[:, :steps], y[:, :steps]
