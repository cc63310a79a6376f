"""Commands of `kedro run` that can be typed as they are printed: real values, quoted for the shell where needed."""

import shlex
from collections.abc import Mapping
from typing import Any

from seqframe.config.data_settings import DataSettings
from seqframe.config.params import flatten_settings, format_name, format_value

SPECIAL_IN_SHELLS = set('"$`\\!')  # in double quotes
GENERATED = {"generator", "sequence_length", "n_train", "n_test", "delay", "period", "noise", "seed"}
PREPARATION = {"scaler", "scale_per_series", "transform", "calendar", "covariates"}


def format_params(parameters: Mapping[str, Any]) -> str:
    """Nested parameters as the text of `--params`.

    >>> format_params({"training": {"epochs": 3}, "data": {"path": "x.csv"}})
    'training.epochs=3,data.path=x.csv'
    """
    return ",".join(f"{format_name(parts)}={format_value(value)}" for parts, value in flatten_settings(parameters))


def quote_for_shell(text: str) -> str:
    """A word of a command; text with single quotes is in double quotes if nothing in it has a meaning there.

    >>> print(quote_for_shell("data.target='Sales, EUR'"))
    "data.target='Sales, EUR'"
    """
    return f'"{text}"' if "'" in text and not SPECIAL_IN_SHELLS & set(text) else shlex.quote(text)


def run_command(pipeline: str, parameters: Mapping[str, Any]) -> str:
    """The command that runs a pipeline with these parameters.

    >>> run_command("predict", {"data": {"path": "my sales.csv"}})
    "kedro run --pipeline=predict --params 'data.path=my sales.csv'"
    """
    params = format_params(parameters)
    return f"kedro run --pipeline={pipeline}" + (f" --params {quote_for_shell(params)}" if params else "")


def table_parameters(data: DataSettings) -> dict[str, dict[str, Any]]:
    """The path of the table and the roles of its columns, as parameters: settings that differ from their default."""
    return {"data": data.model_dump(exclude_defaults=True, exclude=GENERATED | PREPARATION)}
