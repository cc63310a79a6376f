"""The arguments of `run_epochs`. Numba's cache stores the names of these classes."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


class Options(NamedTuple):
    """Numbers that do not change during training."""

    lanes: int
    batch: int
    output: int  # number of the value with the outputs
    loss: int
    delta: float
    optimizer: int
    momentum: float
    weight_decay: float
    clipnorm: float
    shuffle: bool
    validated: bool
    monitors_initial: bool
    patience: int
    validation_batch: int


class Tables(NamedTuple):
    """Arrays that do not change during training; see `Program`."""

    table: Ints
    offsets: Ints
    segments: Ints
    dropout: NDArray[np.float64]
    levels: Floats


class Memory(NamedTuple):
    """What changes during training: arrays of some lanes, (numbers * lanes,) or (lanes,)."""

    params: Floats
    first: Floats  # means of the gradients, or momenta
    second: Floats  # means of the squared gradients
    best: Floats
    best_loss: Floats
    wait: Ints  # epochs without a smaller loss; -1 once a network has stopped
    epochs: Ints  # trained epochs
    seeds: Ints
    epoch: Ints  # (1,)
    iterations: Ints  # (1,)
    draws: Ints  # (operations,)
    values: Floats
    gradients: Floats
    d_params: Floats
    targets: Floats
    work: Floats


class Samples(NamedTuple):
    """Arrays of samples: X and y, one row for each sample."""

    X: Floats
    y: Floats
    X_val: Floats
    y_val: Floats
