"""Optimizers of training, by the names of the setting `training.optimizer`."""

from dataclasses import dataclass
from typing import Any

from seqframe.config import TrainingSettings

OPTIMIZERS = {"adam": "Adam", "adamw": "AdamW", "sgd": "SGD", "rmsprop": "RMSprop"}  # names -> classes of Keras
SLOTS = {"adam": 2, "adamw": 2, "sgd": 0, "rmsprop": 1}  # values for each weight without momentum, such as its moments


@dataclass(frozen=True)
class OptimizerConfig:
    """The optimizer of a training. What is None has Keras' default.

    Attributes:
        name: A name in `OPTIMIZERS`.
        momentum: Momentum of `sgd`.
        weight_decay: Weight decay of `adamw`.
        clipnorm: Largest norm of the gradient of one weight array.
    """

    name: str = "adam"
    momentum: float | None = None
    weight_decay: float | None = None
    clipnorm: float | None = None

    @property
    def slots(self) -> int:
        """Number of values that the optimizer stores for each weight."""
        return SLOTS[self.name] + bool(self.momentum)

    def arguments(self) -> dict[str, float]:
        """The arguments of the Keras class that are not its defaults."""
        return {name: value for name, value in vars(self).items() if name != "name" and value is not None}

    def make(self) -> Any:
        """The Keras optimizer; its learning rate is set at the start of every epoch."""
        from seqframe.networks.backend import keras

        return getattr(keras.optimizers, OPTIMIZERS[self.name])(**self.arguments())


ADAM = OptimizerConfig()


def optimizer_of(training: TrainingSettings) -> OptimizerConfig:
    """The optimizer of the settings."""
    return OptimizerConfig(training.optimizer, training.momentum, training.weight_decay, training.clipnorm)
