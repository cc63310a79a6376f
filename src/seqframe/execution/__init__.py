"""Executors: where the networks of a command are trained, one after the other or several at once."""
