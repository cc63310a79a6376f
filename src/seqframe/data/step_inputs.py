"""What the columns of one step are, as far as a network must know: codes, numbers, or the values of an image."""

from dataclasses import dataclass
from math import prod


@dataclass(frozen=True)
class StepInputs:
    """The columns of one step of X. `Framing.make_spec` passes them to the step encoder of the network.

    Whoever makes X makes this record: `Sequences.step_inputs` for sequences with labels. The default suits columns of
    numbers.

    Attributes:
        n_categories: Number of categories of each column, in the order of the features of X; 0 for a column of
            numbers. The codes of a column are 0 to n - 1. Empty if all columns hold numbers.
        shape: Shape of a step that is no vector, such as (height, width, channels). Its values are the columns, the
            last axis fastest.
    """

    n_categories: tuple[int, ...] = ()
    shape: tuple[int, ...] = ()

    @property
    def has_categories(self) -> bool:
        """Whether some column holds category codes."""
        return any(self.n_categories)

    @property
    def n_features(self) -> int:
        """Number of columns; 0 if it does not matter, since a step is a vector of numbers."""
        return len(self.n_categories) or (prod(self.shape) if self.shape else 0)


NUMBERS = StepInputs()  # a step that is a vector of numbers
