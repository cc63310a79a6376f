"""The record of a task: which rows are predicted from a window, and what predictions are compared with."""

from dataclasses import dataclass
from typing import Literal

from seqframe.data.alignment import Alignment


@dataclass(frozen=True)
class OutputLayer:
    """What the output layer of a network with labels computes, and the loss that trains it.

    Attributes:
        activation: Activation of the output layer, as in Keras.
        loss: Loss between the label and the outputs, by its name in Keras.
    """

    activation: Literal["softmax", "sigmoid"]
    loss: str


ONE_CLASS = OutputLayer("softmax", "sparse_categorical_crossentropy")  # exactly one class holds
SEVERAL_CLASSES = OutputLayer("sigmoid", "binary_crossentropy")  # any number of classes hold (multi-label)


@dataclass(frozen=True)
class LabelTarget:
    """How a task with labels is trained and evaluated.

    Attributes:
        per_step: Whether every step has a label; otherwise, every sequence has one.
        metrics: Names of the metrics in `seqframe.evaluation.label_metrics`; networks are ranked by the first.
        baselines: Names of the baselines in `seqframe.forecasting.label_baselines`.
    """

    per_step: bool
    metrics: tuple[str, ...]
    baselines: tuple[str, ...]

    def output_layer(self, multi_label: bool) -> OutputLayer:
        """Activation and loss where one class holds, or with `multi_label` any number of classes."""
        return SEVERAL_CLASSES if multi_label else ONE_CLASS


@dataclass(frozen=True)
class Task:
    """A prediction task.

    Attributes:
        name: Value of `task.kind`.
        summary: One sentence on what is predicted.
        phrase: The same as part of a sentence; settings of the task in braces are replaced by their values.
        alignment: Alignment of the target rows with the input rows.
        baseline: Name of the baseline that networks are compared with, in `seqframe.forecasting.baselines`, or for
            labels in `seqframe.forecasting.label_baselines`.
        labels: How classes are trained and evaluated; None where numbers are predicted.
    """

    name: str
    summary: str
    phrase: str
    alignment: Alignment
    baseline: str
    labels: LabelTarget | None = None
