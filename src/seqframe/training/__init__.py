"""Training one network: epochs in bunches, with news and a checkpoint between them; and on from a checkpoint.

The numbers are those of `model.fit(shuffle=False)`, bit for bit, without its 40 ms of Python an epoch, and they do not
depend on how many epochs go into a bunch, nor on how often the process was killed in between. Samples that take little
memory go into the graph as a whole; more of them are streamed through it, in chunks of whole batches.
"""

import hashlib
from time import perf_counter
from typing import Any

from numpy.typing import NDArray

from seqframe import __version__
from seqframe.backend import keras
from seqframe.checkpoints import CheckpointFile
from seqframe.config import NO_NUMBERS, Training
from seqframe.plan import Network
from seqframe.progress import History
from seqframe.training.course import Course
from seqframe.training.graph import Recipe
from seqframe.training.runner import EpochRunner, runner_for
from seqframe.training.samples import CHUNK_BYTES, WHOLE_BYTES, ArraySamples, Data, Samples, count_bytes
from seqframe.training.streaming import ChunkRunner, chunk_runner_for

__all__ = ["ArraySamples", "Samples", "train", "train_samples"]


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
    a_window = max(1, network.plan.carried)
    checked = ArraySamples(*validation, a_window) if validation else None
    return train_samples(network, ArraySamples(X, y, a_window), training, checked, checkpoint, part)


def train_samples(
    network: Network,
    samples: Samples,
    training: Training,
    validation: Samples | None = None,
    checkpoint: CheckpointFile | None = None,
    part: str = "",
    whole_bytes: int = WHOLE_BYTES,
    chunk_bytes: int = CHUNK_BYTES,
) -> tuple[Network, History]:
    """Train on samples that need not be there as a whole: as `train` does, to the same bits if nothing is shuffled.

    Where they, or those of the validation, take more than `whole_bytes`, they are made in chunks of about
    `chunk_bytes`; an epoch is then shuffled window by window, in an order that is computed.

    Raises:
        UserError: A batch takes more than can be held.
    """
    recipe = Recipe(
        batch_size=training.batch_of(samples.X_shape[0], carried=network.plan.carried > 0),
        shuffle=training.shuffle,
        cosine=training.schedule == "cosine",
        patience=training.patience or 0,
        validated=validation is not None,
    )
    streams = max(count_bytes(each) for each in (samples, validation) if each is not None) > whole_bytes
    runner: EpochRunner = (chunk_runner_for if streams else runner_for)(network.plan, recipe)
    started = perf_counter()
    with runner.lock:
        _start(runner, network, samples, validation, training, chunk_bytes)
        course = Course(network.plan.framing, part, training.epochs_of(network.plan.framing))
        if checkpoint is not None and checkpoint.claim():
            course.keep(checkpoint, _fingerprint(network, samples, training, validation), training)
            course.resume(runner)
        course.run(runner)
        trained = Network(network.plan, runner.weights())
        runner.forget()
    checks = tuple(course.checks) if validation is not None else ()
    seconds = perf_counter() - started
    return trained, History(network.plan.framing, tuple(course.losses), seconds, checks, runner.engines)


def _start(
    runner: EpochRunner,
    network: Network,
    samples: Samples,
    validation: Samples | None,
    training: Training,
    chunk_bytes: int,
) -> None:
    """Set a runner going with samples that are made when they are needed, or made here."""
    if isinstance(runner, ChunkRunner):
        runner.start_stream(network, samples, validation, training, chunk_bytes)
    else:
        checked = validation.take(slice(None)) if validation is not None else None
        runner.start(network, samples.take(slice(None)), checked, training)


def _fingerprint(network: Network, samples: Samples, training: Training, validation: Samples | None) -> str:
    """What a checkpoint is of: the network as it was drawn, the data, the settings that change numbers, the code."""
    settings = training.model_dump_json(exclude=NO_NUMBERS | {"seeds"})
    digest = hashlib.sha256(f"{__version__} {keras.__version__} {network.plan} {settings}".encode())
    for weights in network.weights:
        digest.update(f"{weights.dtype} {weights.shape}".encode() + weights.tobytes())
    samples.sign(digest)
    if validation is not None:
        validation.sign(digest)
    return digest.hexdigest()
