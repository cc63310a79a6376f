"""A network as data: layer specs named and parameterized as in Keras, with output shapes and parameter counts.

A layer kind is one class here. `LSTM(5, return_sequences=True)` prints as that, is built as
`keras.layers.LSTM(units=5, return_sequences=True)` by `seqframe.networks.build`, and is drawn and documented from what
the class defines.
"""

import json
from dataclasses import dataclass, fields, replace
from math import prod
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

Shape = tuple[int, ...]  # of one sample: (timesteps, features) or (outputs,)
Weights = tuple[NDArray[np.float32], ...]

# How the output steps of a layer depend on its input steps, for diagrams.
StepLinks = Literal["all", "same", "recurrent", "bidirectional", "padding", "groups"]
MAX_LABEL = 6  # letters that fit into a box of a diagram


@dataclass(frozen=True)
class ParamCount:
    """Number of parameters of a layer: the `formula`, the same with its values `substituted`, and the `value`."""

    formula: str
    substituted: str
    value: int


NO_PARAMS = ParamCount("none", "0", 0)


class LayerSpec:
    """One layer. A subclass is a frozen dataclass that is named as its Keras layer, and so are its fields.

    A layer kind needs its fields, and whatever differs from the defaults below. Shapes describe one sample, without the
    batch axis.

    Attributes:
        step_links: How output steps depend on input steps: on `all` of them (the default), on the `same` step, through
            a `recurrent` or `bidirectional` chain, shifted by `padding`, or in `groups` of neighbors.
    """

    step_links: ClassVar[StepLinks] = "all"

    def output_shape(self, shape: Shape) -> Shape:
        """The output shape for an input shape; by default the same."""
        return shape

    def param_count(self, shape: Shape) -> ParamCount:
        """The number of parameters for an input shape; by default none. It is checked against Keras' count."""
        return NO_PARAMS

    def arguments(self) -> dict[str, Any]:
        """The arguments of the Keras layer; by default the fields. Values may be specs of layers and regularizers."""
        return dict(vars(self))

    def note(self, shape: Shape) -> str:
        """How the layer treats the steps of an input shape, in a few words for diagrams; by default nothing."""
        return ""

    def differentiable(self) -> "LayerSpec":
        """A layer with the same links between inputs and outputs, and gradients along all of them; by default itself.

        The causality check measures it in place of the layer.
        """
        return self

    def stateless(self) -> "LayerSpec":
        """The same layer without a state that it keeps from one batch to the next; by default itself."""
        return self

    def keras_code(self, layers: str, regularizers: str) -> str:
        """Keras code of the layer, with these prefixes of modules; by default a call with the fields."""
        return _format_call(self, layers, layers, regularizers)

    @property
    def label(self) -> str:
        """Short name for the boxes of a diagram: the class name, or its capitals if it is long."""
        name = type(self).__name__
        return name if len(name) <= MAX_LABEL else "".join(character for character in name if character.isupper())

    def __str__(self) -> str:
        return format_spec(self)


@dataclass(frozen=True)
class L2:
    """A penalty of `l2` times the sum of squared weights: `keras.regularizers.L2`."""

    l2: float

    def __str__(self) -> str:
        return format_spec(self)


def format_spec(spec: Any, layers: str = "", regularizers: str = "") -> str:
    """Write a spec as Keras code: required arguments by position, others by name unless they have their default.

    `layers` and `regularizers` are module prefixes.

    >>> format_spec(TimeDistributed(Dense(2, activation="tanh")), layers="layers.")
    'layers.TimeDistributed(layers.Dense(2, activation="tanh"))'
    """
    if isinstance(spec, str):
        return json.dumps(spec)
    if isinstance(spec, tuple) and any(isinstance(each, LayerSpec) for each in spec):
        return f"[{', '.join(format_spec(each, layers, regularizers) for each in spec)}]"
    if isinstance(spec, LayerSpec):
        return spec.keras_code(layers, regularizers)
    return _format_call(spec, regularizers, layers, regularizers) if isinstance(spec, L2) else repr(spec)


def _format_call(spec: Any, module: str, layers: str, regularizers: str) -> str:
    """The call of a class of `module` with the fields of a spec."""
    arguments = []
    for field in fields(spec):  # type: ignore[arg-type]
        value = getattr(spec, field.name)
        text = format_spec(value, layers, regularizers)
        if field.default is not value and field.default != value:
            required = field.default is field.default_factory  # both are MISSING
            arguments.append(text if required else f"{field.name}={text}")
    return f"{module}{type(spec).__name__}({', '.join(arguments)})"


