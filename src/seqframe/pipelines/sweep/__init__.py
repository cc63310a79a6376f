"""Pipeline of the hyperparameter search."""
