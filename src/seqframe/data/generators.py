"""Generated sequences: each is a function of a random generator and the settings, and answers for one sequence.

Those with a target have it as a column of its own, so that the task `echo` asks for it row by row. Their targets at a
row follow from the rows up to it, except for `reversal`, which needs the rows that come after.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seqframe.config import DataSettings
from seqframe.errors import UserError

Columns = dict[str, NDArray[np.float64]]  # name -> (length,), without unit


@dataclass(frozen=True)
class Generator:
    """A kind of problem: `make` gives the columns of the sequence of that number, from 0.

    Source: where the problem comes from is said by the function.
    """

    make: Callable[[np.random.Generator, DataSettings, int], Columns]
    features: tuple[str, ...]
    target: tuple[str, ...]


def make_ramp(random: np.random.Generator, data_settings: DataSettings, number: int) -> Columns:
    """The tutorial's sequence, x[i] = i / length; all others are straight lines between two values of its range.

    >>> make_ramp(np.random.default_rng(0), DataSettings(sequence_length=5), 0)["value"].tolist()
    [0.0, 0.2, 0.4, 0.6, 0.8]
    """
    if number == 0:
        return {"value": np.arange(data_settings.sequence_length) / data_settings.sequence_length}
    first, last = random.uniform(0, (data_settings.sequence_length - 1) / data_settings.sequence_length, 2)
    return {"value": np.linspace(first, last, data_settings.sequence_length)}


def make_sine(random: np.random.Generator, data_settings: DataSettings, number: int) -> Columns:
    """A sine of amplitude 1 with another phase in every sequence, and normal noise."""
    phase = random.uniform(0, 2 * np.pi)
    clean = np.sin(2 * np.pi * np.arange(data_settings.sequence_length) / data_settings.period + phase)
    return {"value": clean + random.normal(0, data_settings.noise, data_settings.sequence_length)}


def make_delayed_echo(random: np.random.Generator, data_settings: DataSettings, number: int) -> Columns:
    """Random values of 0 … 1, and each of them again `delay` rows later; 0 before the first."""
    value = random.uniform(0, 1, data_settings.sequence_length)
    return {"value": value, "echo": _delay(value, data_settings.delay)}


def make_adding(random: np.random.Generator, data_settings: DataSettings, number: int) -> Columns:
    """Random values of 0 … 1, two of which are marked, one in each half; the target is the sum of the marked so far.

    Source: Hochreiter and Schmidhuber, "Long short-term memory", Neural Computation 9 (1997), experiment 4.
    """
    if data_settings.sequence_length < 2:
        raise UserError(
            f"The adding problem marks two rows, so `data.sequence_length` must be 2. Received: {data_settings.sequence_length}."
        )
    value, marker = random.uniform(0, 1, data_settings.sequence_length), np.zeros(data_settings.sequence_length)
    half = data_settings.sequence_length // 2
    marker[[random.integers(half), half + random.integers(data_settings.sequence_length - half)]] = 1
    return {"value": value, "marker": marker, "sum": np.cumsum(value * marker)}


def make_copy_memory(random: np.random.Generator, data_settings: DataSettings, number: int) -> Columns:
    """Some random values of 0 … 1, a blank, and a signal from which on the values are to be given again.

    The values are as many as leave `delay` rows from each to its recall: length - delay.
    Source: Hochreiter and Schmidhuber (1997); in this form Arjovsky, Shah and Bengio, "Unitary evolution recurrent
    neural networks", ICML 2016.
    """
    kept = max(0, min(data_settings.sequence_length - data_settings.delay, data_settings.delay))
    value, signal = np.zeros(data_settings.sequence_length), np.zeros(data_settings.sequence_length)
    value[:kept] = random.uniform(0, 1, kept)
    signal[data_settings.delay : data_settings.delay + kept] = 1
    return {"value": value, "signal": signal, "recall": _delay(value, data_settings.delay)}


def make_reversal(random: np.random.Generator, data_settings: DataSettings, number: int) -> Columns:
    """Random values of 0 … 1, and the same from the last to the first."""
    value = random.uniform(0, 1, data_settings.sequence_length)
    return {"value": value, "reversed": value[::-1]}


GENERATORS: dict[str, Generator] = {
    "ramp": Generator(make_ramp, ("value",), ("value",)),
    "sine": Generator(make_sine, ("value",), ("value",)),
    "delayed_echo": Generator(make_delayed_echo, ("value",), ("echo",)),
    "adding": Generator(make_adding, ("value", "marker"), ("sum",)),
    "copy_memory": Generator(make_copy_memory, ("value", "signal"), ("recall",)),
    "reversal": Generator(make_reversal, ("value",), ("reversed",)),
}


def _delay(value: NDArray[np.float64], delay: int) -> NDArray[np.float64]:
    """The values `delay` rows later, after zeros.

    Raises:
        UserError: The sequence has no row that late.
    """
    if delay >= len(value):
        raise UserError(
            "`data.delay` must be smaller than `data.sequence_length`, or no value would ever be echoed. "
            f"Received: delay={delay}, sequence_length={len(value)}. Give more rows: data.sequence_length={2 * delay}."
        )
    return np.concatenate([np.zeros(delay), value[: len(value) - delay]])
