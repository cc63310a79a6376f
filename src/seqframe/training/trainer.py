"""Train one network: groups of epochs, with events and checkpoints between them.

With `training.backend=tensorflow` the results equal Keras' `model.fit(shuffle=False)`, bit for bit, for every loss and
optimizer. They do not depend on the number of epochs in a group, nor on how often the process was killed and resumed.
Samples up to 64 MiB are passed to the graph as a whole; larger ones are streamed in chunks of whole batches. Compiled
code trains on samples up to 128 MiB.
"""

from typing import Any

from numpy.typing import NDArray

from seqframe.config import TrainingSettings
from seqframe.networks.spec import NetworkState
from seqframe.training import progress
from seqframe.training.checkpoint import CheckpointStore
from seqframe.training.events import TrainingHistory
from seqframe.training.limits import CHUNK_BYTES, WHOLE_BYTES
from seqframe.training.loop import ClassWeights, Trainer, get_trainer
from seqframe.training.losses import LossConfig, loss_of_values
from seqframe.training.problem import Problem
from seqframe.training.samples import ArraySamples, Data, SampleSource
from seqframe.training.stream import StreamingTrainer, get_streaming_trainer
from seqframe.training.together import SeedGroup, train_together, trains_together


def train(
    network: NetworkState,
    X: NDArray[Any],
    y: NDArray[Any],
    training: TrainingSettings,
    validation: Data | None = None,
    checkpoints: CheckpointStore | None = None,
    label: str = "",
    loss: LossConfig | None = None,
    class_weights: ClassWeights | None = None,
) -> tuple[NetworkState, TrainingHistory]:
    """Train a copy of a network on arrays.

    `X` is (samples, timesteps, features), `y` has the shape of the output, or (..., 1) with codes of classes.
    `validation` is another such pair; with early stopping, its loss is monitored instead of the training loss.
    `loss` is None for the loss of the settings; labels need a cross-entropy. `LossConfig("keras", keras_loss=...)` is a
    loss of your own; such a training has no checkpoints, since its loss cannot be compared with an earlier one.
    `class_weights` is (classes,), or with `binary_crossentropy` (classes, 2) for the labels 0 and 1 of each class.
    """
    each = max(1, network.spec.steps_per_sequence)
    val_samples = ArraySamples(*validation, each) if validation else None
    samples = ArraySamples(X, y, each)
    return train_samples(
        network, samples, training, val_samples, checkpoints, label, loss=loss, class_weights=class_weights
    )


def train_samples(
    network: NetworkState,
    samples: SampleSource,
    training: TrainingSettings,
    validation: SampleSource | None = None,
    checkpoints: CheckpointStore | None = None,
    label: str = "",
    whole_bytes: int = WHOLE_BYTES,
    chunk_bytes: int = CHUNK_BYTES,
    loss: LossConfig | None = None,
    class_weights: ClassWeights | None = None,
) -> tuple[NetworkState, TrainingHistory]:
    """Train a copy of a network on samples that need not fit into memory.

    The result equals `train`, bit for bit, unless samples are shuffled or bucketed: where TensorFlow trains, samples
    that take more than `whole_bytes` are streamed in chunks of about `chunk_bytes`, and are then shuffled window by
    window, and bucketed chunk by chunk.

    Raises:
        UserError: One batch is too large.
    """
    problem = Problem(samples, training, validation, checkpoints, loss or loss_of_values(training), class_weights)
    if trains_together(network.spec, problem):
        (((trained, history),),) = train_together([SeedGroup([network], problem, [training.seed], [label])])
        return trained, history
    large = problem.bytes > whole_bytes
    config = problem.config(network.spec)
    trainer: Trainer = (get_streaming_trainer if large else get_trainer)(network.spec, config)
    with trainer.lock:
        clock = progress.Clock()
        if isinstance(trainer, StreamingTrainer):
            trainer.start_stream(network, samples, validation, training, chunk_bytes, class_weights)
        else:
            trainer.start(network, *problem.arrays(), training, class_weights)
        if network.spec.skip and validation is not None:
            trainer.monitor_initial(validation)
        state = problem.resume(network, training.seed, label, trainer)
        group = progress.GroupSize(progress.REPORT_EVERY_S)
        while not state.ended(trainer):
            losses, val_losses = trainer.run(min(group.epochs, state.epochs - len(state.losses)))
            seconds = clock.lap()
            group.measure(len(losses), seconds)
            state.record(trainer, losses, val_losses, seconds)
        trained = NetworkState(network.spec, trainer.weights())
        trainer.release()
    return trained, problem.history(state, trainer.backends)
