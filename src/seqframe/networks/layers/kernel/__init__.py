"""Recurrent layers for the CPU, forward and backward: `ops` on NumPy arrays, the other files compiled by Numba."""

PANEL = 16  # columns that the compiled matrix product computes at a time
