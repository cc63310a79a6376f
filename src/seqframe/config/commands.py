"""Commands of `kedro run` that can be typed as they are printed: real values, quoted for the shell where needed."""

import re
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from seqframe.config.schema import DataSettings

SPECIAL_CHARACTERS = set(",[]{}'\"")  # of --params: text with one of them is quoted
GENERATED = {"generator", "sequence_length", "n_train", "n_test", "delay", "period", "noise", "seed"}
PREPARATION = {"scaler", "scale_per_series", "transform", "calendar"}
QUOTED = r"'(?:[^']|'')*'|\"(?:[^\"\\]|\\.)*\""
LISTED = rf"\[(?:{QUOTED}|[^\]'\"])*\]|\[[^\]]*\]"
ITEM = re.compile(rf"\s*([^=,]+=(?:(?:{QUOTED}|{LISTED})(?=\s*(?:,|$))|[^,]*))(?:,|$)")


def split_params(text: str) -> list[str]:
    """The settings in the text of `--params`; commas in brackets and in quoted text do not separate settings.

    >>> split_params("data.target=[a,b],data.path='x, y.csv'")
    ['data.target=[a,b]', "data.path='x, y.csv'"]
    """
    items, position = [], 0
    while position < len(text):
        match = ITEM.match(text, position)
        if match is None:
            return [item.strip() for item in text.split(",")]
        items.append(match[1].strip())
        position = match.end()
    return items


def format_value(value: Any) -> str:
    """A value in the syntax of `--params`, which is YAML's.

    >>> format_value(["a", "b, c", None, 1e-3])
    "[a,'b, c',null,0.001]"
    """
    if isinstance(value, list):
        return f"[{','.join(map(format_value, value))}]"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    text = str(value)
    if isinstance(value, str) and (SPECIAL_CHARACTERS & set(text) or not _is_plain(text)):
        return "'" + text.replace("'", "''") + "'"
    return text


def format_params(parameters: Mapping[str, Any]) -> str:
    """Nested parameters as the text of `--params`.

    >>> format_params({"training": {"epochs": 3}, "data": {"path": "x.csv"}})
    'training.epochs=3,data.path=x.csv'
    """
    return ",".join(f"{name}={format_value(value)}" for name, value in _flatten(parameters))


def run_command(pipeline: str, parameters: Mapping[str, Any]) -> str:
    """The command that runs a pipeline with these parameters.

    >>> run_command("predict", {"data": {"path": "my sales.csv"}})
    "kedro run --pipeline=predict --params 'data.path=my sales.csv'"
    """
    params = format_params(parameters)
    return f"kedro run --pipeline={pipeline}" + (f" --params {shlex.quote(params)}" if params else "")


def table_parameters(data: DataSettings) -> dict[str, dict[str, Any]]:
    """The path of the table and the roles of its columns, as parameters: settings that differ from their default."""
    return {"data": data.model_dump(exclude_defaults=True, exclude=GENERATED | PREPARATION)}


def _is_plain(text: str) -> bool:
    """Whether YAML reads the text without quotes as this text, also in a list."""
    try:
        read = OmegaConf.to_container(OmegaConf.from_dotlist([f"alone={text}", f"listed=[{text}]"]))
    except (YAMLError, OmegaConfBaseException):
        return False
    return bool(read == {"alone": text, "listed": [text]})


def _flatten(parameters: Mapping[str, Any], group: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in parameters.items():
        if isinstance(value, Mapping):
            yield from _flatten(value, f"{group}{name}.")
        else:
            yield group + name, value
