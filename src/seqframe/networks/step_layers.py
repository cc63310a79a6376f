"""Layer specs that encode one step: embeddings, convolutions, pooling, and layers that are put together to one.

A step is what `TimeDistributed` passes to its layer: a vector, (features,), or what `Reshape` makes of it.
"""

from dataclasses import dataclass, replace
from functools import reduce
from math import prod

from seqframe.networks.spec import NO_PARAMS, Dense, Flatten, LayerSpec, ParamCount, Reshape, Shape, format_spec


@dataclass(frozen=True)
class Embedding(LayerSpec):
    """A vector of weights for each category code: (...,) -> (..., output_dim). Codes are 0 to input_dim - 1."""

    step_links = "same"
    label = "embed"
    input_dim: int
    output_dim: int

    def output_shape(self, shape: Shape) -> Shape:
        return (*shape, self.output_dim)

    def param_count(self, shape: Shape) -> ParamCount:
        """One weight per category and output."""
        return ParamCount(
            formula="categories * outputs",
            substituted=f"{self.input_dim} * {self.output_dim}",
            value=self.input_dim * self.output_dim,
        )

    def note(self, shape: Shape) -> str:
        return f"a vector for each of {self.input_dim} categories"

    def differentiable(self) -> LayerSpec:
        """A linear function of the code, since a lookup has no gradient with respect to it."""
        return Sequential((Reshape((-1, 1)), Dense(self.output_dim)))


@dataclass(frozen=True)
class Convolution(LayerSpec):
    """A convolution over all axes but the last: (..., inputs) -> (..., filters).

    The kernel moves by `strides` positions; with `padding="same"` it also reaches over the ends, to zeros.
    """

    filters: int
    kernel_size: int
    strides: int = 1
    padding: str = "valid"
    activation: str = "linear"

    def output_shape(self, shape: Shape) -> Shape:
        outside = 1 if self.padding == "same" else self.kernel_size
        return (*((size - outside) // self.strides + 1 for size in shape[:-1]), self.filters)

    def param_count(self, shape: Shape) -> ParamCount:
        """Per filter, one weight for each position of the kernel and input, and one bias."""
        axes, inputs = len(shape) - 1, shape[-1]
        size = " * ".join(["kernel_size"] * axes)
        return ParamCount(
            formula=f"({size} * inputs + 1) * filters",
            substituted=f"({size.replace('kernel_size', str(self.kernel_size))} * {inputs} + 1) * {self.filters}",
            value=(self.kernel_size**axes * inputs + 1) * self.filters,
        )


@dataclass(frozen=True)
class Conv1D(Convolution):
    """A convolution over the values of a vector: (length, inputs) -> (length, filters)."""


@dataclass(frozen=True)
class Conv2D(Convolution):
    """A convolution over an image: (height, width, inputs) -> (height, width, filters)."""


@dataclass(frozen=True)
class GlobalAveragePooling(LayerSpec):
    """The mean over all axes but the last: (..., filters) -> (filters,)."""

    label = "mean"

    def output_shape(self, shape: Shape) -> Shape:
        return shape[-1:]


@dataclass(frozen=True)
class GlobalAveragePooling1D(GlobalAveragePooling):
    """The mean over the positions of a vector: (length, filters) -> (filters,)."""


@dataclass(frozen=True)
class GlobalAveragePooling2D(GlobalAveragePooling):
    """The mean over the positions of an image: (height, width, filters) -> (filters,)."""


@dataclass(frozen=True)
class Cropping1D(LayerSpec):
    """The steps between `cropping[0]` steps at the start and `cropping[1]` at the end: it selects columns of a step.

    (length, values) -> (length - cropping[0] - cropping[1], values)
    """

    label = "crop"
    cropping: tuple[int, int]

    def output_shape(self, shape: Shape) -> Shape:
        return (shape[0] - sum(self.cropping), *shape[1:])


@dataclass(frozen=True)
class Sequential(LayerSpec):
    """Layers one after another as one layer: `keras.Sequential`."""

    layers: tuple[LayerSpec, ...]

    def output_shape(self, shape: Shape) -> Shape:
        return reduce(lambda shape, layer: layer.output_shape(shape), self.layers, shape)

    def param_count(self, shape: Shape) -> ParamCount:
        """The sum over the layers."""
        counts = []
        for layer in self.layers:
            counts.append(layer.param_count(shape))
            shape = layer.output_shape(shape)
        return add_counts(counts)

    def differentiable(self) -> LayerSpec:
        return replace(self, layers=tuple(layer.differentiable() for layer in self.layers))

    def keras_code(self, layers: str, regularizers: str) -> str:
        return f"{'keras.' if layers else ''}Sequential({format_spec(self.layers, layers, regularizers)})"

    @property
    def label(self) -> str:
        """The label of the layer that the others prepare."""
        return main_layer(self).label


@dataclass(frozen=True)
class Concatenate(LayerSpec):
    """Layers that all read the same input, with their output vectors side by side: a functional model of Keras.

    Attributes:
        branches: The layers. The output of each is a vector.
        shape: The shape of their input, which a functional model needs.
    """

    branches: tuple[LayerSpec, ...]
    shape: Shape

    def output_shape(self, shape: Shape) -> Shape:
        return (sum(prod(branch.output_shape(shape)) for branch in self.branches),)

    def param_count(self, shape: Shape) -> ParamCount:
        """The sum over the branches."""
        return add_counts([branch.param_count(shape) for branch in self.branches])

    def differentiable(self) -> LayerSpec:
        return replace(self, branches=tuple(branch.differentiable() for branch in self.branches))

    def keras_code(self, layers: str, regularizers: str) -> str:
        """Keras code that reads a variable `step`, which is `keras.Input(shape)`; without modules a short form."""
        if not layers:
            return f"Concatenate({format_spec(tuple(map(main_layer, self.branches)))})"
        branches = ", ".join(f"{format_spec(branch, layers, regularizers)}(step)" for branch in self.branches)
        return f"keras.Model(step, {layers}Concatenate()([{branches}]))"

    @property
    def label(self) -> str:
        """The label of the first branch."""
        return main_layer(self.branches[0]).label


def main_layer(layer: LayerSpec) -> LayerSpec:
    """Of layers one after another, the one that the others prepare: the first with another purpose than a shape."""
    if not isinstance(layer, Sequential):
        return layer
    named = [each for each in layer.layers if not isinstance(each, Reshape | Cropping1D | Flatten)]
    return (named or layer.layers)[0]


def add_counts(counts: list[ParamCount]) -> ParamCount:
    """The sum of the counts of several layers; layers without parameters are skipped."""
    counted = [count for count in counts if count.value]
    if len(counted) < 2:
        return counted[0] if counted else NO_PARAMS
    return ParamCount(
        formula=" + ".join(count.formula for count in counted),
        substituted=" + ".join(count.substituted for count in counted),
        value=sum(count.value for count in counted),
    )


def inner_layers(layer: LayerSpec) -> dict[str, LayerSpec]:
    """The layers inside a layer, by the argument that holds them; several of one argument are numbered from 1."""
    inner = {}
    for argument, value in layer.arguments().items():
        if isinstance(value, LayerSpec):
            inner[argument] = value
        elif isinstance(value, tuple):
            parts = [part for part in value if isinstance(part, LayerSpec)]
            inner |= {f"{argument}_{number}": part for number, part in enumerate(parts, start=1)}
    return inner
