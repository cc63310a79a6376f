"""A network as plain data: its layers, the shapes between them, and the arithmetic of their parameters.

Nothing here imports TensorFlow. `seqframe.network` turns a plan into Keras layers and checks that Keras counts the same
parameters as the arithmetic does.
"""

from seqframe.plan.base import NO_PARAMETERS, Arithmetic, Layer, Network, Plan, Shape, Weights
from seqframe.plan.plain import Dense, Dropout, Flatten, PadStep, PairSteps, Repeat, TimeDistributed
from seqframe.plan.recurrent import Bidirectional, Recurrent

__all__ = [
    "NO_PARAMETERS",
    "Arithmetic",
    "Bidirectional",
    "Dense",
    "Dropout",
    "Flatten",
    "Layer",
    "Network",
    "PadStep",
    "PairSteps",
    "Plan",
    "Recurrent",
    "Repeat",
    "Shape",
    "TimeDistributed",
    "Weights",
]
