"""The dataset of the tasks `classify` and `label`: sequences with labels, their split and their scaling."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqframe.config import BacktestSettings, DataSettings, TaskSettings
from seqframe.data.scalers import Scaler, fit_scaler
from seqframe.data.sequence_splits import Splits, count_labels, split_sequences
from seqframe.data.sequences import MASK_VALUE, MISSING_LABEL, Sequences
from seqframe.data.series_names import name_some
from seqframe.data.windows import Floats, RowNumbers
from seqframe.errors import UserError

LARGEST_INPUT = 1e8  # scaled; MASK_VALUE is ten times as large


@dataclass(frozen=True)
class LabelDataset:
    """A problem with labels. All framings start from it.

    Attributes:
        sequences: Sequences with labels, in physical units.
        splits: Numbers of the sequences of `train`, `validation` (may be empty) and `test`, in ascending order.
        scaler: Scaler of the inputs, fitted on the training sequences; columns with category codes are not scaled.
        fill_: Value of each feature where it is still missing, in physical units: its mean in the training sequences,
            or its most frequent code: (features,).
        data_settings: Source of the data.
        task: The prediction task.
    """

    sequences: Sequences
    splits: Splits
    scaler: Scaler
    fill_: Floats
    data_settings: DataSettings
    task: TaskSettings

    @property
    def n_features(self) -> int:
        """Number of inputs of one step."""
        return len(self.sequences.features)

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes, in the order of their codes."""
        return self.sequences.classes

    @cached_property
    def scaled(self) -> NDArray[np.float32]:
        """Scaled inputs of all steps, without missing values: (rows, features). A masked step is `MASK_VALUE`."""
        return self.scale(self.sequences.values)

    def scale(self, values: Floats) -> NDArray[np.float32]:
        """Inputs in physical units (rows, features), as a network reads them: filled, scaled, float32.

        With `data.missing=mask`, a step with a missing input is masked.
        """
        missing = np.isnan(values)
        filled = np.where(missing, self.fill_, values)
        scaled = self.scaler.scale(pd.DataFrame(filled, columns=list(self.scaler.columns)))
        if self.data_settings.missing == "mask":
            scaled[missing.any(axis=1)] = MASK_VALUE
        return scaled

    def inputs(self, numbers: RowNumbers, steps: int | None = None) -> NDArray[np.float32]:
        """Scaled inputs of some sequences: (sequences, steps, features), padded at the end with `MASK_VALUE`.

        `steps` is the length after padding; None means the longest of these sequences.
        """
        inside = self._inside(numbers, steps)
        inputs = np.full((*inside.shape, self.n_features), MASK_VALUE, np.float32)
        inputs[inside] = self.scaled[self.sequences.rows(numbers)]
        return inputs

    def targets(self, numbers: RowNumbers, steps: int | None = None) -> NDArray[np.float32]:
        """Targets of some sequences: (sequences, outputs) for one label a sequence, or (sequences, steps, outputs).

        There is one output, the code of the class, or with `multi_label` one for each class, 0 or 1. Labels that are
        missing or padded are `MISSING_LABEL`.
        """
        labels = self.sequences.labels
        if not self.sequences.per_step:
            return labels[numbers].astype(np.float32)
        inside = self._inside(numbers, steps)
        targets = np.full((*inside.shape, labels.shape[1]), MISSING_LABEL, np.float32)
        targets[inside] = labels[self.sequences.rows(numbers)]
        return targets

    def balanced_weights(self) -> Floats:
        """Class weights inversely proportional to the number of training labels; their mean over these labels is 1.

        (classes,): n / (k * n_c) for n labels of k classes, n_c of class c. With `multi_label` (classes, 2): weights of
        the labels 0 and 1 of each class. A class without training labels has the weight 1.

        Source: King and Zeng, "Logistic regression in rare events data", Political Analysis 9 (2001).
        """
        counts = count_labels(self.sequences, self.splits["train"])
        if self.sequences.multi_label:
            labels = self.targets(self.splits["train"])
            negative = (labels == 0).reshape(-1, labels.shape[-1]).sum(axis=0)
            both = np.stack([negative, counts], axis=1)
            return _balance(both, both.sum(axis=1, keepdims=True), (both > 0).sum(axis=1, keepdims=True))
        return _balance(counts, counts.sum(), (counts > 0).sum())

    @property
    def notes(self) -> tuple[str, ...]:
        """One sentence on the split, and on classes that no network can learn or that are not tested."""
        counts = {part: count_labels(self.sequences, numbers) for part, numbers in self.splits.items()}
        sizes = ", ".join(f"{len(numbers):,} {part}" for part, numbers in self.splits.items() if len(numbers))
        notes = [f"Split of the sequences: {sizes}."]
        unlearned = [name for name, count in zip(self.classes, counts["train"], strict=True) if not count]
        if unlearned:
            missed = int(counts["test"][counts["train"] == 0].sum())
            notes.append(
                f"No training sequence has the class{'es' * (len(unlearned) > 1)} {name_some(unlearned)}: no model can "
                f"learn {'them' if len(unlearned) > 1 else 'it'}, and {missed:,} test labels are errors of every model."
            )
        return tuple(notes)

    def _inside(self, numbers: RowNumbers, steps: int | None) -> NDArray[np.bool_]:
        """Whether a step belongs to its sequence and is no padding: (sequences, steps)."""
        lengths = self.sequences.lengths[numbers]
        longest = int(lengths.max(initial=1)) if steps is None else steps
        return np.arange(longest) < lengths[:, None]


