"""The diagram of a network, compared with its spec."""

import subprocess
import sys
from xml.etree.ElementTree import fromstring

import pytest

from helpers.diagrams import BY_NAME, Diagram, draw
from seqframe.networks.spec import Dense as DenseLayer
from seqframe.networks.spec import LayerSpec, NetworkSpec
from seqframe.reporting.diagrams.svg import standalone

MODELS = [
    {},
    {"hidden_sizes": [16, 8], "cell": "gru", "dropout": 0.2},
    {"units": 3, "bidirectional": True, "cell": "simple_rnn"},
]
framings = pytest.mark.parametrize("name", BY_NAME)


def models_of(name: str) -> list[dict]:
    return MODELS[:2] if name == "stateful" else MODELS  # stateful is never bidirectional


@framings
def test_the_diagram_has_all_of_the_spec(name: str) -> None:
    for model in models_of(name):
        diagram = draw(name, lookback=5, features=3, targets=2, **model)
        layers = diagram.spec.layers().values()
        samples = 5 if name in ("one_to_one", "stateful") else 1
        assert len(diagram.of_class("input")) == samples * diagram.spec.input_shape[0]
        assert [part.get("data-output") for part in diagram.having("data-output")] == ["1", "2", "3", "4", "5"]
        counts = [layer.param_count(shape).value for layer, shape in layers]
        written = [part.text.split()[0] for part in diagram.of_class("count")]
        assert written == [str(count or "no") for count in counts]
        shapes = [str(shape) for _, shape in layers] + [str(diagram.spec.output_shape)]
        assert [part.text for part in diagram.of_class("shape")] == shapes
        kinds = "".join(part.text for part in diagram.of_class("kind"))
        assert kinds.replace(" ", "") == "".join(str(layer) for layer, _ in layers).replace(" ", "")


@framings
def test_it_has_a_title_and_a_description(name: str) -> None:
    diagram = draw(name)
    svg = diagram.tree
    named = [part.get("id") for part in diagram.having("id")]
    assert len(named) == len(set(named)) == 2
    assert [svg.get("aria-labelledby"), svg.get("aria-describedby")] == named
    assert f"Network of {name}" in svg.find("title").text
    for layer, _ in diagram.spec.layers().values():
        assert str(layer) in svg.find("desc").text
    assert diagram.svg == draw(name).svg, "the same bytes every time"
    others = {part.get("id") for name in BY_NAME for part in draw(name, features=2).having("id")}
    assert not others & set(named)


@pytest.mark.parametrize(
    ("name", "along", "state"),
    [
        ("one_to_one", 0, 0),
        ("many_to_one", 4, 0),
        ("many_to_many", 4, 0),
        ("one_step_vector", 0, 0),
        ("one_to_many", 4, 0),
        ("encoder_decoder", 8, 0),
        ("stateful", 0, 4),
        ("pyramid", 4 + 2, 0),
        ("dense", 0, 0),
    ],
)
def test_arrows_from_step_to_step(name: str, along: int, state: int) -> None:
    diagram = draw(name)
    assert (len(diagram.of_class("along")), len(diagram.of_class("state"))) == (along, state)


def test_a_bidirectional_layer_has_two_chains() -> None:
    assert len(draw("many_to_many", bidirectional=True).of_class("along")) == 8


@pytest.mark.parametrize(
    ("name", "model", "depends_on"),
    [
        ("one_to_one", {}, ["1", "2", "3", "4", "5"]),
        ("many_to_many", {}, ["1", "1 2", "1 2 3", "1 2 3 4", "1 2 3 4 5"]),
        ("many_to_many", {"bidirectional": True}, ["1 2 3 4 5"] * 5),
        ("stateful", {}, ["1", "1 2", "1 2 3", "1 2 3 4", "1 2 3 4 5"]),
        ("one_to_many", {}, ["1"] * 5),
        *((name, {}, ["1 2 3 4 5"] * 5) for name in ("many_to_one", "one_step_vector", "encoder_decoder", "dense")),
        ("pyramid", {"hidden_sizes": [8, 4, 3]}, ["1 2 3 4 5"] * 5),
    ],
)
def test_outputs_depend_on_inputs_by_paths(name: str, model: dict, depends_on: list[str]) -> None:
    assert [part.get("data-depends-on") for part in draw(name, **model).having("data-depends-on")] == depends_on


