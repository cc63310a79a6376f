import pytest

from benchmarks.roofline import PEAK, RATES, THREADS, count_operations, shares, tabulate_parts, tabulate_shares

pytest.importorskip("numba")
from benchmarks.workers import rates


def product(rows: int, depth: int, columns: int) -> int:
    return 2 * rows * depth * columns


@pytest.mark.parametrize("shape", [(1, 1, 1), (3, 7, 5)])
def test_operations_are_counted_for_every_product_of_every_step(shape: tuple[int, int, int]) -> None:
    batch, steps, units = shape
    lstm = product(batch, units + 1, 4 * units), product(batch, 4 * units, units), product(units + 1, batch, 4 * units)
    dense = product(batch, units, 1), product(batch, 1, units), product(units, batch, 1)
    assert count_operations(shape) == steps * sum((*lstm, *dense))


def test_the_share_is_of_the_peak_in_the_same_turn() -> None:
    shape, title = (64, 100, 64), RATES["multiply_add", THREADS]
    sizes = {title: 2.0 * count_operations(shape)}
    times = {"seqframe": [2.0, 4.0], PEAK: [1.0, 1.0]}
    assert shares(times, "seqframe", shape, sizes) == pytest.approx([0.25, 0.125])
    row = tabulate_shares({shape: times}, sizes).rows[0]
    assert row[-2:] == ("0.188", "–")


def test_parts_and_the_rest_add_up_to_the_step() -> None:
    shape = (32, 20, 32)
    times = {"seqframe": [4.0], "products": [2.0], "gates": [1.0]}
    assert tabulate_parts({shape: times, (1, 5, 5): {"seqframe": [1.0]}}).rows == (
        ("32 × 20 × 32", "0.500", "0.250", "0.250", "0.492"),
        ("1 × 5 × 5", "–", "–", "–", "0.001"),
    )


@pytest.mark.parametrize("name", ["products", "gates"])
def test_parts_of_a_step_run(name: str) -> None:
    work, size = rates.build(name, "2", "2", "4", "3", "8")
    assert (work(2), size) == (0.0, "2")


def test_multiply_adds_are_counted_for_all_threads() -> None:
    work, size = rates.build("multiply_add", "2")
    assert work(1) == 0.0
    assert int(size) == 2 * 2 * rates.SUMS * rates.WIDTH * rates.REPEATS
