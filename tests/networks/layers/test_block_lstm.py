"""What BlockLSTM with our way back alone has: pieces of steps, and no second derivatives."""

import pytest

from helpers.lstm_reference import by_block_lstm, error, random_case, reference, same_bits, sizes_of_all_kinds
from seqframe.networks.backend import tf
from seqframe.networks.layers import block_lstm as module
from seqframe.networks.layers.block_lstm import block_lstm


@pytest.mark.parametrize("steps", [1, 7, 8, 12, 13, 14, 24, 25, 97])
def test_any_number_of_steps_is_cut_into_pieces(steps) -> None:
    case = random_case(2, steps, 3, 4)
    for value, expected in zip(by_block_lstm(*case), reference(*case), strict=True):
        assert error(value, expected) < 1e-6


@sizes_of_all_kinds
def test_repeats_bit_for_bit(sizes) -> None:
    case = random_case(*sizes)
    assert same_bits(by_block_lstm(*case), by_block_lstm(*case))


def test_there_are_no_second_derivatives() -> None:
    x, kernel, recurrent, bias, _ = map(tf.constant, random_case(2, 9, 3, 1))
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            hidden = block_lstm(x, kernel, recurrent, bias)
        slope = inner.gradient(hidden, x)
    with pytest.raises(LookupError, match="LSTMBlockCellGrad"):
        outer.gradient(slope, x)


def test_pieces_leave_few_steps_to_be_added() -> None:
    assert [module._piece(steps) for steps in (8, 20, 24, 100, 1000, 97)] == [8, 20, 12, 20, 20, 14]
