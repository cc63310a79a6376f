"""The manual says what the code does."""

import re
from pathlib import Path

import numpy as np
import pytest

from conftest import ROOT
from seqframe.config import setting_names
from seqframe.errors import UserError
from seqframe.framings import FRAMINGS, Framing
from seqframe.framings.constraints import RECURSIVE_CONSTRAINTS
from test_layering import STOREYS
from tools.docs.drawings import draw_all
from tools.docs.examples import example_of
from tools.docs.flows import kept_flow, measure_flows, read_flows
from tools.docs.keras_code import write_keras, write_model
from tools.docs.limits import refused_by
from tools.docs.pages import MADE, OF_A_FRAMING, documents, make, refresh
from tools.docs.places import DOCS, fill_in, names_of
from tools.docs.settings_tables import describe_type, read_descriptions, settings_groups

every_framing = pytest.mark.parametrize("framing", FRAMINGS, ids=lambda framing: framing.name)


@pytest.mark.parametrize("document", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_what_comes_from_code_is_what_the_code_says(document: Path) -> None:
    text = document.read_text()
    assert refresh(text, document.parent) == text, "run `make docs`"


def test_pictures_are_what_the_code_draws() -> None:
    drawn = draw_all()
    assert {path.name for path in (DOCS / "pictures").glob("*.svg")} == {p.name for p in drawn if p.suffix == ".svg"}
    for path, text in drawn.items():
        assert path.read_text() == text, f"{path.name}: run `make docs`"


@every_framing
def test_every_framing_has_a_page_with_all_parts_and_words_of_a_human(framing: Framing) -> None:
    text = (DOCS / "framings" / f"{framing.name}.md").read_text()
    made = {f"{part} {framing.name}" for part in (*OF_A_FRAMING, "network")}
    assert made <= set(names_of(text, MADE))
    for heading in ("When to use it", "What to watch out for"):
        section = text.partition(f"## {heading}\n")[2].partition("\n## ")[0]
        assert len(section.split()) > 20, f"{framing.name}: nothing is said under {heading}"


@every_framing
def test_the_page_has_the_arithmetic_and_the_limits_of_the_framing(framing: Framing) -> None:
    text = (DOCS / "framings" / f"{framing.name}.md").read_text()
    spec = example_of(framing).spec
    for layer, shape in spec.layers().values():
        param_count = layer.param_count(shape)
        assert not param_count.value or f"`{param_count.numbers}` | {param_count.value} |" in text
    assert f"= {spec.parameters}**" in text
    constraints = (*framing.constraints, *RECURSIVE_CONSTRAINTS[: 1 if framing.recursive else 0])
    assert all(refused_by(limit) for limit in constraints), "give tools.docs.limits a trial that it refuses"
    assert all(refused_by(limit)[1].replace("|", "\\|") in text for limit in constraints)


def test_flows_are_those_of_the_framings_that_there_are() -> None:
    assert list(read_flows()) == [framing.name for framing in FRAMINGS], "run `make pictures`"
    for framing in FRAMINGS:
        kept, example = read_flows()[framing.name], example_of(framing)
        assert np.shape(kept["sees"]) == np.shape(kept["strength"]) == (example.targets[0], example.inputs[0])


@pytest.mark.slow
def test_flows_are_what_is_measured() -> None:
    for name, flow in measure_flows().items():
        kept = read_flows()[name]
        assert {**flow, "strength": None} == {**kept, "strength": None}, f"{name}: run `make pictures`"
        np.testing.assert_allclose(flow["strength"], kept["strength"], rtol=0.05)


@pytest.mark.slow
@every_framing
def test_the_same_in_plain_keras_runs_and_has_as_many_parameters(framing: Framing) -> None:
    import keras

    script = re.sub(
        r"epochs=\d+|range\(\d+\)", lambda found: re.sub(r"\d+", "2", found[0]), write_keras(example_of(framing))
    )
    made: dict[str, object] = {}
    exec(script, made)
    model, example = made["model"], example_of(framing)
    assert isinstance(model, keras.Model)
    assert model.count_params() == example.spec.parameters
    np.testing.assert_allclose(made["X"], example.X, atol=1e-6)
    np.testing.assert_allclose(made["y"], example.y, atol=1e-6)
    assert model.predict(made["X"], batch_size=1, verbose=0).shape == example.y.shape


def test_a_framing_that_was_not_measured_is_named() -> None:
    with pytest.raises(UserError, match="backwards, of which nothing is kept"):
        kept_flow("backwards")


def test_a_network_that_carries_its_state_says_so_in_keras() -> None:
    lines = {framing.name: "\n".join(write_model(example_of(framing).spec)) for framing in FRAMINGS}
    assert [name for name, code in lines.items() if "stateful=True" in code] == ["stateful"]


def test_the_reference_has_every_setting_once() -> None:
    text = (DOCS / "settings.md").read_text()
    assert sorted(re.findall(r"^\| `(\w+\.\w+)` \|", text, flags=re.MULTILINE)) == sorted(setting_names())


@pytest.mark.parametrize("group", settings_groups())
def test_every_setting_has_a_description(group: str) -> None:
    model = settings_groups()[group]
    assert set(read_descriptions(model)) == set(model.model_fields)


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        ({"type": "boolean"}, "`true` or `false`"),
        ({"enum": ["lstm", "gru"], "type": "string"}, "`lstm`, `gru`"),
        ({"type": "number", "minimum": 0, "exclusiveMaximum": 1}, "number at least 0 below 1"),
        ({"anyOf": [{"items": {"type": "integer", "minimum": 1}, "type": "array"}, {"type": "null"}]},
         "list of integers at least 1, or `null`"),
        ({"additionalProperties": {"type": "integer", "minimum": 1}, "type": "object"}, "by name: integer at least 1"),
    ],
)  # fmt: skip
def test_describe_type(schema: dict[str, object], text: str) -> None:
    assert describe_type(schema) == text


def test_places_are_filled_and_the_rest_is_left() -> None:
    text = "before\n<!-- made: a -->\nold\n<!-- end -->\nbetween\n<!-- figures: b -->\nkept\n<!-- end -->\nafter\n"
    filled = fill_in(text, "made", lambda name: f"new {name}")
    assert filled == text.replace("old\n", "\nnew a\n\n")
    assert fill_in(filled, "made", lambda name: f"new {name}") == filled
    assert fill_in(filled, "made", lambda name: None) == filled
    assert names_of(text, "figures") == ["b"]


@pytest.mark.parametrize("name", ["weather", "summary nobody", "answer Q99"])
def test_a_place_that_nothing_is_made_for_is_refused_in_one_line(name: str) -> None:
    with pytest.raises(UserError) as refused:
        make(name, DOCS)
    assert "\n" not in str(refused.value)
    assert name.rsplit(maxsplit=1)[-1] in str(refused.value)


def test_the_storeys_are_those_that_are_held() -> None:
    table = (DOCS / "architecture.md").read_text().partition("## The storeys")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| [\w ]+ \| (`.*?`) \|", table, flags=re.MULTILINE)
    assert [set(re.findall(r"`(\w+)`", row)) for row in rows] == STOREYS
