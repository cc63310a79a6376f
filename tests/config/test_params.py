"""The quoting rule of `--params`, from text to settings and back."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqframe.config.commands import format_params
from seqframe.config.params import merge_settings, parse_params
from seqframe.config.params_file import read_params_file
from seqframe.errors import UserError

ODD_NAMES = ["pm2.5", "Sales, EUR", "a=b", "x[1]", "km/h", "y: z", "per%", "it's", "Größe", "2nd", "# a", "${a}", " x "]
TEXT = st.text(st.characters(exclude_categories=["Cs"])) | st.text("ab0.,='\"[]{} \\\\:#$%~\\n", max_size=8)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT
NAMES = TEXT.filter(bool)
VALUES = SCALARS | st.lists(SCALARS)


@settings(deadline=None)
@given(st.dictionaries(NAMES, st.dictionaries(NAMES, VALUES | st.dictionaries(NAMES, VALUES, min_size=1), min_size=1)))
def test_formatted_settings_are_parsed_to_the_same(groups: dict[str, Any]) -> None:
    assert parse_params(format_params(groups)) == groups


@pytest.mark.parametrize("name", ODD_NAMES)
def test_any_name_can_be_typed(name: str) -> None:
    quoted = "'" + name.replace("'", "''") + "'"
    assert parse_params(f"data.target={quoted},data.features=[{quoted}, x]") == {
        "data": {"target": name, "features": [name, "x"]}
    }


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("pm2.5", "pm2.5"),
        ("a=b", "a=b"),
        ("x[1]", "x[1]"),
        ("y: z", "y: z"),
        ("per%", "per%"),
        ("it's", "it's"),
        ("C:\\data\\my file.csv", "C:\\data\\my file.csv"),
        ("'C:\\new, old\\x.csv'", "C:\\new, old\\x.csv"),
        ("${oc.env:HOME}", "${oc.env:HOME}"),
        ("{{ x }}", "{{ x }}"),
        ("*x", "*x"),
        ("!!int 3", "!!int 3"),
        ("`ls`", "`ls`"),
        ("#1", "#1"),
        ("yes", "yes"),
        ("2017-10-24", "2017-10-24"),
        ("24:00", "24:00"),
        ("007", "007"),
        ("'3'", "3"),
        ("3", 3),
        ("-1e-3", -0.001),
        ("True", True),
        ("null", None),
        ("[]", []),
        ("[16, 8]", [16, 8]),
        ("['a, b',c d,1.5,null]", ["a, b", "c d", 1.5, None]),
        ('"it\'s ""it"""', 'it\'s "it"'),
        ("''", ""),
        (" x ", "x"),
        ("' x '", " x "),
    ],
)
def test_values(text: str, value: Any) -> None:
    parsed = parse_params(f"a.b={text},c=1")
    assert parsed == {"a": {"b": value}, "c": 1}
    assert type(parsed["a"]["b"]) is type(value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("training.learning_rate=0,05", "A decimal has a point: training.learning_rate=0.05."),
        ("data.target=Sales, EUR,training.epochs=3", "A text with a comma needs quotes: data.target='Sales, EUR'. "
         "A list needs brackets. Received: data.target=Sales, EUR"),
        ("training.epochs", "Settings are typed as name=value, separated by commas. Received: training.epochs"),
        ("a.b='x',training.epochs", "Settings are typed as name=value, separated by commas. Received: training.epochs"),
        ("a.b=", "`a.b` needs a value: null means none, '' is an empty text, and ',' a comma."),
        ("a.b='x", "The text of `a.b` needs a closing quote"),
        ("a.b=[x", "The list of `a.b` needs a closing bracket"),
        ("a.b=[x[1]]", "In the list of `a.b`, a text that has brackets or is empty needs quotes"),
        ("a.b='x'y", "ends at a comma"),
        ("a.b=1,a.b=2", "A setting is given once. Received: two values of `a.b`."),
        ("a=1,a.b=2", "A setting is given once."),
        ("a.b=1,a=2", "A setting is given once."),
        ("a.b=\ud800", "Settings must be text in UTF-8. Received: a.b=\\ud800."),
        ("=1", "A setting is named group.name"),
        ("a..b=1", "A setting is named group.name"),
        (f"{'a.' * 5000}b=1", "A setting is named group.name"),
    ],
)  # fmt: skip
def test_text_that_breaks_the_rule_is_one_line(text: str, message: str) -> None:
    with pytest.raises(UserError) as caught:
        parse_params(text)
    assert message in str(caught.value)
    assert len(str(caught.value)) <= 300


