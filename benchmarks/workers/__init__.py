"""Contenders of the benchmarks, each run in its own process. Those of other libraries do not import Seqframe."""
