"""Recurrent layers for the CPU, forward and backward, compiled by Numba; `layers.lstm_kernel` makes a layer of them."""

PANEL = 16  # columns that the compiled matrix product computes at a time
