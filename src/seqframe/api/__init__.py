"""Python API, which `import seqframe as sf` offers: comparisons, arrays and descriptions, without a Kedro project."""
