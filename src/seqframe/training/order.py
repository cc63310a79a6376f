"""An order of windows that is computed, not kept: any part of it follows from its key.

A Feistel network permutes the numbers of as many bits as the last window's number has; a number that falls beyond the
last window is permuted again until it does not, which takes less than two turns on average.
Source: Black and Rogaway, "Ciphers with arbitrary finite domains", CT-RSA 2002 (generalized Feistel, cycle walking).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

ROUNDS = 6  # an even number, so that the halves end with the widths that they began with
SHIFTS_AND_FACTORS = ((33, 0xFF51AFD7ED558CCD), (33, 0xC4CEB9FE1A85EC53))  # the finaliser of MurmurHash3
Numbers = NDArray[np.uint64]


@dataclass(frozen=True)
class Order:
    """A permutation of 0 … count - 1 for each seed and epoch."""

    count: int
    seed: int
    epoch: int

    def numbers(self, start: int, stop: int) -> NDArray[np.intp]:
        """What stands at the places from `start` to before `stop`: (stop - start,).

        >>> sorted(Order(5, seed=0, epoch=0).numbers(0, 5).tolist())
        [0, 1, 2, 3, 4]
        """
        numbers = self._permute(np.arange(start, stop, dtype=np.uint64))
        while (beyond := np.flatnonzero(numbers >= self.count)).size:
            numbers[beyond] = self._permute(numbers[beyond])
        return numbers.astype(np.intp)

    @cached_property
    def _keys(self) -> Numbers:
        words = np.random.SeedSequence((self.seed, self.epoch)).generate_state(ROUNDS, np.uint64)
        return words.astype(np.uint64)

    def _permute(self, numbers: Numbers) -> Numbers:
        """One turn through the network: a permutation of all numbers with so many bits."""
        bits = max(2, (self.count - 1).bit_length())
        widths = np.array([bits // 2, bits - bits // 2], np.uint64)  # of the left half, and of the right one
        left, right = numbers >> widths[1], numbers & _ones(widths[1])
        for key in self._keys:
            left, right = right, left ^ (_mix(right ^ key) & _ones(widths[0]))
            widths = widths[::-1]
        permuted: Numbers = (left << widths[1]) | right
        return permuted


def _ones(bits: np.uint64) -> np.uint64:
    return np.uint64((1 << int(bits)) - 1)


def _mix(numbers: Numbers) -> Numbers:
    """A number of 64 bits in which every bit depends on every bit of the one given."""
    for shift, factor in SHIFTS_AND_FACTORS:
        numbers = (numbers ^ (numbers >> np.uint64(shift))) * np.uint64(factor)
    return numbers ^ (numbers >> np.uint64(33))
