"""Random settings, typed after `--params`: each is parsed, merged with `conf/` and checked."""

from collections.abc import Callable
from functools import cache
from random import Random
from typing import Any

import click

from seqframe import cli
from seqframe.config import PROJECT_ROOT, Settings, parse_settings, setting_names
from seqframe.config.commands import format_params
from seqframe.errors import UserError
from seqframe.settings import CONFIG_LOADER_ARGS, LayeredConfigLoader
from tests.fuzz.outcomes import Outcome, refused

ODD_WORDS = r"""
` [ ] [] [[]] [[] {} {a:1} {{x}} * *x & &a ! !! !!int !!python/name:os.system % @ | > ' '' ''' " "" \ # $ ~ ?
??? ${oc.env:HOME} ${training.epochs} ${ ${} ${a:b} \${x} ${${x}} 0,05 1.5 1e3 1e-3 1e999 -1 0 -0 +5 007 0x1f
1_000 .inf -.inf .nan nan inf true True yes no on null None '3' 'null' 2024 2017-10-24 24:00 C:\data\x.csv
Größe it's per% x[1] a=b km/h [1,2 1] ['a] [a,,b]
"""
ODD_VALUES = (
    *ODD_WORDS.split(),
    *("", " ", "y: z", "a # b", "Sales, EUR", "- x", "\x00", "\x1b[31mred\x1b[0m", "\r", "\n", "\t", "\x85", "\u2028"),
    *(
        "\u202eabc",
        "\ufeff",
        "\ud800",
        "9" * 500,
        "9" * 5000,
        "x" * 5000,
        "[" * 2000,
        "{" * 2000,
        "'" * 2001,
        "a." * 2000,
    ),
    f"[{'1,' * 2000}1]",
)
ODD_LETTERS = "ab01.,='\"[]{}()<>:;#$%&*!|\\/`~^?@ \t\n\x00\x1b-+_äé\u3000"
MOST_LETTERS = 300  # of a message


def make_text(random: Random) -> tuple[str, dict[str, Any] | None]:
    """The text of `--params`, and the settings that it must mean; None if it need not mean any."""
    if random.random() < 0.4:
        settings = _typed_settings(random)
        text = format_params(settings)
        return text, settings if _is_utf8(text) else None
    items = [f"{_name(random)}{_sign(random)}{_value(random)}" for _ in range(random.choice((1, 1, 1, 2, 3)))]
    text = ",".join(items)
    if random.random() < 0.2:
        text = _damage(random, text)
    return text, None


def check_text(text: str, expected: dict[str, Any] | None) -> Outcome:
    """Read the text as a command does.

    Raises:
        AssertionError: It is understood wrongly, or its message is not one short line.
    """
    try:
        params = cli.run.make_context("run", [f"--params={text}"]).params["params"]
    except click.ClickException as error:
        if expected is not None:
            raise AssertionError(f"settings that were formatted are refused: {error.message}") from None
        return refused(error.message, MOST_LETTERS)
    assert expected is None or params == expected, f"read as {params}"
    loader = LayeredConfigLoader(str(PROJECT_ROOT / "conf"), runtime_params=params, **CONFIG_LOADER_ARGS)
    try:
        parameters = loader["parameters"]
        _check_contained(params, parameters)
        settings = parse_settings(parameters)
    except UserError as error:
        return refused(str(error), MOST_LETTERS)
    _check_contained(params, settings.model_dump())
    return Outcome.READ


def _check_contained(params: Any, merged: Any) -> None:
    """Every value in `--params` has arrived as it was typed; a whole number may have become a name."""
    if isinstance(params, dict):
        for name, value in params.items():
            _check_contained(value, merged[name])
    elif isinstance(params, list) and isinstance(merged, list):
        for value, other in zip(params, merged, strict=True):
            _check_contained(value, other)
    else:
        same = params == merged or str(params) == str(merged)
        assert same, f"{params!r} became {merged!r}"


def _name(random: Random) -> str:
    name = random.choice(setting_names())
    return random.choices((name, _damage(random, name), _letters(random)), (8, 2, 1))[0]


