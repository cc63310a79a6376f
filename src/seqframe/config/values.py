"""What a setting may be, in plain words, from its type."""

import re
from typing import Any

from seqframe.config.params import DECIMAL_COMMA
from seqframe.errors import join_words, shorten

NOUNS = {  # a JSON type: one value, and several
    "string": ("text", "texts"),
    "integer": ("a whole number", "whole numbers"),
    "number": ("a number", "numbers"),
    "boolean": ("true or false", "booleans"),
    "null": ("null", "nulls"),
}
LARGEST_INTEGER = 10**15  # NumPy takes it, and messages can show it
BOUNDS = {"minimum": ">=", "exclusiveMinimum": ">", "maximum": "<=", "exclusiveMaximum": "<"}


def describe_type(schema: dict[str, Any]) -> str:
    """The values that a JSON schema allows.

    >>> describe_type({"anyOf": [{"type": "integer", "minimum": 1}, {"const": "full"}, {"type": "null"}]})
    'a whole number >= 1, full or null'
    """
    return join_words(_alternatives(schema))


def explain_value(schema: dict[str, Any], value: Any) -> str:
    """How to type a value of the wrong type, or nothing: a sentence with a space before it.

    >>> explain_value({"type": "number"}, "0,05")
    ' A decimal has a point: 0.05.'
    """
    free = [each for each in schema.get("anyOf", [schema]) if not each.keys() & {"const", "enum"}]
    types = {each.get("type") for each in free}
    if isinstance(value, str) and types & {"integer", "number"}:
        if DECIMAL_COMMA.fullmatch(value):
            return f" A decimal has a point: {value.replace(',', '.')}."
        if re.fullmatch(r"[-+]?[0-9.]+", value):
            return " A number has no quotes."
    if isinstance(value, int) and value > LARGEST_INTEGER and "integer" in types:
        return " Whole numbers are at most 1e15."
    if isinstance(value, int | float) and "string" in types:
        return f" Text that looks like a number needs quotes: '{shorten(str(value))}'."
    return ""


def _alternatives(schema: dict[str, Any]) -> list[str]:
    if "anyOf" in schema:
        return [text for each in schema["anyOf"] for text in _alternatives(each)]
    if "enum" in schema or "const" in schema:
        return [str(value) for value in schema.get("enum", [schema.get("const")])]
    if "description" in schema:
        return [str(schema["description"])]
    if schema["type"] == "array":
        return [f"a list of {_bounded(schema['items'], several=True)}"]
    if schema["type"] == "object":
        return ["values by name"]
    return [_bounded(schema)]


def _bounded(schema: dict[str, Any], several: bool = False) -> str:
    """A plain type with its bounds."""
    if "type" not in schema:
        return "values"
    if schema.get("maxLength") == 1:
        return "one character"
    bounds = " and ".join(f"{sign} {schema[key]}" for key, sign in BOUNDS.items() if key in schema)
    return " ".join(filter(None, (NOUNS[schema["type"]][several], bounds)))
