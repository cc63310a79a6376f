"""Training: the compiled epoch loop, checkpoints, events."""
