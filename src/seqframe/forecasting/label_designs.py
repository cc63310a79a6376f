"""Regressors of the baselines of classes: one row for each sequence, or for each step."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from seqframe.data.label_dataset import LabelDataset
from seqframe.data.sequences import MASK_VALUE
from seqframe.data.windows import Floats, RowNumbers
from seqframe.forecasting.fitted import Fitted

MAX_WORK = 3e8  # most rows x regressors x classes of a fit

Design = Any  # (rows, regressors): an array, or a sparse matrix if there are category codes
MakeDesign = Callable[[LabelDataset, RowNumbers, int], Design]  # (dataset, sequences, steps) -> regressors


def make_step_design(dataset: LabelDataset, numbers: RowNumbers, steps: int = 0) -> Design:
    """The inputs of every step, one-hot for category codes: (steps, regressors). A masked step is 0."""
    rows = dataset.scaled[dataset.sequences.rows(numbers)].astype(np.float64)
    masked = (rows == MASK_VALUE).all(axis=1)
    rows[masked] = 0.0
    sizes = np.array(dataset.sequences.step_inputs.n_categories or [0] * rows.shape[1])
    if not sizes.any():
        return rows
    blocks = [sparse.csr_matrix(rows[:, sizes == 0])] if (sizes == 0).any() else []
    for place in np.flatnonzero(sizes):
        cells = np.where(masked, 0.0, 1.0), (np.arange(len(rows)), rows[:, place].astype(np.intp))
        blocks.append(sparse.csr_matrix(cells, (len(rows), sizes[place])))
    return sparse.hstack(blocks, format="csr")


def make_flat_design(dataset: LabelDataset, numbers: RowNumbers, steps: int) -> Design:
    """The first `steps` steps of every sequence one after another, 0 where it is shorter, and its length."""
    design, lengths = make_step_design(dataset, numbers), dataset.sequences.lengths[numbers]
    owner, position = _owners(lengths), dataset.sequences.positions(numbers)
    inside, width = position < steps, design.shape[1]
    if sparse.issparse(design):
        cells = design[inside].tocoo()
        places = (owner[inside][cells.row], position[inside][cells.row] * width + cells.col)
        return _with_length(sparse.csr_matrix((cells.data, places), (len(numbers), steps * width)), lengths / steps)
    flat = np.zeros((len(numbers), steps, width))
    flat[owner[inside], position[inside]] = design[inside]
    return _with_length(flat.reshape(len(numbers), steps * width), lengths / steps)


def make_summary_design(dataset: LabelDataset, numbers: RowNumbers, steps: int) -> Design:
    """Mean, standard deviation, extremes, first and last value of every column, and the length of the sequence.

    With category codes it is the mean alone, which for a category is its share of the steps.
    """
    design, lengths = make_step_design(dataset, numbers), dataset.sequences.lengths[numbers]
    owner, starts = _owners(lengths), np.cumsum(lengths) - lengths
    if sparse.issparse(design):
        average = sparse.csr_matrix((1 / lengths[owner], (owner, np.arange(len(owner)))), (len(numbers), len(owner)))
        return _with_length(average @ design, lengths / steps)
    means = np.add.reduceat(design, starts, axis=0) / lengths[:, None]
    squares = np.add.reduceat((design - means[owner]) ** 2, starts, axis=0) / lengths[:, None]
    low, high = (function.reduceat(design, starts, axis=0) for function in (np.minimum, np.maximum))
    parts = [means, np.sqrt(squares), low, high, design[starts], design[starts + lengths - 1]]
    return _with_length(np.concatenate(parts, axis=1), lengths / steps)


DESIGNS: dict[str, MakeDesign] = {"step": make_step_design, "flat": make_flat_design, "summary": make_summary_design}


def _owners(lengths: NDArray[np.intp]) -> NDArray[np.intp]:
    """Number of the sequence of each step: (steps,)."""
    return np.repeat(np.arange(len(lengths)), lengths)


def _with_length(design: Design, lengths: Floats) -> Design:
    """The regressors, and the length of the sequence as the last one."""
    if sparse.issparse(design):
        return sparse.hstack([design, sparse.csr_matrix(lengths[:, None])], format="csr")
    return np.concatenate([design, lengths[:, None]], axis=1)


@dataclass(frozen=True)
class Regressors:
    """Standardized regressors, fitted on the training sequences.

    Attributes:
        name: Name of the design, in `DESIGNS`.
        steps: Number of steps of the longest training sequence.
        mean_: Mean of each regressor in the training rows; 0 for a sparse design.
        scale_: Its standard deviation, or 1 where that is 0, and for a sparse design.
    """

    name: str
    steps: int
    mean_: Floats
    scale_: Floats

    def make(self, dataset: LabelDataset, numbers: RowNumbers) -> Design:
        """The regressors of some sequences, or of all their steps: (rows, regressors)."""
        design = DESIGNS[self.name](dataset, numbers, self.steps)
        return design if sparse.issparse(design) else (design - self.mean_) / self.scale_

    def as_arrays(self) -> Fitted:
        """What is saved."""
        return {
            "design": np.array(self.name),
            "steps": np.array(self.steps),
            "mean": self.mean_,
            "scale": self.scale_,
        }


def load_regressors(fitted: Fitted) -> Regressors:
    """Inverse of `Regressors.as_arrays`."""
    return Regressors(str(fitted["design"]), int(fitted["steps"]), fitted["mean"], fitted["scale"])


def fit_regressors(dataset: LabelDataset, name: str) -> Regressors:
    """Fit the standardization of a design on the training sequences."""
    train = dataset.splits["train"]
    steps = int(dataset.sequences.lengths[train].max(initial=1))
    design = DESIGNS[name](dataset, train, steps)
    if sparse.issparse(design):
        return Regressors(name, steps, np.zeros(design.shape[1]), np.ones(design.shape[1]))
    deviation = design.std(axis=0)
    return Regressors(name, steps, design.mean(axis=0), np.where(deviation > 0, deviation, 1.0))


def candidate_designs(dataset: LabelDataset) -> tuple[str, ...]:
    """Names of the designs to select from: of a sequence the flattened one, if it is small enough, and the summary."""
    sequences, train = dataset.sequences, dataset.splits["train"]
    if sequences.per_step:
        return ("step",)
    longest = int(sequences.lengths[train].max(initial=1))
    filled = sequences.lengths[train].sum() if sequences.step_inputs.has_categories else len(train) * longest
    small = float(filled) * len(sequences.features) * len(dataset.classes) <= MAX_WORK
    return ("flat", "summary") if small else ("summary",)
