"""Pose the problem: rows, their scale, the windows on them, and the naive answer. Nothing here knows of framings."""
