"""The drawn network, held against its plan."""

import subprocess
import sys
from xml.etree.ElementTree import fromstring

import pytest

from helpers.diagrams import BY_NAME, Drawn, draw
from seqframe.networks.spec import NO_PARAMS, NetworkSpec
from seqframe.networks.spec import Dense as DenseLayer
from seqframe.reporting.diagrams.svg import standalone

MODELS = [
    {},
    {"hidden_sizes": [16, 8], "cell": "gru", "dropout": 0.2},
    {"units": 3, "bidirectional": True, "cell": "simple_rnn"},
]
framings = pytest.mark.parametrize("name", BY_NAME)


def models_of(name: str) -> list[dict]:
    return MODELS[:2] if name == "stateful" else MODELS  # which reads forwards only


@framings
def test_all_of_the_plan_is_drawn(name: str) -> None:
    for model in models_of(name):
        drawn = draw(name, lookback=5, features=3, targets=2, **model)
        layers = drawn.spec.layers().values()
        samples = 5 if name in ("one_to_one", "stateful") else 1
        assert len(drawn.of_class("input")) == samples * drawn.spec.input_shape[0]
        assert [part.get("data-answer") for part in drawn.having("data-answer")] == ["1", "2", "3", "4", "5"]
        counts = [layer.param_count(shape).value for layer, shape in layers]
        written = [part.text.split()[0] for part in drawn.of_class("count")]
        assert written == [str(count or "no") for count in counts]
        shapes = [str(shape) for _, shape in layers] + [str(drawn.spec.head.output_shape(list(layers)[-1][1]))]
        assert [part.text for part in drawn.of_class("shape")] == shapes
        kinds = "".join(part.text for part in drawn.of_class("kind"))
        assert kinds.replace(" ", "") == "".join(layer.kind for layer, _ in layers).replace(" ", "")


@framings
def test_it_says_what_it_is(name: str) -> None:
    drawn = draw(name)
    svg = drawn.tree
    named = [part.get("id") for part in drawn.having("id")]
    assert len(named) == len(set(named)) == 2
    assert [svg.get("aria-labelledby"), svg.get("aria-describedby")] == named
    assert f"network of {name}" in svg.find("title").text
    for layer, _ in drawn.spec.layers().values():
        assert layer.kind in svg.find("desc").text
    assert drawn.svg == draw(name).svg, "the same every time"
    others = {part.get("id") for name in BY_NAME for part in draw(name, features=2).having("id")}
    assert not others & set(named)


@pytest.mark.parametrize(
    ("name", "along", "steps_per_sequence"),
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
def test_arrows_from_step_to_step(name: str, along: int, steps_per_sequence: int) -> None:
    drawn = draw(name)
    assert (len(drawn.of_class("along")), len(drawn.of_class("carried"))) == (along, steps_per_sequence)


def test_two_chains_where_it_reads_forwards_and_backwards() -> None:
    assert len(draw("many_to_many", bidirectional=True).of_class("along")) == 8


@pytest.mark.parametrize(
    ("name", "model", "sees"),
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
def test_what_is_linked_with_what(name: str, model: dict, sees: list[str]) -> None:
    assert [part.get("data-sees") for part in draw(name, **model).having("data-sees")] == sees


@pytest.mark.slow
@framings
def test_the_ways_drawn_are_those_that_gradients_find(name: str) -> None:
    from seqframe.networks.causality import measure_dependency

    for model in models_of(name):
        drawn = draw(name, lookback=5, features=2, targets=1, **model)
        flow = measure_dependency(drawn.spec, drawn.framing, drawn.inputs, drawn.targets)
        seen = [" ".join(str(step + 1) for step in line.nonzero()[0]) for line in flow.sees]
        assert [part.get("data-sees") for part in drawn.having("data-sees")] == seen


@framings
def test_many_steps_are_folded(name: str) -> None:
    drawn = draw(name, lookback=500, steps=24)
    assert len(drawn.svg) < 60_000
    assert float(drawn.tree.get("width")) < 900
    assert len(drawn.of_class("input")) <= 7
    last = drawn.targets[0]
    answers = [part.get("data-answer") for part in drawn.having("data-answer")]
    assert answers == ["1", "2", "3", "4", str(last - 1), str(last)]
    held = {step for part in drawn.of_class("input") for step in part.get("data-step").split()}
    assert len(held) == drawn.inputs[0], "an ellipsis says what it stands for"


def test_an_answer_beyond_the_ellipsis_sees_through_it() -> None:
    sees = {
        part.get("data-answer"): part.get("data-sees").split() for part in draw("many_to_many", 40).having("data-sees")
    }
    assert sees["2"] == ["1", "2"]
    assert sees["40"] == [str(step) for step in range(1, 41)]


def test_pairs_stay_pairs_where_steps_are_folded() -> None:
    for lookback in range(3, 40):
        drawn = draw("pyramid", lookback, layers=[4, 3, 2])
        for part in drawn.having("data-sees"):
            assert len(part.get("data-sees").split()) == lookback


def test_a_layer_that_nothing_is_known_of_reads_all() -> None:
    class LastStates:
        kind = "the last 3 states"

        def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
            return (3, shape[1])

        def param_count(self, shape: tuple[int, ...]):
            return NO_PARAMS

    spec = NetworkSpec("many_to_many", (7, 2), (LastStates(),), DenseLayer(1))
    drawn = Drawn(spec, BY_NAME["many_to_many"], (7, 2), (3, 1))
    assert [part.get("data-sees") for part in drawn.having("data-sees")] == ["1 2 3 4 5 6 7"] * 3


def test_alone_it_is_a_picture_with_its_style() -> None:
    svg = fromstring(standalone(draw("many_to_many").svg))
    assert svg.tag == "{http://www.w3.org/2000/svg}svg"
    assert svg.get("role") == "img"
    assert "prefers-color-scheme: dark" in svg.find("{*}style").text
    assert not [part for part in svg.iter() if "tabindex" in part.attrib]
    assert "style" not in svg.attrib, "it would be cut off where the image is small"


def test_it_loads_no_tensorflow() -> None:
    code = "import sys, seqframe.reporting.diagrams; print('tensorflow' in sys.modules, 'matplotlib' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.split() == ["False", "False"]
