"""Lengths of the sequences of a padded batch. Without libraries: every environment draws the same."""

from random import Random


def random_lengths(batch: int, steps: int) -> list[int]:
    """Lengths of the sequences of a batch, uniform from half of the steps to all of them."""
    random = Random(0)
    return [random.randint((steps + 1) // 2, steps) for _ in range(batch)]
