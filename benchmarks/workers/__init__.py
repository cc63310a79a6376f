"""The sides of the benchmarks, each run in a process of its own. Those of other libraries need nothing of Seqframe."""
