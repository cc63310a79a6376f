"""Samples and networks of sequences with labels: how a framing reads them, and its outputs as probabilities.

Sequences of different lengths are padded at the end. Padded steps are masked inputs and missing labels, so that they
change neither the state of a network nor its loss. Where every step is a sample of its own, nothing is padded.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from seqframe.config import ModelSettings
from seqframe.data.label_dataset import LabelDataset
from seqframe.data.sequences import MASK_VALUE, MISSING_LABEL
from seqframe.data.windows import Array, Floats, RowNumbers
from seqframe.framings.base import Framing
from seqframe.framings.dataset import FramedWindows
from seqframe.networks.spec import Dense, LayerSpec, Masking, NetworkSpec, Shape, TimeDistributed
from seqframe.tasks import OutputLayer, find_task

PredictFn = Callable[[Array], Array]  # X -> probabilities: (samples, classes) or (samples, timesteps, classes)
CHUNK = 256  # sequences of similar length whose probabilities are predicted at once


@dataclass(frozen=True)
class FramedSequences(FramedWindows):
    """The samples that a framing makes of some sequences; a sample source for training.

    A window is one sequence, or one step where every step is a sample.

    Attributes:
        dataset: The sequences.
        framing: The framing.
        numbers: Numbers of the sequences.
    """

    dataset: LabelDataset
    framing: Framing
    numbers: RowNumbers

    def __len__(self) -> int:
        """Number of windows."""
        return len(self._rows) if self.framing.steps_are_samples else len(self.numbers)

    @cached_property
    def steps(self) -> int:
        """Number of steps of every sequence after padding.

        A stateful network is reset after a fixed number of steps, which is the same in all parts of the data.
        """
        lengths = self.dataset.sequences.lengths
        return int((lengths if self.framing.stateful else lengths[self.numbers]).max(initial=1))

    def batch(self, numbers: slice | RowNumbers) -> tuple[Array, Array]:
        """X (samples, timesteps, features) and y (samples, ...) of windows by number, from 0."""
        if self.framing.steps_are_samples:
            rows = self._rows[numbers]
            return self.dataset.scaled[rows][:, None], self._row_labels[numbers].astype(np.float32)
        chosen = self.numbers[numbers]
        X, y = self.dataset.inputs(chosen, self.steps), self._targets(chosen)
        return self.framing.to_inputs(X), self.framing.to_targets(y)

    def update_hash(self, digest: "hashlib._Hash") -> None:
        """Add to a digest everything that determines the samples."""
        framing, sequences = self.framing, self.dataset.sequences
        digest.update(f"{framing.inputs} {framing.targets} {framing.reverse_inputs} {framing.reverse_targets}".encode())
        digest.update(f"{framing.name} {self.X_shape} {self.y_shape}".encode())
        for array in (self.numbers, sequences.lengths, sequences.labels, self.dataset.scaled):
            digest.update(f"{array.dtype} {array.shape}".encode())
            digest.update(np.ascontiguousarray(array).data)

    @cached_property
    def _of_one_window(self) -> tuple[Shape, Shape]:
        """The shapes of X and y of one window."""
        X, y = self.batch(slice(1))
        return X.shape, y.shape

    @cached_property
    def _rows(self) -> RowNumbers:
        return self.dataset.sequences.rows(self.numbers)

    @cached_property
    def _row_labels(self) -> Array:
        """The label of every step, which is its sequence's where there is one for each sequence: (rows, outputs)."""
        return self.dataset.sequences.step_labels(self.numbers)

    def _targets(self, chosen: RowNumbers) -> Array:
        """Labels of some sequences: (sequences, steps, outputs), or (sequences, 1, outputs) for one output each."""
        if self.dataset.sequences.per_step:
            return self.dataset.targets(chosen, self.steps)
        labels = self.dataset.targets(chosen)[:, None]
        if not outputs_have_steps(self.framing):
            return labels
        inside = np.arange(self.steps) < self.dataset.sequences.lengths[chosen][:, None]
        repeated: Array = np.where(inside[..., None], labels, np.float32(MISSING_LABEL))
        return repeated


