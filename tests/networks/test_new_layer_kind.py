"""A new layer kind is one class: nothing else changes to build, count, print and draw it."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from helpers.diagrams import BY_NAME, Diagram
from seqframe.framings.causality import framing_dependency
from seqframe.networks import layers
from seqframe.networks.backend import keras
from seqframe.networks.build import build_model, build_network, export_keras, predict
from seqframe.networks.recurrent_layers import LSTM, Bidirectional
from seqframe.networks.spec import Dense as DenseSpec
from seqframe.networks.spec import LayerSpec, NetworkSpec, ParamCount, Shape, TimeDistributed
from tools.docs.keras_code import model_code


@dataclass(frozen=True)
class LayerNormalization(LayerSpec):
    step_links = "same"
    epsilon: float = 1e-3

    def param_count(self, shape: Shape) -> ParamCount:
        return ParamCount("2 * features", f"2 * {shape[-1]}", 2 * shape[-1])


@dataclass(frozen=True)
class GaussianNoise(LayerSpec):
    stddev: float


@dataclass(frozen=True)
class Conv1D(LayerSpec):
    filters: int
    kernel_size: int
    padding: str = "valid"

    def output_shape(self, shape: Shape) -> Shape:
        steps = shape[0] - self.kernel_size + 1 if self.padding == "valid" else shape[0]
        return (steps, self.filters)

    def param_count(self, shape: Shape) -> ParamCount:
        size, inputs, outputs = self.kernel_size, shape[-1], self.filters
        return ParamCount(
            "(size * inputs + 1) * outputs",
            f"({size} * {inputs} + 1) * {outputs}",
            (size * inputs + 1) * outputs,
        )


NEW = {  # code, label, parameters on (7, 4)
    LayerNormalization(): ("LayerNormalization()", "LN", 8),
    LayerNormalization(epsilon=0.01): ("LayerNormalization(epsilon=0.01)", "LN", 8),
    GaussianNoise(0.1): ("GaussianNoise(0.1)", "GN", 0),
    Conv1D(5, 3, padding="causal"): ('Conv1D(5, 3, padding="causal")', "Conv1D", 65),
    TimeDistributed(LayerNormalization()): ("TimeDistributed(LayerNormalization())", "LN", 8),
}
every_new_kind = pytest.mark.parametrize("layer", NEW, ids=str)


def spec_with(layer: LayerSpec) -> NetworkSpec:
    body = (LSTM(4, return_sequences=True), layer)
    return NetworkSpec("many_to_many", (7, 3), body, TimeDistributed(DenseSpec(1)))


@every_new_kind
def test_it_is_built_and_counted(layer: LayerSpec) -> None:
    spec = spec_with(layer)
    network, counts = build_network(spec, seed=3)
    assert counts["body_2"] == NEW[layer][2]
    X = np.random.default_rng(0).normal(size=(2, 7, 3)).astype(np.float32)
    assert predict(network, X).shape == (2, 7, 1)
    assert type(export_keras(network).layers[1]) is getattr(keras.layers, type(layer).__name__)
    again, _ = build_network(spec, seed=3)
    other, _ = build_network(spec, seed=4)
    assert all((one == two).all() for one, two in zip(network.weights, again.weights, strict=True))
    assert any((one != two).any() for one, two in zip(network.weights, other.weights, strict=True))


def test_its_random_initializers_are_seeded() -> None:
    spec = spec_with(Conv1D(5, 3, padding="same"))
    kernels = [build_model(spec, seed).get_layer("body_2").get_weights()[0] for seed in (1, 1, 2)]
    assert (kernels[0] == kernels[1]).all()
    assert (kernels[0] != kernels[2]).any()


@every_new_kind
def test_its_code_is_printed(layer: LayerSpec) -> None:
    code = NEW[layer][0]
    assert str(layer) == code
    lines = model_code(spec_with(layer))
    assert lines[-2].startswith("model.add(layers.")
    assert lines[-2].replace("layers.", "") == f"model.add({code})"


@every_new_kind
def test_it_is_in_the_diagram(layer: LayerSpec) -> None:
    diagram = Diagram(spec_with(layer), BY_NAME["many_to_many"], (7, 3), (7, 1))
    code, label, parameters = NEW[layer]
    kind = "weighted" if parameters else "plain"
    assert label in [node.find("text").text for node in diagram.of_class(kind)]
    assert code.replace(" ", "") in "".join(part.text for part in diagram.of_class("kind")).replace(" ", "")
    assert code in diagram.tree.find("desc").text


@pytest.mark.parametrize("links", ["all", "same"])
def test_its_paths_contain_the_measured_dependency(links: str) -> None:
    """By default, a diagram assumes that every output depends on every input."""
    kind = dataclass(frozen=True)(type("LayerNormalization", (LayerNormalization,), {"step_links": links}))
    spec = replace(spec_with(LayerNormalization()), body=(LSTM(4, return_sequences=True), kind()))
    diagram = Diagram(spec, BY_NAME["many_to_many"], (7, 3), (7, 1))
    measured = framing_dependency(spec, diagram.framing, diagram.inputs, diagram.targets).depends_on
    paths = np.zeros((7, 7), bool)
    for output, part in enumerate(diagram.having("data-depends-on")):
        paths[output, [int(step) - 1 for step in part.get("data-depends-on").split()]] = True
    assert (measured <= paths).all()
    assert (paths == (measured if links == "same" else True)).all()


def test_a_layer_inside_a_layer_is_built_with_its_own_seed() -> None:
    spec = NetworkSpec("many_to_one", (9, 3), (Bidirectional(LSTM(4)),), DenseSpec(1))
    layer = build_model(spec, seed=1, layer_module=layers).get_layer("body_1")
    forward, backward = layer.forward_layer.get_weights(), layer.backward_layer.get_weights()
    assert (forward[0] != backward[0]).any()
    assert type(layer.forward_layer) is type(layer.backward_layer) is layers.LSTM
    assert layer.backward_layer.go_backwards
