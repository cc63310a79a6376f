"""Training one network: epochs in bunches, with news and a checkpoint between them; and on from a checkpoint.

The numbers are those of `model.fit(shuffle=False)`, bit for bit, without its 40 ms of Python an epoch, and they do not
depend on how many epochs go into a bunch, nor on how often the process was killed in between.
"""

import hashlib
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqframe import __version__
from seqframe.backend import keras
from seqframe.checkpoints import CheckpointFile
from seqframe.config import NO_NUMBERS, Training
from seqframe.plan import Network
from seqframe.progress import History
from seqframe.training.course import Course
from seqframe.training.graph import Recipe
from seqframe.training.runner import Data, runner_for


def train(
    network: Network,
    X: NDArray[Any],
    y: NDArray[Any],
    training: Training,
    validation: Data | None = None,
    checkpoint: CheckpointFile | None = None,
    part: str = "",
) -> tuple[Network, History]:
    """Train a copy of the network with Adam on mean squared error.

    X is (samples, timesteps, features), y is shaped as the head answers, `validation` is another such pair, which early
    stopping then watches in place of the training loss. `part` goes into the announcements.
    """
    recipe = Recipe(
        batch_size=training.batch_of(len(X), carried=network.plan.carried > 0),
        shuffle=training.shuffle,
        cosine=training.schedule == "cosine",
        patience=training.patience or 0,
        validated=validation is not None,
    )
    runner = runner_for(network.plan, recipe)
    started = perf_counter()
    with runner.lock:
        runner.start(network, (X, y), validation, training)
        course = Course(network.plan.framing, part, training.epochs_of(network.plan.framing))
        if checkpoint is not None and checkpoint.claim():
            course.keep(checkpoint, _fingerprint(network, X, y, training, validation), training)
            course.resume(runner)
        course.run(runner)
        trained = Network(network.plan, runner.weights())
    checks = tuple(course.checks) if validation is not None else ()
    seconds = perf_counter() - started
    return trained, History(network.plan.framing, tuple(course.losses), seconds, checks, runner.engines)


def _fingerprint(network: Network, X: Any, y: Any, training: Training, validation: Data | None) -> str:
    """What a checkpoint is of: the network as it was drawn, the data, the settings that change numbers, the code."""
    settings = training.model_dump_json(exclude=NO_NUMBERS | {"seeds"})
    digest = hashlib.sha256(f"{__version__} {keras.__version__} {network.plan} {settings}".encode())
    for array in (*network.weights, X, y, *(validation or ())):
        digest.update(f"{array.dtype} {array.shape}".encode() + np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