def outputs_have_steps(framing: Framing) -> bool:
    """Whether a framing has an output for every step of a sequence, not one vector."""
    return framing.to_targets(np.empty((1, 2, 1))).shape != (1, 2)


def make_label_spec(dataset: LabelDataset, framing: Framing, model: ModelSettings) -> NetworkSpec:
    """The network of a framing for sequences with labels: it masks padded steps, and its outputs are probabilities.

    With `model.head=time_distributed`, the output layer is `TimeDistributed` where there is an output for every step.
    """
    X, y = FramedSequences(dataset, framing, dataset.splits["train"]).batch(slice(1))
    outputs = np.empty((*y.shape[:-1], len(dataset.classes)))
    model = model.model_copy(update={"linear_skip": False})
    spec = framing.make_spec(X, outputs, model, step=dataset.sequences.step_inputs)
    labels = find_task(dataset.task.kind).labels
    assert labels is not None
    head = _with_activation(spec.head, labels.output_layer(dataset.sequences.multi_label))
    if framing.steps_are_samples and dataset.data_settings.missing != "mask":
        return replace(spec, head=head)
    body = (Masking(MASK_VALUE), *spec.body)
    return replace(spec, body=body, head=head, variable_length=not framing.steps_are_samples)


def _with_activation(head: LayerSpec, output: OutputLayer) -> LayerSpec:
    if isinstance(head, TimeDistributed):
        return replace(head, layer=_with_activation(head.layer, output))
    assert isinstance(head, Dense)
    return replace(head, activation=output.activation)


def predict_labels(predict_fn: PredictFn, framing: Framing, dataset: LabelDataset, numbers: RowNumbers) -> Floats:
    """Probabilities of all classes: (sequences, classes) for one label a sequence, (rows, classes) for one a step.

    With an output for every step and one label a sequence, the probabilities are averaged over the steps of the
    sequence that are not masked: every step votes. The rows follow one another in the order of `numbers`.
    """
    lengths, per_step = dataset.sequences.lengths[numbers], dataset.sequences.per_step
    ends = np.cumsum(lengths) if per_step else np.arange(1, len(numbers) + 1)
    probabilities = np.empty((ends[-1] if len(ends) else 0, len(dataset.classes)))
    order = np.argsort(lengths, kind="stable")
    for places in (order[first : first + CHUNK] for first in range(0, len(order), CHUNK)):
        X = dataset.inputs(numbers[places])
        outputs = predict_fn(_samples(X, framing, dataset)).astype(np.float64)
        each = outputs.reshape(len(X), -1, outputs.shape[-1])  # (sequences, steps, classes), or one step
        if per_step:
            for place, values in zip(places, each, strict=True):
                probabilities[ends[place] - lengths[place] : ends[place]] = values[: lengths[place]]
        else:
            probabilities[places] = _vote(each, (X != MASK_VALUE).any(axis=2))
    return probabilities


def _samples(X: Array, framing: Framing, dataset: LabelDataset) -> Array:
    """Padded sequences as a network reads them; where steps are samples and nothing is masked, padding is zero."""
    if not framing.steps_are_samples:
        return X
    masked = dataset.data_settings.missing == "mask"
    return framing.to_inputs(X if masked else np.where(X == MASK_VALUE, np.float32(0), X))


def _vote(probabilities: Floats, valid: NDArray[np.bool_]) -> Floats:
    """Mean over the valid steps: (sequences, steps, classes) and (sequences, steps) -> (sequences, classes).

    With one output for a sequence, whose steps axis has the length 1, it is that output.
    """
    if probabilities.shape[1] != valid.shape[1]:
        return probabilities[:, 0]
    weights = np.where(valid.any(axis=1, keepdims=True), valid, True).astype(np.float64)
    mean: Floats = np.einsum("btc,bt->bc", probabilities, weights) / weights.sum(axis=1, keepdims=True)
    return mean
