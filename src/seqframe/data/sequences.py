"""Labeled sequences of different lengths: the data of the tasks `classify` and `label`. Independent of the framing."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from seqframe.data.step_inputs import StepInputs
from seqframe.data.windows import RowNumbers

MISSING_LABEL = -1  # code of a label that is not known; it counts neither in the loss nor in the metrics
MASK_VALUE = -1e9  # of every input of a padded step: no scaled value reaches it, and float32 holds it exactly


@dataclass(frozen=True)
class Sequences:
    """Sequences of different lengths with class labels.

    The rows of all sequences follow one another, so that no step is padded before a batch is made.

    Attributes:
        values: Inputs of every step: (rows, features), float64, physical units or category codes.
        lengths: Number of steps of each sequence: (sequences,).
        labels: Codes of the classes, from 0: (sequences, outputs) for one label a sequence, (rows, outputs) for one
            label a step. There is one output, or with `multi_label` one for each class, which is 0 or 1.
        classes: Names of the classes, in the order of their codes.
        features: Names of the input columns.
        ids: Names of the sequences.
        per_step: Whether every step has a label.
        multi_label: Whether several classes may hold at once.
        split: Published split of each sequence, such as `train` and `test`: (sequences,); None if there is none.
        categories: Names of the categories of each input column that holds codes, by the name of the column.
        step_shape: Shape of one step, such as (height, width, channels), where it is no vector; its product is the
            number of features.
    """

    values: NDArray[np.float64]
    lengths: NDArray[np.intp]
    labels: NDArray[np.int64]
    classes: tuple[str, ...]
    features: tuple[str, ...]
    ids: tuple[str, ...]
    per_step: bool
    multi_label: bool = False
    split: tuple[str, ...] | None = None
    categories: tuple[tuple[str, tuple[str, ...]], ...] = ()
    step_shape: tuple[int, ...] = ()

    def __len__(self) -> int:
        """Number of sequences."""
        return len(self.lengths)

    @cached_property
    def starts(self) -> NDArray[np.intp]:
        """Number of the first row of each sequence: (sequences,)."""
        return np.concatenate([[0], np.cumsum(self.lengths)[:-1]]).astype(np.intp)

    @property
    def step_inputs(self) -> StepInputs:
        """What the columns of a step are, for the network."""
        sizes = {name: len(categories) for name, categories in self.categories}
        n_categories = tuple(sizes.get(name, 0) for name in self.features) if sizes else ()
        return StepInputs(n_categories, self.step_shape)

    def rows(self, numbers: RowNumbers) -> NDArray[np.intp]:
        """Numbers of the rows of some sequences, sequence by sequence: (rows,)."""
        lengths = self.lengths[numbers]
        first = np.repeat(self.starts[numbers] - (np.cumsum(lengths) - lengths), lengths)
        return first + np.arange(lengths.sum(), dtype=np.intp)

    def positions(self, numbers: RowNumbers) -> NDArray[np.intp]:
        """Position in its sequence, from 0, of every step of some sequences: (rows,)."""
        return self.rows(numbers) - np.repeat(self.starts[numbers], self.lengths[numbers])

    def row_labels(self, numbers: RowNumbers) -> NDArray[np.int64]:
        """Labels of some sequences (sequences, outputs), or of their steps, if every step has one (rows, outputs)."""
        return self.labels[self.rows(numbers) if self.per_step else numbers]

    def step_labels(self, numbers: RowNumbers) -> NDArray[np.int64]:
        """Labels of the steps of some sequences: (rows, outputs). One label a sequence is repeated at its steps."""
        labels = self.row_labels(numbers)
        return labels if self.per_step else np.repeat(labels, self.lengths[numbers], axis=0)

    def select(self, numbers: RowNumbers) -> "Sequences":
        """Some of the sequences, in the given order."""
        rows = self.rows(numbers)
        return replace(
            self,
            values=self.values[rows],
            lengths=self.lengths[numbers],
            labels=self.row_labels(numbers),
            ids=tuple(self.ids[number] for number in numbers),
            split=None if self.split is None else tuple(self.split[number] for number in numbers),
        )
