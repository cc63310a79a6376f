"""A network spec as a table of operations with the memory that they need."""

from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqframe.networks.build import weight_paths
from seqframe.networks.compiled import table as columns
from seqframe.networks.compiled.arguments import Floats, Ints
from seqframe.networks.compiled.cells import COMPILED_CELLS, LSTM_CELL, CellSizes
from seqframe.networks.compiled.table import LINEAR, TANH
from seqframe.networks.recurrent_layers import Bidirectional, Recurrent
from seqframe.networks.spec import (
    Dense,
    Dropout,
    Flatten,
    LayerSpec,
    NetworkSpec,
    RepeatVector,
    Reshape,
    Shape,
    TimeDistributed,
    Weights,
    ZeroPadding1D,
)

ACTIVATIONS = {"linear": LINEAR, "tanh": TANH}
MAX_PRODUCTS = 64_000_000  # multiply-adds of a layer and pass; TensorFlow spreads more of them over threads


def supported_layer(layer: LayerSpec) -> bool:
    """Whether there is an operation for a layer with these options."""
    if isinstance(layer, TimeDistributed):
        return isinstance(layer.layer, Dense) and supported_layer(layer.layer)
    if isinstance(layer, Bidirectional):
        return supported_layer(layer.layer)
    if isinstance(layer, Recurrent):
        options = layer.recurrent_dropout or layer.stateful or layer.go_backwards or _penalties(layer)
        return type(layer) in COMPILED_CELLS and not options
    if isinstance(layer, Dense):
        return layer.activation in ACTIVATIONS and not _penalties(layer)
    return isinstance(layer, (Dropout, Flatten, Reshape, RepeatVector, ZeroPadding1D))


def _penalties(layer: LayerSpec) -> bool:
    return any(value is not None for name, value in vars(layer).items() if name.endswith("_regularizer"))


def supported_network(spec: NetworkSpec, batch: int) -> bool:
    """Whether all layers of a network have operations, with one kind of cell, and are not too large for one thread."""
    if spec.variable_length or spec.steps_per_sequence or len(_cells(spec)) > 1:
        return False
    layers = spec.all_layers().values()
    added = not spec.skip or all(_activation(layer) == LINEAR for layer in (spec.head, *spec.skip))
    return added and all(supported_layer(layer) and _products(layer, shape, batch) for layer, shape in layers)


def _cells(spec: NetworkSpec) -> set[type[LayerSpec]]:
    return {type(layer) for layer in _flat_layers(spec) if isinstance(layer, Recurrent)}


def _activation(layer: LayerSpec) -> int:
    inner = layer.layer if isinstance(layer, TimeDistributed) else layer
    return ACTIVATIONS[getattr(inner, "activation", "linear")] if supported_layer(layer) else TANH


def _products(layer: LayerSpec, shape: Shape, batch: int) -> bool:
    steps = shape[0] if len(shape) > 1 else 1
    return layer.param_count(shape).value * steps * batch <= MAX_PRODUCTS


