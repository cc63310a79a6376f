"""Formatting of numbers and lists in the conclusions of the experiments."""

from collections.abc import Sequence

MIN_RATIO = 1.2  # smaller error ratios are not reported as a difference


def format_seed_count(held: Sequence[bool]) -> str:
    """Number of seeds for which something holds.

    >>> format_seed_count([True, False, True])
    '2/3 seeds'
    """
    return f"{sum(held)}/{len(held)} seeds"


def format_ratio(ratio: float) -> str:
    """A ratio with as many digits as a few seeds can support.

    >>> format_ratio(1.264), format_ratio(4.56), format_ratio(23.4), format_ratio(234.5)
    ('1.26x', '4.6x', '23x', '234x')
    """
    return f"{ratio:.2f}x" if ratio < 2 else f"{ratio:.2g}x" if ratio < 100 else f"{ratio:.0f}x"


def compare_errors(ratio: float) -> str:
    """Rate a network, given the error of another network divided by its own.

    >>> compare_errors(2.0), compare_errors(0.5), compare_errors(1.1)
    ('better', 'worse', 'neither better nor worse')
    """
    return "better" if ratio > MIN_RATIO else "worse" if ratio < 1 / MIN_RATIO else "neither better nor worse"


def join(items: Sequence[object]) -> str:
    """Join items with commas and "and".

    >>> join([5, 20, 60])
    '5, 20 and 60'
    """
    *some, last = map(str, items)
    return f"{', '.join(some)} and {last}" if some else last