def test_later_layers_override_single_settings() -> None:
    layers: list[dict[str, Any]] = [{"a": {"b": 1, "c": {"d": 2}}}, {"a": {"c": 3}}, {"a": {"c": {"e": 4}}, "f": None}]
    assert merge_settings(*layers) == {"a": {"b": 1, "c": {"e": 4}}, "f": None}
    assert layers[0] == {"a": {"b": 1, "c": {"d": 2}}}, "the layers are unchanged"


def test_a_file_of_settings(tmp_path: Path) -> None:
    file = tmp_path / "my.yml"
    file.write_text(
        "training: {epochs: {dense: 3}, n_seeds: 1}\ndata.target: [pm2.5, 'Sales, EUR', 'it''s', '${a}']\n"
        "data:\n  path: C:\\x y.csv\n  season: '7'\nbacktest.end: 2017-10-24\ntask:\nmodel.hidden_sizes:\n"
        "data.categories: {pm2.5: [low]}\n"
    )
    assert read_params_file(str(file)) == {
        "training": {"epochs": {"dense": 3}, "n_seeds": 1},
        "data": {
            "target": ["pm2.5", "Sales, EUR", "it's", "${a}"],
            "path": "C:\\x y.csv",
            "season": "7",
            "categories": {"pm2.5": ["low"]},
        },
        "backtest": {"end": "2017-10-24"},
        "model": {"hidden_sizes": None},
    }


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", ""),
        ("a: [", "must name a YAML file. Received: "),
        ("a: 1\na: 2", "a is given twice, line 1"),
        ("a.b: 1\na: {b: 2}", "A setting is given once. Received: two values of `a.b`."),
        ("- 3", "must hold settings, such as training.epochs: 300. Received: "),
        ("3: 4", "The name of a setting in `--params-file` must be text. Received: 3."),
        ("&a {b: *a}", "A setting is named group.name"),
        ("a: !!int x", "must name a YAML file"),
        ("a: !!python/name:os.system ''", "must name a YAML file"),
        (b"a: \xff", "must name a YAML file"),
        (b"a: \x00", "must name a YAML file"),
    ],
)
def test_a_wrong_file_is_one_line(tmp_path: Path, content: str | bytes, message: str) -> None:
    file = tmp_path / "my.yml"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    if not content:
        assert read_params_file(str(file)) == {}
        return
    with pytest.raises(UserError) as caught:
        read_params_file(str(file))
    assert message in str(caught.value)


def test_a_missing_file_and_a_folder_are_one_line(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.yml", "\0"):
        with pytest.raises(UserError, match="`--params-file` must name a"):
            read_params_file(str(path))


@pytest.mark.parametrize(
    "text",
    [
        "sweep.space.model.units=[2,3],sweep.space.model.dropout.low=0.0,sweep.space.model.dropout.high=0.5",
        "sweep.space.'model.units'=[2,3],sweep.space.'model.dropout'.low=0.0,sweep.space.model.dropout.high=0.5",
    ],
)
def test_names_in_a_search_space_are_names_of_settings(text: str) -> None:
    parsed = parse_params(text)
    assert parsed == {"sweep": {"space": {"model.units": [2, 3], "model.dropout": {"low": 0.0, "high": 0.5}}}}
    assert parse_params(format_params(parsed)) == parsed
    assert merge_settings({"sweep": {"space": {"model.cell": ["gru"]}, "seed": 1}}, parsed)["sweep"]["seed"] == 1
    assert merge_settings({"sweep": {"space": {"model.cell": ["gru"]}}}, parsed) == parsed
