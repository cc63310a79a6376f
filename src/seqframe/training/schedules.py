"""Learning rate schedules, by the names of the setting `training.lr_schedule`."""

from dataclasses import dataclass
from math import pi
from typing import Any

from seqframe.config import TrainingSettings


@dataclass(frozen=True)
class LearningRateSchedule:
    """The learning rate of every epoch.

    Attributes:
        name: `constant`; `cosine`, which decays to 0 in the last epoch; `exponential`; or `step`, an exponential decay
            in steps, as Keras' `ExponentialDecay` with `staircase=True`.
        decay_rate: Factor by which `exponential` and `step` multiply the learning rate in `decay_epochs` epochs.
        decay_epochs: Epochs between two steps.
    """

    name: str = "constant"
    decay_rate: float = 1.0
    decay_epochs: int = 1

    def rate(self, initial: Any, epoch: Any, epochs: Any) -> Any:
        """Learning rate of an epoch, counted from 0, of a number of epochs; all are scalar tensors."""
        from seqframe.networks.backend import tf

        if self.name == "constant":
            return initial
        epoch = tf.cast(epoch, tf.float32)
        if self.name == "cosine":
            return initial * 0.5 * (1.0 + tf.cos(pi * epoch / tf.cast(epochs, tf.float32)))
        decays = epoch / float(self.decay_epochs)
        return initial * self.decay_rate ** (tf.floor(decays) if self.name == "step" else decays)


CONSTANT = LearningRateSchedule()


def schedule_of(training: TrainingSettings) -> LearningRateSchedule:
    """The schedule of the settings."""
    if training.lr_schedule in ("exponential", "step"):
        return LearningRateSchedule(training.lr_schedule, training.lr_decay_rate, training.lr_decay_epochs)
    return LearningRateSchedule(training.lr_schedule)
