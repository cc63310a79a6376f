"""Numbers and verbs in the sentences of a conclusion."""

from collections.abc import Sized
from math import isnan

from seqframe.evaluation.significance import SIGNIFICANCE_LEVEL, Pair

MAX_RATIO = 10.0  # larger differences are reported as "more than 1000%"
MIN_P = 0.001


def choose_verb(subjects: Sized, singular: str, plural: str) -> str:
    """The form of a verb for one subject or several."""
    return singular if len(subjects) == 1 else plural


def format_error(value: float) -> str:
    """An error, or a difference of errors, with two significant digits.

    >>> format_error(0.3149), format_error(-0.05), format_error(1234.5), format_error(0.0)
    ('0.31', '-0.05', '1,234', '0')
    """
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2g}"


def format_p(p: float) -> str:
    """A p-value.

    >>> format_p(0.0042), format_p(0.0001), format_p(1.0)
    ('p = 0.0042', 'p < 0.001', 'p = 1')
    """
    return f"p < {MIN_P}" if p < MIN_P else f"p = {p:.2g}"


def describe_error(error: float, reference: float) -> str:
    """An error relative to another one.

    >>> describe_error(0.69, 1.0), describe_error(1.2, 1.0), describe_error(0.9999, 1.0), describe_error(1.0, 0.0)
    ('31% lower MASE', '20% higher MASE', 'less than 1% lower MASE', 'more than 1000% higher MASE')
    """
    if error == reference:
        return "the same MASE"
    side = "lower" if error < reference else "higher"
    if error > (1 + MAX_RATIO) * reference:  # the reference may be 0
        return f"more than {MAX_RATIO:.0%} {side} MASE"
    share = abs(1 - error / reference)
    return f"{'less than 1%' if share < 0.005 else f'{share:.0%}'} {side} MASE"


def describe_test(pair: Pair) -> str:
    """Difference of two models, its interval and its p-value; the corrected p-value where it changes the outcome."""
    difference = f"difference {format_error(pair.difference)}"
    if isnan(pair.p):
        return difference
    interval = f"95% interval {format_error(pair.low)} to {format_error(pair.high)}"
    changed = not pair.significant and pair.p < SIGNIFICANCE_LEVEL
    corrected = f", Holm-corrected {format_p(pair.p_holm)}" if changed else ""
    return f"{difference}, {interval}, {format_p(pair.p)}{corrected}"