@dataclass(frozen=True)
class NetworkSpec:
    """The network of a framing: `input_shape` -> `body` -> `head`, for one sample.

    With a skip connection, the output is the sum of the head and of a linear function of the inputs, as in LSTNet (Lai
    et al., "Modeling long- and short-term temporal patterns with deep neural networks", SIGIR 2018).

    Attributes:
        framing: Name of the framing.
        input_shape: (timesteps, features).
        body: All layers but the last.
        head: The output layer.
        steps_per_sequence: For a stateful network, the samples of one sequence, between two resets; otherwise 0.
        skip: Layers from the input to the output, whose output is added to the head's; empty for none.
        variable_length: Whether the number of steps may differ from one batch to the next; `input_shape` then has the
            timesteps of one example, for diagrams. With `Masking` as the first layer, padded steps are skipped.
        quantiles: Levels of the quantiles of every target, which follow each other in the output; empty for one output
            for each target.
    """

    framing: str
    input_shape: Shape
    body: tuple[LayerSpec, ...]
    head: LayerSpec
    steps_per_sequence: int = 0
    skip: tuple[LayerSpec, ...] = ()
    variable_length: bool = False
    quantiles: tuple[float, ...] = ()

    @property
    def outputs_per_target(self) -> int:
        """Number of outputs for each target."""
        return len(self.quantiles) or 1

    @property
    def sample_shape(self) -> tuple[int | None, ...]:
        """`input_shape` as Keras takes it: without the number of steps if it differs between batches."""
        return (None, *self.input_shape[1:]) if self.variable_length else self.input_shape

    @property
    def parameters(self) -> int:
        """Number of parameters of all layers, by their formulas."""
        return sum(layer.param_count(shape).value for layer, shape in self.all_layers().values())

    @property
    def recurrent(self) -> bool:
        """Whether a layer passes a state from step to step."""
        return any(layer.step_links in ("recurrent", "bidirectional") for layer in self.body)

    @property
    def output_shape(self) -> Shape:
        """The shape of one sample of the output."""
        head, shape = self.layers()["head"]
        return head.output_shape(shape)

    def stateless(self) -> "NetworkSpec":
        """The same network, with the same weights, that reads a whole sequence as one sample."""
        if not self.steps_per_sequence:
            return self
        steps = self.steps_per_sequence * self.input_shape[0]
        body = tuple(layer.stateless() for layer in self.body)
        return replace(self, input_shape=(steps, *self.input_shape[1:]), body=body, steps_per_sequence=0)

    def differentiable(self) -> "NetworkSpec":
        """The network that the causality check measures: see `LayerSpec.differentiable`."""
        return replace(self, body=tuple(layer.differentiable() for layer in self.body))

    def layers(self) -> dict[str, tuple[LayerSpec, Shape]]:
        """Every layer by its name (`body_1`, `body_2`, ..., `head`), with its input shape."""
        body = {f"body_{number}": layer for number, layer in enumerate(self.body, start=1)}
        return _with_input_shapes(body | {"head": self.head}, self.input_shape)

    def skip_layers(self) -> dict[str, tuple[LayerSpec, Shape]]:
        """Every layer of the skip connection by its name (`skip_1`, ...), with its input shape."""
        skip = {f"skip_{number}": layer for number, layer in enumerate(self.skip, start=1)}
        return _with_input_shapes(skip, self.input_shape)

    def all_layers(self) -> dict[str, tuple[LayerSpec, Shape]]:
        """The layers of the network and of its skip connection."""
        return self.layers() | self.skip_layers()


def _with_input_shapes(path: dict[str, LayerSpec], shape: Shape) -> dict[str, tuple[LayerSpec, Shape]]:
    """Layers that follow each other, by name, with their input shapes; `shape` is the input of the first one."""
    named = {}
    for name, layer in path.items():
        named[name] = (layer, shape)
        shape = layer.output_shape(shape)
    return named


@dataclass(frozen=True)
class NetworkState:
    """A network with values for its weights, in the order of Keras' `get_weights`. It travels between nodes."""

    spec: NetworkSpec
    weights: Weights


# Layers without recurrence; the others are in `recurrent_layers` and `step_layers`.


