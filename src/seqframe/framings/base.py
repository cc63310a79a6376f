"""What a framing is: a frozen record that says how a window of rows becomes X and y, and which network reads it.

A *window* is `lookback` rows that are read and `steps` rows that are to be predicted. Every framing starts from the
same windows and reads its predictions back onto them, so that all framings are scored on the same rows.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqframe.config import Model, Task
from seqframe.errors import UserError
from seqframe.plan import Dense, Layer, Lstm, Plan, Shape, TimeDistributed

Array = NDArray[Any]


@dataclass(frozen=True)
class Framing:
    """One way to pose a sequence to a network.

    Attributes:
        name: How it is called everywhere: pipeline, MLflow run, row of the report.
        summary: One sentence for people.
        frame_inputs: (windows, lookback, features) -> X.
        frame_targets: (windows, steps, targets) -> y.
        unframe: A prediction shaped like y, and the shape (windows, steps, targets) -> the prediction in that shape.
        body: The recurrent layers, from the settings of the model.
        head: The output layer, from the shape of one sample of y.
        equal_lengths: True where every input step has its own output, so that `lookback` and `horizon` must be equal.
    """

    name: str
    summary: str
    frame_inputs: Callable[[Array], Array]
    frame_targets: Callable[[Array], Array]
    unframe: Callable[[Array, Shape], Array]
    body: Callable[[Model], tuple[Layer, ...]]
    head: Callable[[Shape], Layer]
    equal_lengths: bool = False

    def can_pose(self, task: Task) -> bool:
        """Whether the framing can pose this task."""
        return task.equal_lengths or not self.equal_lengths

    def plan(self, X: Array, y: Array, model: Model) -> Plan:
        """The network for framed data: X (samples, timesteps, features), y (samples, …)."""
        return Plan(self.name, X.shape[1:], self.body(model), self.head(y.shape[1:]))


def check_task(framing: Framing, task: Task, known: tuple[Framing, ...]) -> None:
    """Refuse a task that the framing cannot pose, and name those of `known` that can.

    Raises:
        UserError: The framing needs equal lengths and the task has others.
    """
    if framing.can_pose(task):
        return
    able = ", ".join(other.name for other in known if other.can_pose(task))
    raise UserError(
        f"{framing.name} gives one output for every input step, so `task.lookback` and `task.horizon` must be equal. "
        f"Received: lookback={task.lookback}, horizon={task.horizon}. A framing that can pose this task: {able}."
    )


def whole_windows(windows: Array) -> Array:
    """Leave windows as they are, one sample each.

    >>> whole_windows(np.zeros((2, 5, 3))).shape
    (2, 5, 3)
    """
    return windows  # (windows, steps, columns)


def single_steps(windows: Array) -> Array:
    """Make every step a sample of one step.

    >>> single_steps(np.zeros((2, 5, 3))).shape
    (10, 1, 3)
    """
    return windows.reshape(-1, 1, windows.shape[2])  # (windows * steps, 1, columns)


def step_vectors(windows: Array) -> Array:
    """Make every step a sample that is one vector.

    >>> step_vectors(np.zeros((2, 5, 3))).shape
    (10, 3)
    """
    return windows.reshape(-1, windows.shape[2])  # (windows * steps, columns)


def window_vectors(windows: Array) -> Array:
    """Make every window one vector, step after step.

    >>> window_vectors(np.zeros((2, 5, 3))).shape
    (2, 15)
    """
    return windows.reshape(windows.shape[0], -1)  # (windows, steps * columns)


def reshape_back(prediction: Array, shape: Shape) -> Array:
    """Undo any of the reshapes above: `shape` is (windows, steps, targets).

    >>> reshape_back(np.zeros((2, 15)), (2, 5, 3)).shape
    (2, 5, 3)
    """
    return np.reshape(prediction, shape)


def last_state(model: Model) -> tuple[Layer, ...]:
    """A recurrent body that hands on its state after the last step: one vector a sample."""
    return (Lstm(model.units, every_step=False, dropout=model.dropout),)


def every_state(model: Model) -> tuple[Layer, ...]:
    """A recurrent body that hands on its state after every step."""
    return (Lstm(model.units, every_step=True, dropout=model.dropout),)


def one_vector(y_shape: Shape) -> Layer:
    """A head that gives the whole of y at once: y is (samples, outputs)."""
    return Dense(y_shape[-1])


def same_at_every_step(y_shape: Shape) -> Layer:
    """One head with the same weights at every step: y is (samples, timesteps, targets)."""
    return TimeDistributed(Dense(y_shape[-1]))
