"""The settings `model.*`."""

from typing import Literal

from seqframe.config.base import Count, Group, Share, Weight

Cell = Literal["lstm", "gru", "simple_rnn"]


class Model(Group):
    """The network.

    Attributes:
        units: Width of the recurrent layer.
        layers: Widths of stacked layers, from the input on; null means one layer of `units`, and two in a pyramid.
        cell: What the recurrent layers are made of: `lstm`, `gru` or `simple_rnn`.
        bidirectional: Whether every recurrent layer reads forwards and backwards.
        head: Of framings that answer at every step: `time_distributed`, or the `dense` that computes the same.
        dropout: Share of the inputs of every recurrent layer that is left out at random in training.
        recurrent_dropout: The same for what a recurrent layer hands on from step to step.
        kernel_l2: Penalty on the squared weights of the inputs of every layer of the body.
        recurrent_l2: The same for the weights from step to step.
        bias_l2: The same for the biases.
    """

    units: Count
    layers: list[Count] | None = None
    cell: Cell = "lstm"
    bidirectional: bool = False
    head: Literal["time_distributed", "dense"] = "time_distributed"
    dropout: Share = 0.0
    recurrent_dropout: Share = 0.0
    kernel_l2: Weight = 0.0
    recurrent_l2: Weight = 0.0
    bias_l2: Weight = 0.0

    @property
    def widths(self) -> tuple[int, ...]:
        """The width of every layer of the body, from the input on."""
        return tuple(self.layers or (self.units,))
