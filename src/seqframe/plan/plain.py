"""Layers that remember nothing."""

from dataclasses import dataclass
from math import prod

from seqframe.plan.base import NO_PARAMETERS, Arithmetic, Shape


@dataclass(frozen=True)
class Dense:
    """A layer of `outputs`, linear unless it has an activation; `*_l2` are penalties on its squared weights."""

    outputs: int
    activation: str = "linear"
    kernel_l2: float = 0.0
    bias_l2: float = 0.0

    @property
    def kind(self) -> str:
        return f"Dense({self.outputs}{'' if self.activation == 'linear' else f', {self.activation}'})"

    def output_shape(self, shape: Shape) -> Shape:
        return (*shape[:-1], self.outputs)

    def arithmetic(self, shape: Shape) -> Arithmetic:
        """A weight for every input and output, and a bias for every output."""
        inputs, outputs = shape[-1], self.outputs
        return Arithmetic(
            formula="inputs * outputs + outputs",
            numbers=f"{inputs} * {outputs} + {outputs}",
            value=inputs * outputs + outputs,
        )


@dataclass(frozen=True)
class TimeDistributed:
    """The same `layer`, with the same weights, at every step: (timesteps, features) -> (timesteps, outputs)."""

    layer: Dense

    @property
    def kind(self) -> str:
        return f"TimeDistributed({self.layer.kind})"

    def output_shape(self, shape: Shape) -> Shape:
        return (shape[0], *self.layer.output_shape(shape[1:]))

    def arithmetic(self, shape: Shape) -> Arithmetic:
        """Those of the wrapped layer: its weights are shared by all steps, so that their number does not grow."""
        return self.layer.arithmetic(shape[1:])


class _Unweighted:
    def arithmetic(self, shape: Shape) -> Arithmetic:
        """None: nothing here is learnt."""
        return NO_PARAMETERS


@dataclass(frozen=True)
class Dropout(_Unweighted):
    """Leaves out a share of its inputs, at random, in training."""

    share: float

    @property
    def kind(self) -> str:
        return f"Dropout({self.share})"

    def output_shape(self, shape: Shape) -> Shape:
        return shape


@dataclass(frozen=True)
class Flatten(_Unweighted):
    """All steps in one vector: (timesteps, features) -> (timesteps * features,)."""

    @property
    def kind(self) -> str:
        return "Flatten"

    def output_shape(self, shape: Shape) -> Shape:
        return (prod(shape),)


@dataclass(frozen=True)
class Repeat(_Unweighted):
    """The same vector at every one of `steps`: (features,) -> (steps, features)."""

    steps: int

    @property
    def kind(self) -> str:
        return f"RepeatVector({self.steps})"

    def output_shape(self, shape: Shape) -> Shape:
        return (self.steps, *shape)


@dataclass(frozen=True)
class PadStep(_Unweighted):
    """A step of zeros in front, which makes an odd number of steps even: (timesteps, …) -> (timesteps + 1, …)."""

    @property
    def kind(self) -> str:
        return "ZeroPadding1D((1, 0))"

    def output_shape(self, shape: Shape) -> Shape:
        return (shape[0] + 1, *shape[1:])


@dataclass(frozen=True)
class PairSteps(_Unweighted):
    """Every two steps side by side in one: (timesteps, features) -> (timesteps / 2, 2 * features)."""

    features: int

    @property
    def kind(self) -> str:
        return f"Reshape((-1, {2 * self.features}))"

    def output_shape(self, shape: Shape) -> Shape:
        return (shape[0] // 2, 2 * self.features)