@pytest.mark.slow
@framings
def test_paths_agree_with_gradients(name: str) -> None:
    from seqframe.framings.causality import framing_dependency

    for model in models_of(name):
        diagram = draw(name, lookback=5, features=2, targets=1, **model)
        dependency = framing_dependency(diagram.spec, diagram.framing, diagram.inputs, diagram.targets)
        measured = [" ".join(str(step + 1) for step in line.nonzero()[0]) for line in dependency.depends_on]
        assert [part.get("data-depends-on") for part in diagram.having("data-depends-on")] == measured


@framings
def test_many_steps_are_truncated(name: str) -> None:
    diagram = draw(name, lookback=500, steps=24)
    assert len(diagram.svg) < 60_000
    assert float(diagram.tree.get("width")) < 900
    assert len(diagram.of_class("input")) <= 7
    last = diagram.targets[0]
    outputs = [part.get("data-output") for part in diagram.having("data-output")]
    assert outputs == ["1", "2", "3", "4", str(last - 1), str(last)]
    steps = {step for part in diagram.of_class("input") for step in part.get("data-input").split()}
    assert len(steps) == diagram.inputs[0], "an ellipsis has all of its steps"


def test_paths_pass_through_an_ellipsis() -> None:
    depends_on = {
        part.get("data-output"): part.get("data-depends-on").split()
        for part in draw("many_to_many", 40).having("data-depends-on")
    }
    assert depends_on["2"] == ["1", "2"]
    assert depends_on["40"] == [str(step) for step in range(1, 41)]


def test_pairs_stay_pairs_in_truncated_diagrams() -> None:
    for lookback in range(3, 40):
        diagram = draw("pyramid", lookback, hidden_sizes=[4, 3, 2])
        for part in diagram.having("data-depends-on"):
            assert len(part.get("data-depends-on").split()) == lookback


def test_a_layer_without_step_links_reads_all_steps() -> None:
    class LastStates(LayerSpec):
        def __str__(self) -> str:
            return "LastStates()"

        def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
            return (3, shape[1])

    spec = NetworkSpec("many_to_many", (7, 2), (LastStates(),), DenseLayer(1))
    diagram = Diagram(spec, BY_NAME["many_to_many"], (7, 2), (3, 1))
    assert [part.get("data-depends-on") for part in diagram.having("data-depends-on")] == ["1 2 3 4 5 6 7"] * 3


def test_a_standalone_diagram_has_its_style() -> None:
    svg = fromstring(standalone(draw("many_to_many").svg))
    assert svg.tag == "{http://www.w3.org/2000/svg}svg"
    assert svg.get("role") == "img"
    assert "prefers-color-scheme: dark" in svg.find("{*}style").text
    assert not [part for part in svg.iter() if "tabindex" in part.attrib]
    assert "style" not in svg.attrib, "a small image would be cut off"


def test_tensorflow_and_matplotlib_are_not_imported() -> None:
    code = "import sys, seqframe.reporting.diagrams; print('tensorflow' in sys.modules, 'matplotlib' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.split() == ["False", "False"]


def test_a_skip_connection_is_named_with_its_parameters() -> None:
    plain, skipping = (draw("many_to_one", 11, linear_skip=linear_skip).svg for linear_skip in (False, True))
    assert "skip" not in plain
    assert "132 of them in a linear skip connection" in skipping
    assert "A linear skip connection from the inputs is added" in skipping
