"""The reference of the settings, from their types, their docstrings and the numbers in `conf/`."""

import inspect
import re
from typing import Any

import pandas as pd
from pydantic import BaseModel

from seqframe.config import Settings
from seqframe.reporting.tables import markdown_table
from tools.docs.examples import read_conf

PLAIN = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "`true` or `false`",
    "null": "`null`",
}
BOUNDS = {"minimum": "from", "exclusiveMinimum": "above", "maximum": "up to", "exclusiveMaximum": "below"}


def tabulate_settings(group: str) -> str:
    """Every setting of a group: what may be given, what stands in `conf/`, what it means."""
    model = groups()[group]
    schema, meanings = model.model_json_schema(), read_meanings(model)
    base, tables = read_conf("base")[group], read_conf("tables").get(group, {})
    lines = [
        {
            "setting": f"`{group}.{name}`",
            "may be": describe(schema["properties"][name]),
            "default": _write(base[name]),
            "for tables": _write(tables[name]) if name in tables else "",
            "what it is": meanings[name],
        }
        for name in model.model_fields
    ]
    table = pd.DataFrame(lines)
    return markdown_table(table if table["for tables"].any() else table.drop(columns="for tables"))


def groups() -> dict[str, type[BaseModel]]:
    """The groups of settings by name, in the order in which they stand in `conf/`."""
    return {name: _model(field.annotation) for name, field in Settings.model_fields.items()}


def _model(annotation: Any) -> type[BaseModel]:
    assert isinstance(annotation, type) and issubclass(annotation, BaseModel)  # noqa: PT018
    return annotation


def read_meanings(model: type[BaseModel]) -> dict[str, str]:
    """What the docstring of a group says of each setting, a paragraph each, beginning with a capital."""
    _, _, attributes = inspect.cleandoc(str(model.__doc__)).partition("Attributes:\n")
    found = re.findall(r"^    (\w+): (.*(?:\n {8}.*)*)", attributes, flags=re.MULTILINE)
    return {name: re.sub(r"\s+", " ", text[0].upper() + text[1:]) for name, text in found}


def describe(schema: dict[str, Any]) -> str:
    """A JSON schema in words.

    >>> describe({"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}]})
    'whole number from 1, or `null`'
    """
    if "anyOf" in schema:
        return ", or ".join(describe(each) for each in schema["anyOf"])
    if "const" in schema or "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema.get("enum", [schema.get("const")]))
    if schema["type"] == "array":
        kind, *bounds = _words(schema["items"])
        return " ".join([f"list of {kind}s", *bounds])
    if schema["type"] == "object":
        return f"by name: {describe(schema['additionalProperties'])}"
    return " ".join(_words(schema))


def _words(schema: dict[str, Any]) -> list[str]:
    """The kind of a plain value, and its bounds."""
    return [PLAIN[schema["type"]], *(f"{word} {schema[key]:,}" for key, word in BOUNDS.items() if key in schema)]


def _write(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"`{name}`: {each}" for name, each in value.items())
    return f"`{'null' if value is None else str(value).lower() if isinstance(value, bool) else value}`"
