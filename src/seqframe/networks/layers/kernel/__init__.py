"""An LSTM for the CPU, forward and backward: `ops` on NumPy arrays, `lstm` compiled by Numba."""

PANEL = 16  # columns that the compiled matrix product computes at a time
