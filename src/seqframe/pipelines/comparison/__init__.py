"""All framings that were run, side by side, with the naive answer beneath."""
