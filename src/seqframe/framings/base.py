"""What a framing is: a frozen record that says how a window of rows becomes X and y, and which network reads it.

A *window* is `lookback` rows that are read and `steps` rows that are to be predicted. Every framing starts from the
same windows and reads its predictions back onto them, so that all framings are scored on the same rows.
"""

from collections.abc import Callable
from dataclasses import dataclass

from seqframe.config import ModelSettings, Settings, TaskSettings
from seqframe.data.windows import Array
from seqframe.errors import UserError
from seqframe.framings.constraints import RECURSIVE_CONSTRAINTS
from seqframe.networks.spec import LayerSpec, NetworkSpec, Shape

Constraint = Callable[[Settings], str | None]  # why the settings cannot be posed, as the rest of a sentence


@dataclass(frozen=True)
class Framing:
    """One way to pose a sequence to a network.

    Attributes:
        name: How it is called everywhere: pipeline, MLflow run, row of the report.
        summary: One sentence for people.
        frame_inputs: (windows, lookback, features) -> X.
        frame_targets: (windows, steps, targets) -> y.
        unframe: A prediction shaped like y, and the shape (windows, steps, targets) -> the prediction in that shape.
        body: The layers before the last, from the settings of the model and the shapes of one sample of X and of y.
        head: The output layer, from the settings of the model and the shape of one sample of y.
        limits: What it cannot do: see `seqframe.framings.constraints`.
        carries_state: Whether the network carries its state from one sample of a window to the next.
        feeds_back: Whether it forecasts a table row by row, from its own answers; see `trained_on`.
    """

    name: str
    summary: str
    to_inputs: Callable[[Array], Array]
    to_targets: Callable[[Array], Array]
    from_predictions: Callable[[Array, Shape], Array]
    body: Callable[[ModelSettings, Shape, Shape], tuple[LayerSpec, ...]]
    head: Callable[[ModelSettings, Shape], LayerSpec]
    constraints: tuple[Constraint, ...] = ()
    stateful: bool = False
    recursive: bool = False

    def training_task(self, task: TaskSettings) -> TaskSettings:
        """What the network is trained on to forecast a table: the forecast itself, or the next row of every row."""
        if not self.recursive:
            return task
        return task.model_copy(update={"kind": "next_step", "horizon": None, "gap": 0})

    def unsupported_reason(self, settings: Settings) -> str | None:
        """Why the framing cannot pose what the settings ask for, as the rest of a sentence; None where it can."""
        constraints = self.constraints
        if settings.forecasts_a_table and self.recursive:
            settings = settings.model_copy(update={"task": self.training_task(settings.task)})
            constraints = (*RECURSIVE_CONSTRAINTS, *constraints)
        return next((reason for limit in constraints if (reason := limit(settings))), None)

    def make_spec(self, X: Array, y: Array, model: ModelSettings, windows: int = 1) -> NetworkSpec:
        """The network for data framed from so many windows: X (samples, timesteps, features), y (samples, …)."""
        of_X, of_y = X.shape[1:], y.shape[1:]
        steps_per_sequence = len(X) // windows if self.stateful else 0
        return NetworkSpec(self.name, of_X, self.body(model, of_X, of_y), self.head(model, of_y), steps_per_sequence)


def check_supported(framing: Framing, settings: Settings, known: tuple[Framing, ...]) -> None:
    """Refuse settings that the framing cannot pose, and name those of `known` that can.

    Raises:
        UserError: One of the framing's limits holds.
    """
    reason = framing.unsupported_reason(settings)
    if reason is None:
        return
    able = ", ".join(other.name for other in known if other.unsupported_reason(settings) is None)
    raise UserError(f"{framing.name} {reason} A framing that can pose this: {able or 'none'}.")
