"""How answers say what was measured."""

from collections.abc import Sequence

CLEARLY = 1.2  # as many times the error is a difference that is spoken of


def in_seeds(held: Sequence[bool]) -> str:
    """In how many of the seeds something held.

    >>> in_seeds([True, False, True])
    'in 2 of 3 seeds'
    """
    return f"in {sum(held)} of {len(held)} seeds"


def times(ratio: float) -> str:
    """A ratio, to the digits that a few seeds can bear: 1.26 times, 4.6 times, 23 times."""
    return f"{ratio:.2f} times" if ratio < 2 else f"{ratio:.2g} times" if ratio < 100 else f"{ratio:.0f} times"


def compare_in_words(advantage: float) -> str:
    """What a network is, whose rival has so many times its error.

    >>> compare_in_words(2.0), compare_in_words(0.5), compare_in_words(1.1)
    ('better', 'worse', 'neither better nor worse')
    """
    return "better" if advantage > CLEARLY else "worse" if advantage < 1 / CLEARLY else "neither better nor worse"


def join(items: Sequence[object]) -> str:
    """Items in a row, as people write them.

    >>> join([5, 20, 60])
    '5, 20 and 60'
    """
    *some, last = map(str, items)
    return f"{', '.join(some)} and {last}" if some else last
