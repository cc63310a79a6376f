"""Generators of sequences, and their registry `GENERATORS`.

A generator is one record. To add one, write a function that makes the columns of one sequence, wrap it in a
`Generator`, and append the record to `GENERATORS`. Installed packages add generators through the entry point group
`seqframe.generators`.

Generators with a target column of their own are meant for the task `echo`, which predicts the target row by row. A
target row depends only on rows up to it, except for `reversal`, where it depends on later rows.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from seqframe.config import DataSettings
from seqframe.config.plugins import load_entry_points
from seqframe.data.docstrings import Described
from seqframe.data.label_generators import LABEL_GENERATORS, SHARED_PARAMS, label_generator_names
from seqframe.errors import UserError, join_words, shorten, suggest_names

Columns = dict[str, NDArray[np.float64]]  # name -> (sequence_length,), without unit
MakeSequence = Callable[[np.random.Generator, DataSettings, int], Columns]

ENTRY_POINTS = "seqframe.generators"


@dataclass(frozen=True)
class Generator(Described):
    """A generator of sequences.

    Attributes:
        name: Name in `data.generator`.
        make: Makes the columns of one sequence from a random generator, the settings, and the number of the sequence,
            from 0. The first paragraph of its docstring is the description in the documentation.
        features: Default input columns.
        target: Default columns to predict.
        params: Settings in `data` that the generator uses besides `SHARED_PARAMS`.
    """

    name: str
    make: MakeSequence
    features: tuple[str, ...]
    target: tuple[str, ...]
    params: tuple[str, ...] = ()


def make_ramp(random: np.random.Generator, data_settings: DataSettings, number: int) -> Columns:
    """The tutorial's ramp, x[i] = i / length; further sequences are lines between two random values in its range.

    >>> make_ramp(np.random.default_rng(0), DataSettings(sequence_length=5), 0)["value"].tolist()
    [0.0, 0.2, 0.4, 0.6, 0.8]
    """
    length = data_settings.sequence_length
    if number == 0:
        return {"value": np.arange(length) / length}
    first, last = random.uniform(0, (length - 1) / length, 2)
    return {"value": np.linspace(first, last, length)}


def make_sine(random: np.random.Generator, data_settings: DataSettings, number: int) -> Columns:
    """A sine of amplitude 1 with a random phase and additive normal noise."""
    length = data_settings.sequence_length
    phase = random.uniform(0, 2 * np.pi)
    clean = np.sin(2 * np.pi * np.arange(length) / data_settings.period + phase)
    return {"value": clean + random.normal(0, data_settings.noise, length)}


def make_delayed_echo(random: np.random.Generator, data_settings: DataSettings, number: int) -> Columns:
    """Random values between 0 and 1; the target is the value `delay` rows earlier, and 0 before the first."""
    value = random.uniform(0, 1, data_settings.sequence_length)
    return {"value": value, "echo": _delay(value, data_settings.delay)}


def make_adding(random: np.random.Generator, data_settings: DataSettings, number: int) -> Columns:
    """Random values between 0 and 1, one marked in each half; the target is the sum of the marked values so far.

    Source: Hochreiter and Schmidhuber, "Long short-term memory", Neural Computation 9 (1997), experiment 4.
    """
    length = data_settings.sequence_length
    if length < 2:
        raise UserError(
            f"`data.generator=adding` marks two rows, so `data.sequence_length` must be at least 2. Received: {length}."
        )
    value, marker = random.uniform(0, 1, length), np.zeros(length)
    half = length // 2
    marker[[random.integers(half), half + random.integers(length - half)]] = 1
    return {"value": value, "marker": marker, "sum": np.cumsum(value * marker)}


def make_copy_memory(random: np.random.Generator, data_settings: DataSettings, number: int) -> Columns:
    """Random values between 0 and 1, blank rows, and a signal; the target repeats the values while the signal is 1.

    The number of values is the largest for which every value is repeated `delay` rows later and before the end.

    Source: Hochreiter and Schmidhuber (1997); in this form Arjovsky, Shah and Bengio, "Unitary evolution recurrent
    neural networks", ICML 2016.
    """
    length, delay = data_settings.sequence_length, data_settings.delay
    count = max(0, min(length - delay, delay))
    value, signal = np.zeros(length), np.zeros(length)
    value[:count] = random.uniform(0, 1, count)
    signal[delay : delay + count] = 1
    return {"value": value, "signal": signal, "recall": _delay(value, delay)}


def make_reversal(random: np.random.Generator, data_settings: DataSettings, number: int) -> Columns:
    """Random values between 0 and 1; the target is the sequence in reverse order."""
    value = random.uniform(0, 1, data_settings.sequence_length)
    return {"value": value, "reversed": value[::-1]}


def _delay(value: NDArray[np.float64], delay: int) -> NDArray[np.float64]:
    """Shift values by `delay` rows; the first rows are zero.

    Raises:
        UserError: The sequence is not longer than the delay.
    """
    if delay >= len(value):
        raise UserError(
            "`data.delay` must be smaller than `data.sequence_length`. "
            f"Received: delay={delay}, sequence_length={len(value)}. Set data.sequence_length={2 * delay}, for example."
        )
    return np.concatenate([np.zeros(delay), value[: len(value) - delay]])


GENERATORS: list[Generator] = [
    Generator("ramp", make_ramp, ("value",), ("value",)),
    Generator("sine", make_sine, ("value",), ("value",), params=("period", "noise")),
    Generator("delayed_echo", make_delayed_echo, ("value",), ("echo",), params=("delay",)),
    Generator("adding", make_adding, ("value", "marker"), ("sum",)),
    Generator("copy_memory", make_copy_memory, ("value", "signal"), ("recall",), params=("delay",)),
    Generator("reversal", make_reversal, ("value",), ("reversed",)),
]


def all_generators() -> list[Generator]:
    """The listed generators, then the generators of installed packages."""
    return [*GENERATORS, *_installed_generators()]


@cache
def _installed_generators() -> tuple[Generator, ...]:
    return tuple(load_entry_points(ENTRY_POINTS, Generator, taken=[generator.name for generator in GENERATORS]))


def generator_names() -> list[str]:
    """The names of all generators."""
    return [generator.name for generator in all_generators()]


def find_generator(name: str) -> Generator:
    """The generator with a name.

    Raises:
        UserError: There is no such generator, or it makes sequences with labels.
    """
    check_generator_name(name)
    for generator in LABEL_GENERATORS:
        if generator.name == name:
            kinds = " or ".join(f"task.kind={kind}" for kind in generator.kinds)
            raise UserError(
                f"`data.generator={name}` makes sequences with labels. Received: another task. Set {kinds}, or "
                f"data.generator to {join_words(generator_names())}."
            )
    return next(generator for generator in all_generators() if generator.name == name)


def check_generator_name(name: str) -> None:
    """Check the value of `data.generator`.

    Raises:
        UserError: There is no generator with that name.
    """
    names = [*generator_names(), *label_generator_names()]
    if name not in names:
        hint = suggest_names(name, names, "Generators")
        raise UserError(f"`data.generator` must name a generator. Received: {shorten(name)}. {hint}")


def generator_settings(data_settings: DataSettings) -> list[str]:
    """The settings in `data` that generate the data, in the order of the settings; none for a table."""
    if data_settings.is_table:
        return []
    check_generator_name(data_settings.source)
    used = {*SHARED_PARAMS, *_params_by_name()[data_settings.source]}
    return [name for name in type(data_settings).model_fields if name in used]


def settings_of_all_generators() -> set[str]:
    """The settings in `data` that any generator uses."""
    return set(SHARED_PARAMS).union(*_params_by_name().values())


def _params_by_name() -> dict[str, tuple[str, ...]]:
    """The own settings of every generator, with and without labels."""
    numbers, labels = ({each.name: each.params for each in listed} for listed in (all_generators(), LABEL_GENERATORS))
    return numbers | labels
