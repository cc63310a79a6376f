"""Captions of diagrams, and the sentences that screen readers read."""

from collections.abc import Sequence
from textwrap import wrap

from seqframe.networks.spec import Shape

MAX_LINE = 27  # letters of a layer's name per line


def count(number: int, noun: str) -> str:
    """A number of things.

    >>> count(1, "step"), count(5, "step"), count(0, "parameter")
    ('1 step', '5 steps', 'no parameters')
    """
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"


def name_axes(shape: Shape, last: str) -> str:
    """The meaning of each axis of one sample; `last` names the last axis.

    >>> name_axes((5, 1), "feature"), name_axes((5,), "output")
    ('5 steps × 1 feature', '5 outputs')
    """
    *steps, width = shape
    return " × ".join([*(count(each, "step") for each in steps), count(width, last)])


def break_name(name: str) -> list[str]:
    """The name of a layer in short lines.

    >>> break_name("Bidirectional(LSTM(5, return_sequences=True))")
    ['Bidirectional(LSTM(5,', 'return_sequences=True))']
    """
    return wrap(name, MAX_LINE, break_long_words=False, break_on_hyphens=False)


def contiguous_ranges(steps: Sequence[int]) -> list[tuple[int, int]]:
    """The first and last step of every run of consecutive steps.

    >>> contiguous_ranges((1, 2, 3, 7))
    [(1, 3), (7, 7)]
    """
    found: list[tuple[int, int]] = []
    for step in steps:
        if found and step == found[-1][1] + 1:
            found[-1] = (found[-1][0], step)
        else:
            found.append((step, step))
    return found


def format_range(steps: Sequence[int]) -> str:
    """The first and last of some steps.

    >>> format_range((4,)), format_range((1, 2, 3))
    ('4', '1-3')
    """
    return str(steps[0]) if len(steps) == 1 else f"{min(steps)}-{max(steps)}"


def format_steps(steps: Sequence[int], noun: str = "input") -> str:
    """Steps as a phrase.

    >>> format_steps((1,)), format_steps((1, 2, 3)), format_steps((1, 2, 4)), format_steps(())
    ('input 1', 'inputs 1-3', 'inputs 1-2 and 4', 'no input')
    """
    if not steps:
        return f"no {noun}"
    parts = [str(first) if first == last else f"{first}-{last}" for first, last in contiguous_ranges(steps)]
    *others, last_part = parts
    joined = f"{', '.join(others)} and {last_part}" if others else last_part
    return f"{noun}{'' if len(steps) == 1 else 's'} {joined}"


def format_dependency(outputs: Sequence[int], inputs: Sequence[int]) -> str:
    """The inputs that some outputs depend on.

    >>> format_dependency((3,), (1, 2, 3)), format_dependency((1, 2), ())
    ('output 3 depends on inputs 1-3', 'outputs 1-2 depend on no input')
    """
    return f"{format_steps(outputs, 'output')} {'depends' if len(outputs) == 1 else 'depend'} on {format_steps(inputs)}"