@dataclass(frozen=True)
class Dense(LayerSpec):
    """A fully connected layer on the last axis, with a bias: (..., inputs) -> (..., units)."""

    step_links = "same"
    units: int
    activation: str = "linear"
    kernel_regularizer: L2 | None = None
    bias_regularizer: L2 | None = None
    trainable: bool = True

    def output_shape(self, shape: Shape) -> Shape:
        return (*shape[:-1], self.units)

    def param_count(self, shape: Shape) -> ParamCount:
        """One weight per input and output, and one bias per output."""
        inputs, outputs = shape[-1], self.units
        return ParamCount(
            formula="inputs * outputs + outputs",
            substituted=f"{inputs} * {outputs} + {outputs}",
            value=inputs * outputs + outputs,
        )

    def note(self, shape: Shape) -> str:
        return "the same weights at every step" if len(shape) > 1 and shape[0] > 1 else ""


@dataclass(frozen=True)
class TimeDistributed(LayerSpec):
    """The same layer with the same weights at every step: (timesteps, inputs) -> (timesteps, outputs)."""

    step_links = "same"
    layer: LayerSpec

    def output_shape(self, shape: Shape) -> Shape:
        return (shape[0], *self.layer.output_shape(shape[1:]))

    def param_count(self, shape: Shape) -> ParamCount:
        """The parameters of the wrapped layer, whatever the number of steps: all steps share its weights."""
        return self.layer.param_count(shape[1:])

    def note(self, shape: Shape) -> str:
        return "the same weights at every step" if shape[0] > 1 else ""

    def differentiable(self) -> LayerSpec:
        return replace(self, layer=self.layer.differentiable())

    @property
    def label(self) -> str:
        return self.layer.label


@dataclass(frozen=True)
class Masking(LayerSpec):
    """Masks the steps whose features all equal `mask_value`, and sets their inputs to zero.

    The layers that follow skip masked steps: a recurrent layer repeats its last state and output.
    """

    step_links = "same"
    label = "mask"
    mask_value: float = 0.0

    def note(self, shape: Shape) -> str:
        return "padded steps are skipped"


@dataclass(frozen=True)
class Dropout(LayerSpec):
    """Sets a share `rate` of its inputs to zero, at random, in training only."""

    step_links = "same"
    label = "drop"
    rate: float

    def note(self, shape: Shape) -> str:
        return "in training only"


@dataclass(frozen=True)
class Flatten(LayerSpec):
    """All steps in one vector: (timesteps, features) -> (timesteps * features,)."""

    label = "Flatten"

    def output_shape(self, shape: Shape) -> Shape:
        return (prod(shape),)

    def note(self, shape: Shape) -> str:
        return "all steps in one vector" if shape[0] > 1 else ""


@dataclass(frozen=True)
class RepeatVector(LayerSpec):
    """The same vector at each of `n` steps: (features,) -> (n, features)."""

    label = "Repeat"
    n: int

    def output_shape(self, shape: Shape) -> Shape:
        return (self.n, *shape)

    def note(self, shape: Shape) -> str:
        return "the same vector at every step"


@dataclass(frozen=True)
class ZeroPadding1D(LayerSpec):
    """Steps of zeros before and after: (timesteps, features) -> (before + timesteps + after, features)."""

    step_links = "padding"
    padding: tuple[int, int]

    def output_shape(self, shape: Shape) -> Shape:
        return (shape[0] + sum(self.padding), *shape[1:])

    def note(self, shape: Shape) -> str:
        before, after = self.padding
        places = [f"{steps} {place}" for steps, place in ((before, "before"), (after, "after")) if steps]
        return f"steps of zeros: {' and '.join(places)}"


@dataclass(frozen=True)
class Reshape(LayerSpec):
    """Another shape with the same values: (-1, 2 * features) puts every two steps side by side into one."""

    step_links = "groups"
    target_shape: Shape

    def output_shape(self, shape: Shape) -> Shape:
        known = prod(size for size in self.target_shape if size != -1)
        return tuple(prod(shape) // known if size == -1 else size for size in self.target_shape)

    def note(self, shape: Shape) -> str:
        steps = self.steps_per_group(shape)
        return f"{steps} steps side by side in one" if steps else ""

    def steps_per_group(self, shape: Shape) -> int:
        """How many neighboring steps become one; 0 if the shapes are no such grouping."""
        to = self.output_shape(shape)
        grouped = len(shape) == len(to) == 2 and shape[0] % to[0] == 0
        return shape[0] // to[0] if grouped else 0
