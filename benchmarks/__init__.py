"""Benchmarks against Keras, NumPy, PyTorch and JAX, run by `make bench`. They are not part of the package."""
