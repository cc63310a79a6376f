"""Typed settings from plain parameters, and one-line messages for settings that are wrong."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from seqframe.config.params import SPACE
from seqframe.config.schema import Settings
from seqframe.config.values import describe_type, explain_value
from seqframe.errors import MOST_NEAR, UserError, join_words, near_names, shorten, show_value

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

WORDS_OF_OTHERS = {  # a name that other libraries use -> settings
    "lr": ["training.learning_rate"],
    "batch": ["training.batch_size"],
    "max_epochs": ["training.epochs"],
    "n_epochs": ["training.epochs"],
    "early_stopping": ["training.patience"],
    "loss_function": ["training.loss"],
    "criterion": ["training.loss"],
    "objective": ["training.loss"],
    "delta": ["training.huber_delta"],
    "optim": ["training.optimizer"],
    "solver": ["training.optimizer"],
    "grad_clip": ["training.clipnorm"],
    "gradient_clip_val": ["training.clipnorm"],
    "max_grad_norm": ["training.clipnorm"],
    "scheduler": ["training.lr_schedule"],
    "sample_weight": ["training.class_weight"],
    "bucket": ["training.bucketing"],
    "random_state": ["training.seed", "data.seed"],
    "window": ["task.lookback"],
    "input_size": ["task.lookback"],
    "context_length": ["task.lookback"],
    "input_chunk_length": ["task.lookback"],
    "n_lags": ["task.lookback"],
    "h": ["task.horizon"],
    "steps": ["task.horizon"],
    "prediction_length": ["task.horizon"],
    "output_chunk_length": ["task.horizon"],
    "hidden_size": ["model.units", "model.hidden_sizes"],
    "neurons": ["model.units"],
    "layers": ["model.hidden_sizes"],
    "n_layers": ["model.hidden_sizes"],
    "file": ["data.path"],
    "csv": ["data.path"],
    "filename": ["data.path"],
    "y": ["data.target"],
    "label": ["data.target"],
    "labels": ["data.target"],
    "split": ["data.split_column"],
    "partition": ["data.split_column"],
    "sequence_id": ["data.id_column"],
    "groups": ["data.id_column"],
    "columns": ["data.features"],
    "date": ["data.time_column"],
    "time": ["data.time_column"],
    "timestamp": ["data.time_column"],
    "index": ["data.time_column"],
    "series": ["data.id_column"],
    "unique_id": ["data.id_column"],
    "group": ["data.id_column"],
    "exog": ["data.future_covariates", "data.features"],
    "seasonality": ["data.season"],
    "normalize": ["data.scaler"],
    "validation_split": ["backtest.val_size"],
    "cv": ["backtest.n_folds"],
    "n_splits": ["backtest.n_folds"],
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
    """One line on the first error; unknown names come first, since a misspelled one is missing, too.

    Of a union, the branch that fits best comes first: only its value was checked.
    """
    errors = error.errors(include_url=False)
    kinds = {each["type"]: each for each in reversed(errors)}
    first = kinds.get("extra_forbidden") or kinds.get("value_error") or errors[0]
    location, value = first["loc"], first["input"]
    if first["type"] == "extra_forbidden":
        if isinstance(value, Mapping) and value:  # an unknown group: name the first setting in it
            location = (*location, next(iter(value)))
        return _unknown_name(".".join(map(str, location)))
    if first["type"] == "value_error":
        reason = str(first["ctx"]["error"])
        return f"{reason[0].upper()}{reason[1:]}."
    parts, schema = _find_setting(location)
    name = ".".join(parts)
    if parts == SPACE and len(location) > len(SPACE):
        return (
            f"In `sweep.space`, {location[len(SPACE)]} must have a list of values, or a range such as "
            f"{{low: 8, high: 64}}. Received: {show_value(value)}."
        )
    if first["type"] == "missing":
        return f"The setting `{name}` is missing. Write it into conf/base/parameters.yml, or type --params {name}=…"
    if schema is None:
        return f"`{name}` is a group of settings, such as {_group_of(name)[0]}. Received: {show_value(value)}."
    same = [each for each in errors if each["loc"][: len(parts)] == parts]
    value = max(same, key=lambda each: len(each["loc"]))["input"]  # of the branch of a union that fits best
    return f"`{name}` must be {describe_type(schema)}. Received: {show_value(value)}.{explain_value(schema, value)}"


def _find_setting(location: tuple[int | str, ...]) -> tuple[tuple[str, ...], dict[str, Any] | None]:
    """The parts of the name of a setting, and its JSON schema, None for a group; the location may go on inside it."""
    model: type[BaseModel] = Settings
    parts: tuple[str, ...] = ()
    for part in map(str, location):
        parts = (*parts, part)
        annotation: Any = model.model_fields[part].annotation
        if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
            return parts, model.model_json_schema()["properties"][part]
        model = annotation
    return parts, None


def _unknown_name(name: str) -> str:
    if new := _renamed(name):
        return f"The setting `{name}` is now called `{new}`."
    group, _, leaf = name.rpartition(".")
    return f"Unknown setting `{shorten(name)}`. {_suggestion(group, leaf)}"


def _suggestion(group: str, leaf: str) -> str:
    """Up to three settings with a similar name, or the first settings of the group."""
    names = setting_names()
    leaves = [name.rpartition(".")[2] for name in names]
    near = near_names(leaf, set(leaves))
    found = [name for similar in near for name, known in zip(names, leaves, strict=True) if known == similar]
    found = found or WORDS_OF_OTHERS.get(leaf.lower(), [])
    if found:
        found.sort(key=lambda name: not name.startswith(f"{group}."))
        return f"Did you mean {join_words(f'`{name}`' for name in found[:MOST_NEAR])}?"
    known = _group_of(group)
    if known:
        more = f" and {len(known) - MOST_NEAR} more" if len(known) > MOST_NEAR else ""
        return f"`{group}` has {', '.join(known[:MOST_NEAR])}{more}: see docs/settings.md."
    return "All settings are in docs/settings.md."


def _group_of(group: str) -> list[str]:
    """The full names of the settings of a group; none if there is no such group."""
    return [name for name in setting_names() if name.startswith(f"{group}.")]


def _renamed(name: str) -> str | None:
    """The present name of a former setting."""
    group, _, leaf = name.partition(".")
    candidate = RENAMED.get(name) or f"{RENAMED_GROUPS.get(group, '')}.{leaf}"
    return candidate if candidate in setting_names() else None
