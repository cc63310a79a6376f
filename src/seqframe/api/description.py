"""A description of the network of a framing: shapes, parameter arithmetic, causality and a diagram."""

from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from seqframe.api.arguments import make_settings
from seqframe.api.arrays import PLAIN, check_predicts_numbers, find_supported
from seqframe.data.alignment import window_lengths
from seqframe.data.dataset import SequenceDataset, dataset_from_split
from seqframe.data.splits import Split
from seqframe.errors import UserError, show_value
from seqframe.framings import Framing
from seqframe.framings.dataset import frame_arrays
from seqframe.networks.spec import NetworkSpec, Shape
from seqframe.reporting.notebook import DiagramGallery, show_diagrams

MAX_SAMPLES = 5  # that are listed


@dataclass(frozen=True, repr=False, eq=False)
class NetworkDescription:
    """The network of a framing for one window. TensorFlow is imported for `causality` and `dependency` only.

    Attributes:
        framing: The framing.
        spec: The network: its layers and the shapes between them.
        X_shape: Shape of X of one window: (samples, timesteps, features).
        y_shape: Shape of y of one window.
        layers: One row per layer: shapes of a sample, and the parameter count with its formula.
        dataset: An example of one window.
    """

    framing: Framing
    spec: NetworkSpec
    X_shape: Shape
    y_shape: Shape
    layers: pd.DataFrame
    dataset: SequenceDataset

    @property
    def parameters(self) -> int:
        """Number of parameters."""
        return self.spec.parameters

    @cached_property
    def check(self) -> Any:
        """The causality check: which outputs depend on which inputs, measured on the network with random weights."""
        from seqframe.framings.causality import check_framing

        return check_framing(self.spec, self.framing, self.dataset)

    @property
    def causality(self) -> str:
        """The outcome of the causality check in one sentence."""
        return str(self.check.summary())

    @property
    def dependency(self) -> pd.DataFrame:
        """The strength of the dependency: one row per output step, one column per input step."""
        table: pd.DataFrame = self.check.dependency.table()
        return table

    @property
    def diagram(self) -> str:
        """The network, unrolled over one window, as SVG."""
        from seqframe.reporting.diagrams import draw_network

        return draw_network(self.spec, self.framing, *self.dataset.shapes())

    @property
    def samples(self) -> str:
        """The rows of the window in each sample; brackets enclose one timestep."""
        from seqframe.framings.index_map import make_index_map
        from seqframe.reporting.tables import index_map_text

        return index_map_text(make_index_map(self.dataset, self.framing), max_samples=MAX_SAMPLES).lstrip("\n")

    def show(self) -> DiagramGallery:
        """Diagrams for a notebook: the network, and a matrix of its input-output dependency, which is measured."""
        from seqframe.reporting.diagrams import draw_dependency

        return show_diagrams(network=self.diagram, dependency=draw_dependency(self.check.dependency))

    def plot(self) -> Any:
        """A Matplotlib figure of the input-output dependency."""
        from seqframe.reporting.figures import plot_dependency

        return plot_dependency(self.dependency, self.framing.name)

    def _cells(self) -> pd.DataFrame:
        """The layers as text."""
        from seqframe.reporting.columns import format_table

        return format_table("layers", self.layers)

    def __repr__(self) -> str:
        head = f"{self.framing.name}: {self.framing.summary}\nX {self.X_shape}   y {self.y_shape}"
        return f"{head}   {self.parameters:,} parameters\n\n{self._cells().to_string(index=False)}"

    def _repr_html_(self) -> str:
        """The description with the diagram, as Jupyter shows it."""
        head = f"<p><b>{escape(self.framing.name)}</b>: {escape(self.framing.summary)}</p>"
        shapes = f"<p>X {self.X_shape}, y {self.y_shape}, {self.parameters:,} parameters</p>"
        table = self._cells().to_html(index=False, border=0)
        return f"{head}{shapes}{table}{show_diagrams(**{self.framing.name: self.diagram})._repr_html_()}"


def describe(
    framing: str | Framing,
    *,
    lookback: int = 5,
    horizon: int | None = None,
    features: int = 1,
    targets: int = 1,
    task: str | None = None,
    **settings: Any,
) -> NetworkDescription:
    """Describe the network that a framing has for windows of these lengths.

    Args:
        framing: The framing, by its name.
        lookback: Rows of the input window.
        horizon: Rows of the target, which follow the input window; by default the target is the window itself.
        features: Number of input columns.
        targets: Number of target columns.
        task: `forecast` with a horizon by default, and `echo` without one; or `next_step` or `next_window`.
        **settings: Any setting by its name, such as `units=32`, `cell="gru"` or `dropout=0.1`.

    Raises:
        UserError: The framing does not support the settings.

    >>> describe("many_to_many", lookback=24, units=32)
    many_to_many: The network reads the window step by step and has an output at every step, from a head that all share.
    X (1, 24, 1)   y (1, 24, 1)   4,385 parameters
    <BLANKLINE>
                              layer input -> output shape                      formula            values parameters
    LSTM(32, return_sequences=True)     (24,1) -> (24,32) 4*((inputs+1)*units+units^2) 4*((1+1)*32+32^2)      4,352
          TimeDistributed(Dense(1))     (24,32) -> (24,1)       inputs*outputs+outputs            32*1+1         33
    """
    check_predicts_numbers(task)
    for name, count in (("lookback", lookback), ("features", features), ("targets", targets)):
        if isinstance(count, bool) or not isinstance(count, int | np.integer) or count < 1:
            raise UserError(f"`{name}` must be a whole number >= 1. Received: {show_value(count)}.")
    kind = task or ("echo" if horizon is None else "forecast")
    inputs, outputs = (
        [f"{letter}{number}" for number in range(count)] for letter, count in (("x", features), ("y", targets))
    )
    given = {"lookback": lookback, "horizon": horizon, "task": kind, "features": inputs, "target": outputs}
    values = make_settings({**PLAIN, "scaler": "none", **given, "sequence_length": 3 * lookback, **settings})
    chosen = find_supported(framing, values)
    _, first_target, steps = window_lengths(values.task, lookback)
    rows = max(lookback, first_target + steps)  # of one window
    df = pd.DataFrame(np.zeros((rows, features + targets)), columns=[*inputs, *outputs])
    dataset = dataset_from_split(df, Split((range(rows),), ()), values.data, values.task)
    X, y = frame_arrays(dataset, chosen, dataset.train)
    spec = chosen.make_spec(X, y, values.model)
    return NetworkDescription(chosen, spec, X.shape, y.shape, _layers(spec), dataset)


def _layers(spec: NetworkSpec) -> pd.DataFrame:
    from seqframe.reporting.tables import layer_table

    counts = {name: layer.param_count(shape).value for name, (layer, shape) in spec.all_layers().items()}
    return layer_table(spec, counts).drop(columns="keras_counts")