def _is_utf8(text: str) -> bool:
    return not any(0xD800 <= ord(letter) < 0xE000 for letter in text)


def _sign(random: Random) -> str:
    return random.choices(("=", " = ", "", ":", "=="), (20, 2, 1, 1, 1))[0]


def _value(random: Random) -> str:
    kinds = (lambda: random.choice(ODD_VALUES), lambda: _letters(random), lambda: str(_scalar(random)))
    value = random.choices(kinds, (6, 2, 2))[0]()
    wrappings = ("{}", "'{}'", '"{}"', "[{}]", "['{}',b]", "[{},{}]")
    return random.choices(wrappings, (10, 1, 1, 1, 1, 1))[0].replace("{}", value)


def _letters(random: Random) -> str:
    return "".join(random.choices(ODD_LETTERS, k=random.randint(0, 12)))


def _damage(random: Random, text: str) -> str:
    place = random.randint(0, len(text))
    return text[:place] + random.choice(("", random.choice(ODD_LETTERS))) + text[place + random.randint(0, 2) :]


def _scalar(random: Random) -> Any:
    number = random.choice((random.randint(-5, 400), random.uniform(-1, 2), 10.0 ** random.randint(-20, 20)))
    return random.choice((number, None, True, False, random.choice(ODD_VALUES), _letters(random)))


def _typed_settings(random: Random) -> dict[str, Any]:
    """Settings with random values, many of the right type."""
    settings: dict[str, dict[str, Any]] = {}
    make = random.choice((_any_value, _right_value))
    for name in random.sample([name for name in setting_names() if name.count(".") == 1], random.randint(1, 4)):
        group, _, leaf = name.partition(".")
        settings.setdefault(group, {})[leaf] = make(random, _schemas()[group][leaf])
    return settings


def _any_value(random: Random, schema: dict[str, Any]) -> Any:
    values = [_scalar(random) for _ in range(random.randint(0, 3))]
    return random.choice((_scalar(random), values))


def _right_value(random: Random, schema: dict[str, Any]) -> Any:
    """A value that the JSON schema allows."""
    schema = _resolve(random.choice(schema.get("anyOf", [schema])))
    if "enum" in schema or "const" in schema:
        return random.choice(schema.get("enum", [schema.get("const")]))
    makers: dict[str, Callable[[], Any]] = {
        "null": lambda: None,
        "boolean": lambda: random.random() < 0.5,
        "integer": lambda: random.randint(schema.get("minimum", -9), 50),
        "number": lambda: round(random.uniform(0.01, 0.99), random.randint(2, 17)),
        "string": lambda: random.choice(("Q3", random.choice(ODD_VALUES), _letters(random))),
        "array": lambda: [_right_value(random, schema["items"]) for _ in range(random.randint(1, 3))],
        "object": lambda: _right_mapping(random, schema),
    }
    return makers[schema["type"]]() if "type" in schema else _scalar(random)  # any value is right


def _right_mapping(random: Random, schema: dict[str, Any]) -> dict[str, Any]:
    """Values by name: the named ones of a group inside a group, or one value."""
    if "properties" in schema:
        return {name: _right_value(random, each) for name, each in schema["properties"].items()}
    return {random.choice(("default", "model.units")): _right_value(random, schema["additionalProperties"])}


def _resolve(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of a group inside a group, where the schema names it."""
    reference = schema.get("$ref", "").rpartition("/")[2]
    return _definitions()[reference] if reference else schema


@cache
def _schemas() -> dict[str, Any]:
    """The JSON schemas of all settings, by group and name."""
    groups: dict[str, Any] = {name: field.annotation for name, field in Settings.model_fields.items()}
    return {name: model.model_json_schema()["properties"] for name, model in groups.items()}


@cache
def _definitions() -> dict[str, Any]:
    """The JSON schemas of groups inside groups, by name."""
    groups = [field.annotation for field in Settings.model_fields.values()]
    return {name: each for group in groups for name, each in group.model_json_schema().get("$defs", {}).items()}
