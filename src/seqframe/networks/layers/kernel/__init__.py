"""An LSTM for the processor, forward and backward, compiled by Numba."""
