"""Contenders of the benchmarks, each run in its own process. Workers of other libraries do not import Seqframe."""
