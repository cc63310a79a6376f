"""Results of several framings side by side: comparison, parameter counts, loss curves, index maps, skipped framings."""
