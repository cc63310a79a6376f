"""The documentation matches the code."""

import re
from pathlib import Path

import numpy as np
import pytest

from conftest import ROOT
from seqframe.config import setting_names
from seqframe.errors import UserError
from seqframe.framings import FRAMINGS, Framing
from tools.docs.dependencies import measure_dependencies, read_dependencies, stored_dependency
from tools.docs.diagrams import draw_all
from tools.docs.examples import find_example
from tools.docs.keras_code import model_code, script
from tools.docs.layers import tabulate_layers
from tools.docs.pages import FRAMING_PARTS, MADE, documents, make_part, refresh
from tools.docs.settings_tables import describe_type, read_descriptions, settings_groups
from tools.docs.templates import DOCS, fill_in, part_names
from tools.docs.unsupported import all_constraints, violating_case

every_framing = pytest.mark.parametrize("framing", FRAMINGS, ids=lambda framing: framing.name)


@pytest.mark.parametrize("document", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_generated_parts_are_up_to_date(document: Path) -> None:
    text = document.read_text()
    assert refresh(text, document.parent) == text, "run `make docs`"


def test_diagrams_are_up_to_date() -> None:
    diagrams = draw_all()
    assert {path.name for path in (DOCS / "pictures").glob("*.svg")} == {p.name for p in diagrams if p.suffix == ".svg"}
    for path, text in diagrams.items():
        assert path.read_text() == text, f"{path.name}: run `make docs`"


@every_framing
def test_every_framing_has_a_page_with_all_parts_and_written_sections(framing: Framing) -> None:
    text = (DOCS / "framings" / f"{framing.name}.md").read_text()
    made = {f"{part} {framing.name}" for part in (*FRAMING_PARTS, "network")}
    assert made <= set(part_names(text, MADE))
    for heading in ("When to use it", "What to watch out for"):
        section = text.partition(f"## {heading}\n")[2].partition("\n## ")[0]
        assert len(section.split()) > 20, f"{framing.name}: the section {heading} is missing or too short"


@every_framing
def test_the_page_has_the_formulas_and_the_constraints_of_the_framing(framing: Framing) -> None:
    text = (DOCS / "framings" / f"{framing.name}.md").read_text()
    spec = find_example(framing).spec
    for layer, shape in spec.layers().values():
        param_count = layer.param_count(shape)
        assert not param_count.value or f"`{param_count.substituted}` | {param_count.value} |" in text
    assert f"= {spec.parameters}**" in text
    for constraint in all_constraints(framing):
        case = violating_case(constraint)
        assert case, f"tools/docs/unsupported.py needs a case that violates {constraint.__name__}"
        assert case[1].replace("|", "\\|") in text


def test_the_dependency_of_every_framing_is_stored() -> None:
    assert list(read_dependencies()) == [framing.name for framing in FRAMINGS], "run `make pictures`"
    for framing in FRAMINGS:
        stored, example = read_dependencies()[framing.name], find_example(framing)
        assert np.shape(stored["depends_on"]) == np.shape(stored["strength"]) == (example.targets[0], example.inputs[0])


@pytest.mark.slow
def test_the_stored_dependencies_are_up_to_date() -> None:
    for name, measured in measure_dependencies().items():
        stored = read_dependencies()[name]
        assert {**measured, "strength": None} == {**stored, "strength": None}, f"{name}: run `make pictures`"
        np.testing.assert_allclose(measured["strength"], stored["strength"], rtol=0.05)


@pytest.mark.slow
@every_framing
def test_the_same_in_plain_keras_runs_and_has_as_many_parameters(framing: Framing) -> None:
    import keras

    code = re.sub(
        r"epochs=\d+|range\(\d+\)", lambda found: re.sub(r"\d+", "2", found[0]), script(find_example(framing))
    )
    namespace: dict[str, object] = {}
    exec(code, namespace)
    model, example = namespace["model"], find_example(framing)
    assert isinstance(model, keras.Model)
    assert model.count_params() == example.spec.parameters
    np.testing.assert_allclose(namespace["X"], example.X, atol=1e-6)
    np.testing.assert_allclose(namespace["y"], example.y, atol=1e-6)
    assert model.predict(namespace["X"], batch_size=1, verbose=0).shape == example.y.shape


def test_a_framing_that_was_not_measured_is_named() -> None:
    with pytest.raises(UserError, match="backwards, which is not measured"):
        stored_dependency("backwards")


def test_a_stateful_network_is_stateful_in_keras() -> None:
    lines = {framing.name: "\n".join(model_code(find_example(framing).spec)) for framing in FRAMINGS}
    assert [name for name, code in lines.items() if "stateful=True" in code] == ["stateful"]


def test_the_reference_has_every_setting_once() -> None:
    text = (DOCS / "settings.md").read_text()
    assert sorted(re.findall(r"^\| `([a-z]+\.[a-z][\w.]*)` \|", text, flags=re.MULTILINE)) == sorted(setting_names())


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


def test_generated_parts_are_replaced_and_the_rest_is_unchanged() -> None:
    text = "before\n<!-- made: a -->\nold\n<!-- end -->\nbetween\n<!-- figures: b -->\nother\n<!-- end -->\nafter\n"
    filled = fill_in(text, "made", lambda name: f"new {name}")
    assert filled == text.replace("old\n", "\nnew a\n\n")
    assert fill_in(filled, "made", lambda name: f"new {name}") == filled
    assert fill_in(filled, "made", lambda name: None) == filled
    assert part_names(text, "figures") == ["b"]


@pytest.mark.parametrize("name", ["weather", "summary nobody", "experiment Q99"])
def test_an_unknown_part_is_refused_in_one_line(name: str) -> None:
    with pytest.raises(UserError) as error:
        make_part(name, DOCS)
    assert "\n" not in str(error.value)
    assert name.rsplit(maxsplit=1)[-1] in str(error.value)


def test_the_layers_match_the_import_contract() -> None:
    assert "layers" in part_names((DOCS / "architecture.md").read_text(), MADE)
    rows = [line.strip("| ").split(" | ") for line in tabulate_layers().splitlines()[2:]]
    assert [row[1] for row in rows[:3]] == ["`__main__`", "`cli`", "`settings`"]
    assert {tuple(row[:2]) for row in rows[-2:]} == {("1", "`errors`"), ("1", "`completion`")}
    package = ROOT / "src" / "seqframe"
    modules = {path.stem for path in package.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert {row[1].strip("`") for row in rows} == modules - {"__init__"}
