"""What stands beside a picture, and what is read out in its place."""

from collections.abc import Sequence
from functools import singledispatch
from textwrap import wrap

from seqframe.networks import spec
from seqframe.networks.spec import LayerSpec, Shape
from seqframe.reporting.diagrams.graph import contiguous_ranges

LINE = 27  # letters of a layer's name before it is broken


def count(number: int, noun: str) -> str:
    """A number of things.

    >>> count(1, "step"), count(5, "step"), count(0, "parameter")
    ('1 step', '5 steps', 'no parameters')
    """
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"


def name_axes(shape: Shape, last: str) -> str:
    """What each axis of one sample is: `last` names the last one.

    >>> name_axes((5, 1), "feature"), name_axes((5,), "output")
    ('5 steps × 1 feature', '5 outputs')
    """
    *steps, width = shape
    return " × ".join([*(count(each, "step") for each in steps), count(width, last)])


def break_name(kind: str) -> list[str]:
    """The name of a layer in short lines.

    >>> break_name("Bidirectional(LSTM(5, return_sequences))")
    ['Bidirectional(LSTM(5,', 'return_sequences))']
    """
    return wrap(kind, LINE, break_long_words=False, break_on_hyphens=False)


def tell_steps(steps: Sequence[int], noun: str = "step") -> str:
    """Steps in words.

    >>> tell_steps((1,)), tell_steps((1, 2, 3)), tell_steps((1, 2, 4)), tell_steps(())
    ('step 1', 'steps 1 to 3', 'steps 1 to 2 and 4', 'nothing')
    """
    if not steps:
        return "nothing"
    parts = [str(first) if first == last else f"{first} to {last}" for first, last in contiguous_ranges(steps)]
    *before, last_part = parts
    joined = f"{', '.join(before)} and {last_part}" if before else last_part
    return f"{noun}{'' if len(steps) == 1 else 's'} {joined}"


def tell_sight(answers: Sequence[int], sees: Sequence[int]) -> str:
    """What some answers see.

    >>> tell_sight((3,), (1, 2, 3)), tell_sight((1, 2), ())
    ('answer 3 sees steps 1 to 3', 'answers 1 to 2 see nothing')
    """
    return f"{tell_steps(answers, 'answer')} {'sees' if len(answers) == 1 else 'see'} {tell_steps(sees)}"


@singledispatch
def explain(layer: LayerSpec, shape: Shape) -> str:
    """How a layer links steps, in a few words; `shape` goes in."""
    return ""


@explain.register
def _(layer: spec.Recurrent, shape: Shape) -> str:
    return "" if shape[0] == 1 else "hands on every state" if layer.return_sequences else "hands on its last state"


@explain.register
def _(layer: spec.Bidirectional, shape: Shape) -> str:
    return "reads forwards and backwards"


@explain.register(spec.TimeDistributed | spec.Dense)
def _(layer: spec.TimeDistributed | spec.Dense, shape: Shape) -> str:
    return "the same weights at every step" if len(shape) > 1 and shape[0] > 1 else ""


@explain.register
def _(layer: spec.Flatten, shape: Shape) -> str:
    return "all steps in one vector" if shape[0] > 1 else ""


@explain.register
def _(layer: spec.RepeatVector, shape: Shape) -> str:
    return "the same vector at every step"


@explain.register
def _(layer: spec.ZeroPadding1D, shape: Shape) -> str:
    return "a step of zeros in front"


@explain.register
def _(layer: spec.Reshape, shape: Shape) -> str:
    return "every two steps side by side"


@explain.register
def _(layer: spec.Dropout, shape: Shape) -> str:
    return "in training alone"
