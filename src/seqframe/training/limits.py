"""Sizes up to which samples are in memory as a whole; larger ones are read in parts."""

MIB = 2**20
MAX_COMPILED_BYTES = 128 * MIB  # samples that compiled code trains; TensorFlow streams larger ones
WHOLE_BYTES = 64 * MIB  # samples that are passed to TensorFlow's graph as a whole
CHUNK_BYTES = 2 * MIB  # a chunk of larger ones
MAX_BATCH_BYTES = 1024 * MIB
MAX_LINEAR_WINDOWS = 50_000  # training windows that a linear map is fitted to
MAX_LINEAR_VALUES = 2**23  # inputs and targets of a head that is estimated