@dataclass
class Program:
    """A network as a table of operations, for batches of up to `batch` samples.

    Attributes:
        cell: The cell of the recurrent layers. A network without them is trained by the code for LSTM.
        lanes: Networks that are computed at once.
        table: One row for each operation (operations, columns of `table`).
        dropout: Dropout rate of every operation (operations,).
        draws: Number of the first dropout mask of every operation (operations,).
        offsets: Place of every value in the memory of values (values,); all sizes and places are for one lane.
        output: Number of the value with the outputs of the network.
        values: Size of the memory of values, and of their gradients.
        work: Size of the other memory of the operations.
        parameters: Number of parameters, with those that fill up tiles; the trained ones come first.
        trained: Number of trained ones.
        segments: First place of every trained weight array, and the place after it (arrays, 2).
        places: Place of every weight in the order of Keras (weights,).
        shapes: Shapes of the weight arrays in the order of Keras.
    """

    spec: NetworkSpec
    batch: int
    cell: CellSizes = field(init=False)
    lanes: int = field(init=False)
    table: Ints = field(init=False)
    dropout: NDArray[np.float64] = field(init=False)
    draws: Ints = field(init=False)
    offsets: Ints = field(init=False)
    output: int = field(init=False)
    values: int = field(init=False)
    work: int = 0
    parameters: int = 0
    trained: int = 0
    segments: Ints = field(init=False)
    places: Ints = field(init=False)
    shapes: list[Shape] = field(init=False)

    def __post_init__(self) -> None:
        widths = [getattr(layer, "units", 0) for layer in _flat_layers(self.spec)]
        self.lanes = columns.count_lanes(self.batch, max(widths))
        self.cell = next((COMPILED_CELLS[cell] for cell in COMPILED_CELLS if cell in _cells(self.spec)), LSTM_CELL)
        self._sizes = [prod(self.spec.input_shape)]  # numbers of a sample, by value
        self._rows: list[dict[int, int]] = []
        self._rates: list[float] = []
        self._owners: list[tuple[str, str]] = []  # layer and direction of every operation
        last = self._add_path(self.spec.layers())
        if self.spec.skip:
            skip = self._add_path(self.spec.skip_layers())
            size = self._sizes[last]
            self._add(columns.ADD, last, last, ("", ""), {columns.FEATURES: size, columns.PARAMS: skip})
        self.output = last
        self._finish()

    def _add_path(self, path: dict[str, tuple[LayerSpec, Shape]]) -> int:
        """Add the operations of layers that follow each other; the number of the last value."""
        value = 0
        for name, (layer, shape) in path.items():
            value = self._add_layer(name, layer, shape, value)
        return value

    def _add_layer(self, name: str, layer: LayerSpec, shape: Shape, value: int) -> int:
        if isinstance(layer, (Flatten, Reshape)):
            return value
        out = self._new_value(prod(layer.output_shape(shape)))
        layer = layer.layer if isinstance(layer, TimeDistributed) else layer
        if isinstance(layer, Bidirectional):
            backward = layer.arguments()["backward_layer"]
            self._add_recurrent((name, "forward"), layer.layer, shape, value, out, 2, 0)
            self._add_recurrent((name, "backward"), backward, shape, value, out, 2, layer.layer.units)
        elif isinstance(layer, Recurrent):
            self._add_recurrent((name, ""), layer, shape, value, out, 1, 0)
        elif isinstance(layer, Dense):
            steps, features = prod(shape[:-1]), shape[-1]
            self._add_dense(name, layer, steps, features, value, out)
        elif isinstance(layer, RepeatVector):
            row = {columns.STEPS: layer.n, columns.FEATURES: shape[0]}
            self._add(columns.REPEAT, value, out, (name, ""), row)
        elif isinstance(layer, ZeroPadding1D):
            before, features = layer.padding[0], shape[1]
            row = {columns.STEPS: shape[0], columns.FEATURES: features, columns.COLUMN: before * features}
            self._add(columns.PAD, value, out, (name, ""), row | {columns.WIDTH: self._sizes[out]})
        elif isinstance(layer, Dropout):
            mask = self._reserve(self.batch * prod(shape))
            row = {columns.FEATURES: prod(shape), columns.MASK: mask}
            self._add(columns.DROPOUT, value, out, (name, ""), row, layer.rate)
        return out

    def _add_recurrent(
        self, owner: tuple[str, str], layer: Any, shape: Shape, value: int, out: int, parts: int, column: int
    ) -> None:
        """Add a recurrent layer; the one that reads backwards writes its outputs in the order of the steps."""
        steps, features = shape
        memory = columns.recurrent_memory if self.lanes == 1 else columns.lanes_memory
        row = {
            columns.STEPS: steps,
            columns.FEATURES: features,
            columns.UNITS: layer.units,
            columns.WIDTH: parts * layer.units,
            columns.COLUMN: column,
            columns.BACKWARDS: int(layer.go_backwards),
            columns.SEQUENCES: int(layer.return_sequences),
            columns.WORK: self._reserve(sum(memory(self.cell, self.batch, steps, features, layer.units))),
            columns.MASK: self._reserve(self.batch * features) if layer.dropout else -1,
            columns.TRAINED: 1,
        }
        self._add(columns.RECURRENT, value, out, owner, row, layer.dropout)

    def _add_dense(self, name: str, layer: Dense, steps: int, features: int, value: int, out: int) -> None:
        sizes = columns.dense_memory(self.batch * steps, features, layer.units) if self.lanes == 1 else (layer.units,)
        row = {
            columns.STEPS: steps,
            columns.FEATURES: features,
            columns.UNITS: layer.units,
            columns.WORK: self._reserve(sum(sizes)),
            columns.ACTIVATION: ACTIVATIONS[layer.activation],
            columns.TRAINED: int(layer.trainable),
        }
        self._add(columns.DENSE, value, out, (name, ""), row)

    def _new_value(self, size: int) -> int:
        self._sizes.append(size)
        return len(self._sizes) - 1

    def _reserve(self, size: int) -> int:
        self.work += size
        return self.work - size

    def _add(
        self, kind: int, value: int, out: int, owner: tuple[str, str], row: dict[int, int], rate: float = 0.0
    ) -> None:
        given = {columns.KIND: kind, columns.INPUT: value, columns.OUTPUT: out, columns.MASK: -1, columns.STEPS: 1}
        self._rows.append(given | row)
        self._rates.append(rate)
        self._owners.append(owner)

    def _finish(self) -> None:
        """Place values and parameters, and find out which gradients are needed."""
        self._find_needed()
        self._place_parameters()
        self.table = np.zeros((len(self._rows), columns.COLUMNS), np.int64)
        for number, row in enumerate(self._rows):
            for column, value in row.items():
                self.table[number, column] = value
        self.dropout = np.array(self._rates)
        self.draws = np.cumsum(np.array(self._rates) > 0) - 1
        sizes = [(self.batch + columns.TILE) * size for size in self._sizes]  # whole tiles are read
        self.offsets, self.values = np.cumsum([0, *sizes[:-1]]), sum(sizes)

    def _find_needed(self) -> None:
        """Which operations give a gradient to their input: those after a trained one. The second to do so adds it."""
        trained, given = set(), set()
        for row in self._rows:
            if row[columns.INPUT] in trained or row.get(columns.TRAINED):
                trained.add(row[columns.OUTPUT])
        for row in reversed(self._rows):
            value = row[columns.INPUT]
            if value in trained and row[columns.KIND] != columns.ADD:
                row[columns.NEEDED] = 2 if value in given else 1
                given.add(value)

    def _place_parameters(self) -> None:
        places: dict[tuple[str, str, str], Ints] = {}
        segments: list[tuple[int, int]] = []
        for trained in (1, 0):
            for owner, row in zip(self._owners, self._rows, strict=True):
                if row[columns.KIND] in (columns.RECURRENT, columns.DENSE) and row[columns.TRAINED] == trained:
                    row[columns.PARAMS] = self.parameters
                    size, arrays = _layout(row, self.cell, self.lanes)
                    for role, array in arrays.items():
                        places[(*owner, role)] = array + self.parameters
                        if trained:
                            start = self.parameters + int(array.min())
                            segments.append((start, self.parameters + int(array.max()) + 1))
                    self.parameters += size
            self.trained = self.trained or self.parameters
        self.segments = np.array(segments, np.int64)
        ordered = [places[_owner(path)] for path in weight_paths(self.spec)]
        self.shapes = [each.shape for each in ordered]
        self.places = np.concatenate([each.reshape(-1) for each in ordered])

    def pack(self, weights: Weights) -> Floats:
        """The parameters (parameters,) of one network."""
        packed = np.zeros(self.parameters, np.float32)
        packed[self.places] = np.concatenate([each.reshape(-1) for each in weights])
        return packed

    def unpack(self, parameters: Floats) -> Weights:
        """The weights of Keras in the parameters (parameters,) of one network."""
        ends = np.cumsum([prod(shape) for shape in self.shapes])[:-1]
        arrays = np.split(parameters[self.places], ends)
        return tuple(array.reshape(shape) for array, shape in zip(arrays, self.shapes, strict=True))


