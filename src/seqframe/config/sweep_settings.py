"""Settings of a hyperparameter search."""

from itertools import product
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from seqframe.config.data_settings import PositiveInt, SettingsGroup


class SearchRange(SettingsGroup):
    """A range of numbers in the search space of a sweep.

    All values are whole numbers if `low`, `high` and `step` are written as whole numbers.

    Attributes:
        low: Smallest value.
        high: Largest value.
        step: Distance of the values; null means any number, or 1 for whole numbers.
        log: Whether values are drawn on a logarithmic scale.
    """

    low: int | float
    high: int | float
    step: Annotated[int | float, Field(gt=0)] | None = None
    log: bool = False

    @model_validator(mode="after")
    def _can_be_drawn(self) -> "SearchRange":
        if not self.low < self.high or (self.log and (self.low <= 0 or self.step is not None)):
            raise ValueError(
                "a range of `sweep.space` needs `low` below `high`; with `log`, `low` above 0 and no `step`. "
                f"Received: low={self.low:g}, high={self.high:g}, log={str(self.log).lower()}"
            )
        return self

    @property
    def is_integer(self) -> bool:
        """Whether all values are whole numbers."""
        return all(isinstance(value, int) for value in (self.low, self.high, self.step or 1))


class SweepSettings(SettingsGroup):
    """Hyperparameter search.

    Attributes:
        space: Values by setting: a list of them, or a range such as `{low: 8, high: 64, log: true}`. Settings of the
            groups `model` and `training`, of `task` the lookback and the normalization, and `framing`.
        framing: The framing, unless it is in the space.
        n_trials: Number of trials.
        sampler: `tpe` (tree-structured Parzen estimator), `random`, or `grid`, all combinations of lists.
        pruner: `hyperband` ends trials with a large error after their first folds; `none` ends none.
        batch: Trials that are proposed together, before the results of each other are known.
        seed: Random seed of the sampler.
    """

    space: dict[str, Annotated[list[Any], Field(min_length=1)] | SearchRange] = Field(default_factory=dict)
    framing: str = "many_to_one"
    n_trials: PositiveInt = 50
    sampler: Literal["tpe", "random", "grid"] = "tpe"
    pruner: Literal["hyperband", "none"] = "hyperband"
    batch: PositiveInt = 4
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0

    def combinations(self) -> list[dict[str, Any]]:
        """All combinations of the values in lists; the values of the last setting change first."""
        lists = {name: values for name, values in self.space.items() if isinstance(values, list)}
        return [dict(zip(lists, values, strict=True)) for values in product(*lists.values())]

    @model_validator(mode="after")
    def _grid_has_lists(self) -> "SweepSettings":
        ranges = [name for name, dimension in self.space.items() if isinstance(dimension, SearchRange)]
        if self.sampler == "grid" and ranges:
            raise ValueError(f"`sweep.sampler=grid` needs a list of values. Received: a range for {ranges[0]}")
        return self
