"""Layouts of linear models: which inputs of a sample they connect with which outputs."""

import numpy as np

from seqframe.data.dataset import SequenceDataset
from seqframe.framings import Framing
from seqframe.training.linear_map import Layout
from seqframe.training.ridge import Block


def linear_layouts(dataset: SequenceDataset, framing: Framing) -> list[Layout]:
    """Which inputs of a flattened sample a linear model may connect with which outputs.

    The first layout connects all inputs with all outputs. With several targets that are inputs, the second one connects
    each target with its own past and with the features that are no targets. Calendar features count in the last row
    only: their values in other rows are linear functions of them.
    """
    (lookback, features), (steps, targets) = dataset.shapes()
    row, column = np.indices((lookback, features)).reshape(2, -1)
    needed = (column < features - dataset.n_calendar) | (row == lookback - 1)
    cells, outputs = (
        frame(np.arange(rows * columns).reshape(1, rows, columns)).reshape(-1)  # what each position of a sample is
        for frame, rows, columns in (
            (framing.to_inputs, lookback, features),
            (framing.to_targets, steps, targets),
        )
    )
    usable = np.flatnonzero(needed[cells])
    layouts: list[Layout] = [(Block(usable, np.arange(len(outputs))),)]
    positions = [position for position in dataset.scaled.target_positions if position is not None]
    if len(positions) == targets > 1:
        blocks = []
        for target, position in enumerate(positions):
            others = [other for other in positions if other != position]
            own = usable[~np.isin(column[cells[usable]], others)]
            blocks.append(Block(own, np.flatnonzero(outputs % targets == target)))
        layouts.append(tuple(blocks))
    return layouts
