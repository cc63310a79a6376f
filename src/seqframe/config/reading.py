"""From plain parameters to typed settings, and from what is wrong with them to one line."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError

from seqframe.config.groups import Settings
from seqframe.errors import UserError


def read_settings(parameters: Mapping[str, Any]) -> Settings:
    """Type the parameters.

    Raises:
        UserError: One line on the first unknown name or bad value.
    """
    try:
        return Settings.model_validate(dict(parameters))
    except ValidationError as error:
        raise UserError(_one_line(error)) from None


def known_names() -> list[str]:
    """Every setting's full name, such as `training.epochs`."""
    return list(_names(Settings))


def _names(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _names(field.annotation, f"{prefix}{name}.")
        else:
            yield prefix + name


def _one_line(error: ValidationError) -> str:
    problems = error.errors(include_url=False)
    first = next((problem for problem in problems if problem["type"] == "extra_forbidden"), problems[0])
    place, value = first["loc"], first["input"]
    if first["type"] == "extra_forbidden":
        if isinstance(value, Mapping) and value:  # a misspelt group: name the first setting in it
            place = (*place, next(iter(value)))
        return _unknown(".".join(map(str, place)))
    if first["type"] == "value_error":
        reason = str(first["ctx"]["error"])
        return f"{reason[0].upper()}{reason[1:]}."
    name = ".".join(map(str, place[:2]))  # deeper parts name the branches of a union
    if first["type"] == "missing":
        return f"The setting `{name}` is missing. Write it into conf/base/parameters.yml, or type --params {name}=…"
    rules = [problem["msg"].removeprefix("Input should be ") for problem in problems if problem["loc"][:2] == place[:2]]
    return f"`{name}` must be {' or '.join(dict.fromkeys(rules))}. Received: {value!r}."


def _unknown(name: str) -> str:
    names = known_names()
    by_leaf = {known.rpartition(".")[2]: known for known in names}
    leaf = name.rpartition(".")[2]
    near = [by_leaf[leaf]] if leaf in by_leaf else get_close_matches(name, names, n=1)
    near = near or [by_leaf[like] for like in get_close_matches(leaf, by_leaf, n=1)]
    hint = f"Did you mean `{near[0]}`?" if near else f"Known settings: {', '.join(names)}."
    return f"Unknown setting `{name}`. {hint}"
