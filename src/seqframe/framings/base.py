"""What a framing is: a frozen record that defines how a window of rows becomes X and y, and which network reads X.

A *window* has `lookback` input rows and `steps` target rows. All framings start from the same windows and map their
predictions back to the same rows, so their scores are comparable.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import reduce

from seqframe.config import ModelSettings, Settings, TaskSettings
from seqframe.data.step_inputs import NUMBERS, StepInputs
from seqframe.data.windows import Array
from seqframe.errors import UserError
from seqframe.framings.blocks import linear_skip
from seqframe.framings.constraints import RECURSIVE_CONSTRAINTS, no_labels
from seqframe.framings.patterns import check_pattern, rearrange_windows, restore_windows
from seqframe.framings.step_encoders import step_encoder
from seqframe.networks.recurrent_layers import Recurrent
from seqframe.networks.spec import LayerSpec, NetworkSpec, Shape

Constraint = Callable[[Settings], str | None]  # why settings are not supported, as the rest of a sentence, or None


@dataclass(frozen=True)
class Framing:
    """One way to frame a sequence for a network.

    Attributes:
        name: Name of the pipeline, the MLflow run and the row of the report.
        summary: One sentence about what the network does.
        inputs: einops pattern, windows (b, t, f) -> X: `"b t f -> (b t) 1 f"` makes every step a sample.
        targets: einops pattern, windows (b, t, f) -> y. Its inverse maps predictions back to windows.
        body: All layers but the last, from the model settings and the shapes of one sample of X and of y.
        head: The output layer, from the model settings and the shape of one sample of y.
        constraints: Which settings are not supported: see `seqframe.framings.constraints`.
        label_constraints: The same for the tasks `classify` and `label`.
        stateful: Whether the network keeps its state from one sample of a window to the next.
        recursive: Whether tables are forecast row by row, each prediction being the next input; see `training_task`.
        reverse_inputs: Whether the last input row comes first in X.
        reverse_targets: Whether the last target row comes first in y.
        bidirectional: Whether every recurrent layer is bidirectional, whatever `model.bidirectional` is.
    """

    name: str
    summary: str
    inputs: str
    targets: str
    body: Callable[[ModelSettings, Shape, Shape], tuple[LayerSpec, ...]]
    head: Callable[[ModelSettings, Shape], LayerSpec]
    constraints: tuple[Constraint, ...] = ()
    label_constraints: tuple[Constraint, ...] = (no_labels,)
    stateful: bool = False
    recursive: bool = False
    reverse_inputs: bool = False
    reverse_targets: bool = False
    bidirectional: bool = False

    def __post_init__(self) -> None:
        for pattern in (self.inputs, self.targets):
            check_pattern(pattern)

    def __repr__(self) -> str:
        return f"<Framing {self.name}: {self.inputs}>"

    @property
    def title(self) -> str:
        """Name in tables and sentences, such as `many_to_many bidirectional`."""
        return self.name.replace("_bidirectional", " bidirectional") if self.bidirectional else self.name

    @property
    def steps_are_samples(self) -> bool:
        """Whether every step is a sample that is read on its own."""
        return self.inputs.split("->")[1].strip().startswith("(b t)") and not self.stateful

    def bidirectional_variant(self) -> "Framing":
        """The same framing with bidirectional layers, as a candidate of its own."""
        summary = f"{self.summary} Every recurrent layer reads forwards and backwards."
        return replace(self, name=f"{self.name}_bidirectional", summary=summary, bidirectional=True)

    def to_inputs(self, windows: Array) -> Array:
        """(windows, lookback, features) -> X."""
        return rearrange_windows(windows, self.inputs, self.reverse_inputs)

    def to_targets(self, windows: Array) -> Array:
        """(windows, steps, targets) -> y."""
        return rearrange_windows(windows, self.targets, self.reverse_targets)

    def from_predictions(self, predictions: Array, shape: Shape) -> Array:
        """Predictions shaped like y -> `shape`, which is (windows, steps, targets)."""
        return restore_windows(predictions, self.targets, shape, self.reverse_targets)

    def training_task(self, task: TaskSettings) -> TaskSettings:
        """The task that the network is trained on: a recursive framing learns the next row of every row."""
        if not self.recursive:
            return task
        norm = task.recursive_norm or task.instance_norm
        return task.model_copy(update={"kind": "next_step", "horizon": None, "gap": 0, "instance_norm": norm})

    def unsupported_reason(self, settings: Settings) -> str | None:
        """Why the framing does not support the settings, as the rest of a sentence; None if it does."""
        if self.bidirectional and not settings.task.has_labels:
            plain = self.name.removesuffix("_bidirectional")
            return f"is for labels. Run --pipeline={plain} --params model.bidirectional=true."
        if self.bidirectional:
            settings = settings.model_copy(update={"model": self.model_settings(settings.model)})
        constraints = self.label_constraints if settings.task.has_labels else self.constraints
        if settings.forecasts_a_table and self.recursive:
            settings = settings.model_copy(update={"task": self.training_task(settings.task)})
            constraints = (*RECURSIVE_CONSTRAINTS, *constraints)
        return next((reason for constraint in constraints if (reason := constraint(settings))), None)

    def model_settings(self, model: ModelSettings) -> ModelSettings:
        """The settings of its network."""
        return model.model_copy(update={"bidirectional": True}) if self.bidirectional else model

    def make_spec(
        self,
        X: Array,
        y: Array,
        model: ModelSettings,
        windows: int = 1,
        step: StepInputs = NUMBERS,
        quantiles: tuple[float, ...] = (),
    ) -> NetworkSpec:
        """The network for X (samples, timesteps, features) and y (samples, ...) of a number of windows.

        `step` says what the columns of a step are, for the step encoder. With `quantiles`, the network has an output
        for each of them instead of one for each target.

        Raises:
            UserError: The step encoder does not suit the columns, or the framing does not suit so few steps.
        """
        X_shape, model = X.shape[1:], self.model_settings(model)
        y_shape = (*y.shape[1:-1], y.shape[-1] * (len(quantiles) or 1))
        encoder = step_encoder(model, X_shape, step)
        encoded = reduce(lambda shape, layer: layer.output_shape(shape), encoder, X_shape)
        body, steps_per_sequence = (*encoder, *self.body(model, encoded, y_shape)), 0
        if self.stateful:
            body = tuple(replace(layer, stateful=True) if isinstance(layer, Recurrent) else layer for layer in body)
            steps_per_sequence = len(X) // windows
        one_sample = len(X) == windows and not (self.recursive or self.stateful)
        skip = linear_skip(y_shape) if model.linear_skip and one_sample else ()
        head = self.head(model, y_shape)
        return NetworkSpec(self.name, X_shape, body, head, steps_per_sequence, skip, quantiles=quantiles)


def check_supported(framing: Framing, settings: Settings, framings: tuple[Framing, ...]) -> None:
    """Refuse settings that a framing does not support, and list which of `framings` support them.

    Raises:
        UserError: A constraint of the framing is violated.
    """
    reason = framing.unsupported_reason(settings)
    if reason is None:
        return
    supported = ", ".join(other.name for other in framings if other.unsupported_reason(settings) is None)
    raise UserError(f"{framing.title} {reason} Supported by: {supported or 'no framing'}.")
