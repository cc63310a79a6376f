"""Terminal output of runs."""
