"""Which step of a window stands in which cell of X and of y."""

import numpy as np
from numpy.typing import NDArray

from seqframe.framings.base import Framing
from seqframe.plan import Plan

Steps = NDArray[np.intp]


def find_cells(plan: Plan, framing: Framing, inputs: tuple[int, int], targets: tuple[int, int]) -> tuple[Steps, Steps]:
    """The framing's reshapes, applied to step numbers from 0: (samples, cells of X), (samples, cells of y).

    `inputs` is (lookback, features) of a window and `targets` (steps, targets).
    """
    read, asked = (np.repeat(np.arange(steps)[None, :, None], columns, axis=2) for steps, columns in (inputs, targets))
    X, y = framing.frame_inputs(read), framing.frame_targets(asked)
    samples = X.size // int(np.prod(plan.input_shape))
    return X.reshape(samples, -1), y.reshape(samples, -1)
