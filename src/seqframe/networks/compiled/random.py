"""Random numbers of TensorFlow, compiled by Numba: dropout masks and the orders of shuffled epochs, bit for bit.

`tests/networks/compiled/test_random.py` compares them with the operations of TensorFlow.
"""

# mypy: ignore-errors
import numpy as np
from numba import njit

WORD = 0xFFFFFFFF
MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
WEYL = (0x9E3779B9, 0xBB67AE85)
SCRAMBLE = (0x3EC8F720, 0x02461E29)
ROUNDS = 8  # of the block cipher, as in `seqframe.training.shuffle`
KEY_SCHEDULE = 0x7369F885192C0EF5
MIN_BLOCK_BITS = 16

_inner = njit(error_model="numpy")


@_inner
def philox(counter, key):
    """Four random words of 32 bits: Philox 4x32 with 10 rounds.

    Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
    """
    a, b, c, d = counter
    k, m = key
    for _ in range(10):
        first = np.uint64(MULTIPLIERS[0]) * np.uint64(a)
        second = np.uint64(MULTIPLIERS[1]) * np.uint64(c)
        a, c = (second >> np.uint64(32)) ^ b ^ k, (first >> np.uint64(32)) ^ d ^ m
        b, d = second & np.uint64(WORD), first & np.uint64(WORD)
        k, m = (k + np.uint64(WEYL[0])) & np.uint64(WORD), (m + np.uint64(WEYL[1])) & np.uint64(WORD)
    return a, b, c, d


@_inner
def stateless_words(seed, number, block):
    """Words 4 * block to 4 * block + 3 that TensorFlow's stateless generators draw for the seed (seed, number)."""
    zero, high = np.uint64(0), np.uint64(32)
    seed, number = np.uint64(seed), np.uint64(number)
    counter = (seed & np.uint64(WORD), seed >> high, number & np.uint64(WORD), number >> high)
    a, b, c, d = philox(counter, (np.uint64(SCRAMBLE[0]), np.uint64(SCRAMBLE[1])))
    return philox((np.uint64(block), zero, c, d), (a, b))


@_inner
def draw_dropout(masks, lane, rate, seed, number):
    """Fill masks[:, lane] (values, lanes) with 0 at a share `rate` of the values, and 1 / (1 - rate) elsewhere."""
    threshold, scale = np.float32(rate), np.float32(1.0 / (1.0 - rate))
    for start in range(0, len(masks), 4):
        words = stateless_words(seed, number, start // 4)
        for place in range(min(4, len(masks) - start)):
            uniform = np.float32(words[place] & np.uint64(0x7FFFFF)) * np.float32(2.0**-23)
            masks[start + place, lane] = scale if uniform >= threshold else np.float32(0.0)


@_inner
def _rotate(word, by, bits):
    """Rotate a word of so many bits to the left."""
    by, bits = np.uint64(by), np.uint64(bits)
    return ((word << by) | (word >> (bits - by))) & ((np.uint64(1) << bits) - np.uint64(1))


@_inner
def _mix(word, bits):
    return (_rotate(word, 1, bits) & _rotate(word, 8, bits)) ^ _rotate(word, 2, bits)


@_inner
def shuffle(order, seed, epoch):
    """Fill order (samples,) with the order of one epoch: a block cipher (SIMON) that permutes 0 ... samples - 1."""
    largest = len(order) - 1
    block = max(int(np.ceil(np.log2(max(largest, 1)))), MIN_BLOCK_BITS)
    bits = (block + 1) // 2
    word = (np.uint64(1) << np.uint64(bits)) - np.uint64(1)
    keys = np.empty(ROUNDS, np.uint64)
    keys[0], keys[1], keys[2], _ = stateless_words(seed, epoch, 0)
    for i in range(3):
        keys[i] &= word
    schedule = np.uint64(KEY_SCHEDULE) & word
    for i in range(3, ROUNDS):
        last = keys[i - 1]
        turned = _rotate(last, bits - 3, bits) ^ _rotate(last, bits - 4, bits)
        keys[i] = (np.uint64(0xFFFFFFFC) & word) ^ (schedule & np.uint64(1)) ^ keys[i - 3] ^ turned
        schedule >>= np.uint64(1)
    indices, positions, walking = np.arange(len(order)).astype(np.uint64), np.arange(len(order)), len(order)
    while walking:  # all indices at once, so that the loop is vectorized; those out of range are permuted again
        for j in range(walking if largest else 0):
            left, right = indices[j] >> np.uint64(bits), indices[j] & word
            for i in range(0, ROUNDS, 2):
                left ^= _mix(right, bits) ^ keys[i]
                right ^= _mix(left, bits) ^ keys[i + 1]
            indices[j] = (left << np.uint64(bits)) | right
        still = 0
        for j in range(walking):
            if indices[j] <= np.uint64(largest):
                order[positions[j]] = indices[j]
            else:
                indices[still], positions[still] = indices[j], positions[j]
                still += 1
        walking = still
