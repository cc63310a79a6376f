"""Typed settings from plain parameters, and one-line messages for settings that are wrong."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError

from seqframe.config.schema import Settings
from seqframe.errors import UserError

RENAMED_GROUPS = {"problem": "data", "answers": "experiments"}
RENAMED = {  # former name -> present name
    "problem.kind": "data.generator",
    "problem.length": "data.sequence_length",
    "problem.sequences": "data.n_train",
    "problem.unseen": "data.n_test",
    "problem.table": "data.path",
    "problem.time": "data.time_column",
    "problem.series": "data.id_column",
    "problem.known": "data.future_covariates",
    "problem.unfold": "data.wide_columns",
    "problem.scaling": "data.scaler",
    "problem.scale_by_series": "data.scale_per_series",
    "task.normalise": "task.instance_norm",
    "task.allow_future": "task.allow_leakage",
    "model.layers": "model.hidden_sizes",
    "training.schedule": "training.lr_schedule",
    "training.seeds": "training.n_seeds",
    "training.checkpoint_s": "training.checkpoint_every_s",
    "backtest.folds": "backtest.n_folds",
    "backtest.validation": "backtest.val_size",
    "backtest.test": "backtest.test_size",
    "backtest.confidence": "backtest.interval_level",
    "backtest.keep": "backtest.refit",
    "answers.seeds": "experiments.n_seeds",
}


def parse_settings(parameters: Mapping[str, Any]) -> Settings:
    """Convert plain parameters to typed settings.

    Raises:
        UserError: A name is unknown or a value is invalid; one line on the first of them.
    """
    try:
        return Settings.model_validate(dict(parameters))
    except ValidationError as error:
        raise UserError(_first_message(error)) from None


def setting_names() -> list[str]:
    """Full names of all settings, such as `training.epochs`."""
    return list(_names(Settings))


def _names(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _names(field.annotation, f"{prefix}{name}.")
        else:
            yield prefix + name


def _first_message(error: ValidationError) -> str:
    errors = error.errors(include_url=False)
    first = next((each for each in errors if each["type"] == "extra_forbidden"), errors[0])
    location, value = first["loc"], first["input"]
    if first["type"] == "extra_forbidden":
        if isinstance(value, Mapping) and value:  # an unknown group: name the first setting in it
            location = (*location, next(iter(value)))
        return _unknown_name(".".join(map(str, location)))
    if first["type"] == "value_error":
        reason = str(first["ctx"]["error"])
        return f"{reason[0].upper()}{reason[1:]}."
    name = ".".join(map(str, location[:2]))  # deeper parts name the branches of a union
    if first["type"] == "missing":
        return f"The setting `{name}` is missing. Write it into conf/base/parameters.yml, or type --params {name}=…"
    rules = [each["msg"].removeprefix("Input should be ") for each in errors if each["loc"][:2] == location[:2]]
    return f"`{name}` must be {' or '.join(dict.fromkeys(rules))}. Received: {value!r}."


def _unknown_name(name: str) -> str:
    if new := _renamed(name):
        return f"The setting `{name}` is now called `{new}`."
    names = setting_names()
    by_leaf = {known.rpartition(".")[2]: known for known in names}
    leaf = name.rpartition(".")[2]
    close = [by_leaf[leaf]] if leaf in by_leaf else get_close_matches(name, names, n=1)
    close = close or [by_leaf[like] for like in get_close_matches(leaf, by_leaf, n=1)]
    hint = f"Did you mean `{close[0]}`?" if close else f"Known settings: {', '.join(names)}."
    return f"Unknown setting `{name}`. {hint}"


def _renamed(name: str) -> str | None:
    """The present name of a former setting."""
    group, _, leaf = name.partition(".")
    candidate = RENAMED.get(name) or f"{RENAMED_GROUPS.get(group, '')}.{leaf}"
    return candidate if candidate in setting_names() else None
