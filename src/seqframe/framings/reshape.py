"""How windows become X and y, and predictions windows again. Every function is one reshape."""

import numpy as np

from seqframe.data.windows import Array
from seqframe.networks.spec import Shape


def whole_windows(windows: Array) -> Array:
    """Leave windows as they are, one sample each.

    >>> whole_windows(np.zeros((2, 5, 3))).shape
    (2, 5, 3)
    """
    return windows  # (windows, steps, columns)


def single_steps(windows: Array) -> Array:
    """Make every step a sample of one step.

    >>> single_steps(np.zeros((2, 5, 3))).shape
    (10, 1, 3)
    """
    return np.reshape(windows, (-1, 1, windows.shape[2]))  # (windows * steps, 1, columns)


def step_vectors(windows: Array) -> Array:
    """Make every step a sample that is one vector.

    >>> step_vectors(np.zeros((2, 5, 3))).shape
    (10, 3)
    """
    return np.reshape(windows, (-1, windows.shape[2]))  # (windows * steps, columns)


def window_vectors(windows: Array) -> Array:
    """Make every window one vector, step after step.

    >>> window_vectors(np.zeros((2, 5, 3))).shape
    (2, 15)
    """
    return np.reshape(windows, (windows.shape[0], -1))  # (windows, steps * columns)


def one_long_step(windows: Array) -> Array:
    """Make every window one step that has all its values as features.

    >>> one_long_step(np.zeros((2, 5, 3))).shape
    (2, 1, 15)
    """
    return np.reshape(windows, (windows.shape[0], 1, -1))  # (windows, 1, steps * columns)


def reshape_back(prediction: Array, shape: Shape) -> Array:
    """Undo any of the reshapes above: `shape` is (windows, steps, targets).

    >>> reshape_back(np.zeros((2, 15)), (2, 5, 3)).shape
    (2, 5, 3)
    """
    return np.reshape(prediction, shape)