def _flat_layers(spec: NetworkSpec) -> list[LayerSpec]:
    """The layers, without their wrappers."""
    return [getattr(layer, "layer", layer) for layer, _ in spec.all_layers().values()]


def _layout(row: dict[int, int], cell: CellSizes, lanes: int) -> tuple[int, dict[str, Ints]]:
    """The number of parameters of an operation, and the places of its weight arrays among them."""
    features, units = row[columns.FEATURES], row[columns.UNITS]
    if row[columns.KIND] == columns.DENSE:
        depth, width = columns.dense_weights(features, units) if lanes == 1 else (features + 1, units)
        grid = np.arange(depth * width).reshape(depth, width)[:, :units]
        return depth * width, {"kernel": grid[:features], "bias": grid[features]}
    if lanes > 1:
        width = cell.gates * units
        grid = np.arange((features + units + cell.biases) * width).reshape(-1, width)
        arrays = {"kernel": grid[:features], "recurrent_kernel": grid[features : features + units]}
        return grid.size, arrays | {"bias": _bias(cell, list(grid[features + units :]))}
    depth, padded = columns.recurrent_weights(cell, features, units)
    grid = np.arange(depth * cell.columns * padded).reshape(depth, cell.columns, padded)[:, :, :units]
    inputs, states = (grid[:, list(each)].reshape(depth, cell.gates * units) for each in (cell.inputs, cell.states))
    arrays = {"kernel": inputs[padded : padded + features], "recurrent_kernel": states[:units]}
    biases = [inputs[padded + features], states[padded + features + cell.biases - 1]]
    return depth * cell.columns * padded, arrays | {"bias": _bias(cell, biases)}


def _bias(cell: CellSizes, rows: list[Ints]) -> Ints:
    """The places of the biases: (gates * units,), or (2, gates * units) with a second one for the states."""
    return rows[0] if cell.biases == 1 else np.stack(rows)


def _owner(path: str) -> tuple[str, str, str]:
    """Layer, direction and role of a weight array, from its path in Keras, such as body_1/lstm_cell/kernel."""
    *parts, role = path.split("/")
    layer = next(part for part in parts if part == "head" or part.startswith(("body_", "skip_")))
    inside = "".join(parts[parts.index(layer) + 1 :])
    direction = next((each for each in ("forward", "backward") if each in inside), "")
    return layer, direction, role
