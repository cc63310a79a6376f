"""The settings `training.*`."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from seqframe.config.base import Count, Group

EVERY_OTHER_FRAMING = "otherwise"
NO_NUMBERS = {"resume", "checkpoint_s"}  # settings of training that change no number


class Training(Group):
    """How a network is trained.

    Attributes:
        epochs: Passes over the data: a number for every framing, or one by framing, with `otherwise` for the rest.
        batch_size: Samples an update, or windows where a table is forecast; `all` means one update an epoch.
        learning_rate: Of Adam.
        schedule: How the learning rate changes: `constant`, or `cosine`, which takes it to 0 in the last epoch.
        shuffle: Whether each epoch takes the samples in another order, drawn from the seed and the epoch's number.
        patience: Epochs without a smaller loss before training stops with the best weights; null: it never does.
        seed: What the initial weights are drawn from.
        resume: Whether training that was cut off goes on where it was.
        checkpoint_s: Seconds from one checkpoint to the next.
        seeds: How many networks the seed study, or the backtest of a framing, trains: from the seeds 0, 1, 2, …
    """

    epochs: Count | dict[str, Count]
    batch_size: Count | Literal["all"]
    learning_rate: Annotated[float, Field(gt=0)]
    schedule: Literal["constant", "cosine"] = "constant"
    shuffle: bool = False
    patience: Count | None = None
    resume: bool = True
    checkpoint_s: Annotated[float, Field(ge=0)] = 2.0
    seed: Annotated[int, Field(ge=0, lt=2**31)]
    seeds: Count

    @model_validator(mode="after")
    def _epochs_cover_all(self) -> "Training":
        if isinstance(self.epochs, dict) and EVERY_OTHER_FRAMING not in self.epochs:
            raise ValueError(f"`training.epochs` by framing needs an entry `{EVERY_OTHER_FRAMING}` for the rest")
        return self

    def epochs_of(self, framing: str) -> int:
        """The epochs that a framing is trained for."""
        if isinstance(self.epochs, int):
            return self.epochs
        return self.epochs.get(framing, self.epochs[EVERY_OTHER_FRAMING])

    def named_framings(self) -> set[str]:
        """The framings that the settings speak of."""
        return set(self.epochs) - {EVERY_OTHER_FRAMING} if isinstance(self.epochs, dict) else set()

    def batch_of(self, samples: int, carried: bool = False) -> int:
        """The samples in one update, out of so many: one where a state is carried from each to the next."""
        if carried:
            return 1
        return samples if self.batch_size == "all" else min(self.batch_size, samples)