def _balance(counts: NDArray[np.int64], total: NDArray[np.int64], classes: NDArray[np.int64]) -> Floats:
    weights: Floats = np.where(counts > 0, total / (np.maximum(classes, 1) * np.maximum(counts, 1)), 1.0)
    return weights


def make_label_dataset(
    sequences: Sequences,
    data_settings: DataSettings,
    task: TaskSettings,
    sizes: BacktestSettings | None = None,
) -> LabelDataset:
    """Split the sequences, and fit the scaler on the training sequences.

    `sizes` has the sizes of the validation and the test part; None means a fifth each.

    Raises:
        UserError: A sequence is empty, the labels are of one class, the sequences cannot be split, or a value without
            a scaler is too large for a network.
    """
    check_sequences(sequences)
    splits = split_sequences(sequences, sizes or BacktestSettings(), data_settings.seed)
    for part, numbers in splits.items():
        if len(numbers) and not (sequences.row_labels(numbers) != MISSING_LABEL).any():
            raise UserError(
                f"Sequences of each part need known labels. Received: {len(numbers)} {part} sequences without any. "
                "Correct the labels or the split, or set data.split_column=none."
            )
    _check_classes(sequences, splits["train"])
    return fit_label_dataset(sequences, splits, data_settings, task)


def check_sequences(sequences: Sequences) -> None:
    """Check that every sequence has a step.

    Raises:
        UserError: A sequence is empty.
    """
    for number in np.flatnonzero(sequences.lengths == 0)[:1]:
        raise UserError(
            f"Every sequence must have at least one step. Received: none in sequence {sequences.ids[number]}. "
            "Remove the sequence."
        )


def _check_classes(sequences: Sequences, train: RowNumbers) -> None:
    """Check that the training labels differ.

    Raises:
        UserError: They are of one class, or with several classes at once each class has one label.
    """
    labels = sequences.row_labels(train)
    known = np.where(labels == MISSING_LABEL, labels.max(axis=0), labels)
    if (known == labels.max(axis=0)).all():
        same = "the same 0 and 1" if sequences.multi_label else f"the label {sequences.classes[int(labels.max())]}"
        raise UserError(
            f"Labels to learn from must be of at least two classes. Received: {len(train)} training sequences with "
            f"{same} alone. Name another data.target, or another split."
        )


def fit_label_dataset(
    sequences: Sequences, splits: Splits, data_settings: DataSettings, task: TaskSettings
) -> LabelDataset:
    """Fit the scaler on the training sequences of a split.

    Raises:
        UserError: A value without a scaler is too large for a network.
    """
    train = sequences.values[sequences.rows(splits["train"])]
    fill = _fill_values(train, _is_coded(sequences))
    df = pd.DataFrame(np.where(np.isnan(train), fill, train), columns=list(sequences.features))
    settings = data_settings.model_copy(update={"scale_per_series": False})
    scaler = _without_codes(fit_scaler(df, [range(len(df))], settings), sequences)
    check_scaled(sequences, scaler, "Fix the value, or set data.scaler=robust.")
    return LabelDataset(sequences, splits, scaler, fill, data_settings, task)


def check_scaled(sequences: Sequences, scaler: Scaler, remedy: str) -> None:
    """Check that no scaled input comes near `MASK_VALUE`, or is too large for float32; `remedy` ends the message.

    Raises:
        UserError: One does.
    """
    bounds = (reduce(sequences.values, axis=0) for reduce in (np.fmin.reduce, np.fmax.reduce))
    low, high = (np.abs(bound - scaler.offset_[0]) / scaler.span_[0] for bound in bounds)
    largest = np.fmax(low, high)
    for place in np.flatnonzero(largest > LARGEST_INPUT)[:1]:
        raise UserError(
            f"Inputs must be below {LARGEST_INPUT:g} after scaling. Received: {largest[place]:.3g} in column "
            f"{sequences.features[place]}. {remedy}"
        )


def _is_coded(sequences: Sequences) -> NDArray[np.bool_]:
    """Whether a column holds category codes: (features,)."""
    return np.isin(sequences.features, [name for name, _ in sequences.categories])


def _fill_values(rows: Floats, coded: NDArray[np.bool_]) -> Floats:
    """Mean of the known values of every column, or the most frequent code: (rows, columns) -> (columns,).

    0 for a column without any.
    """
    valid = ~np.isnan(rows)
    fill: Floats = np.where(valid, rows, 0.0).sum(axis=0) / np.maximum(valid.sum(axis=0), 1)
    for place in np.flatnonzero(coded & valid.any(axis=0)):
        fill[place] = np.bincount(rows[valid[:, place], place].astype(np.intp)).argmax()
    return fill


def _without_codes(scaler: Scaler, sequences: Sequences) -> Scaler:
    """The scaler, which leaves the columns with category codes as they are."""
    coded = _is_coded(sequences)
    offset, span = np.where(coded, 0.0, scaler.offset_), np.where(coded, 1.0, scaler.span_)
    return replace(scaler, offset_=offset, span_=span)
