"""BlockLSTM with our backward pass: chunks of steps, and no second derivatives."""

import pytest

from helpers.lstm_reference import by_block_lstm, error, random_case, reference, same_bits, sizes_of_all_kinds
from seqframe.networks.backend import tf
from seqframe.networks.layers import block_lstm as module
from seqframe.networks.layers.block_lstm import block_lstm


@pytest.mark.parametrize("steps", [1, 7, 8, 12, 13, 14, 24, 25, 97])
def test_any_number_of_steps_is_split_into_chunks(steps) -> None:
    case = random_case(2, steps, 3, 4)
    for value, expected in zip(by_block_lstm(*case), reference(*case), strict=True):
        assert error(value, expected) < 1e-6


@sizes_of_all_kinds
def test_results_are_repeatable_bit_for_bit(sizes) -> None:
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


def test_chunks_need_little_padding() -> None:
    assert [module._chunk_size(steps) for steps in (8, 20, 24, 100, 1000, 97)] == [8, 20, 12, 20, 20, 14]
