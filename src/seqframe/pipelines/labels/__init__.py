"""Sequences with labels: every framing trained with several seeds, next to baselines, on the same test sequences."""
