"""Tables of settings, registries and result columns, from types, docstrings and the defaults in `conf/`."""

import inspect
import re
from collections.abc import Iterator
from typing import Any

import pandas as pd
from pydantic import BaseModel

from seqframe.config import Settings
from seqframe.data.generators import Generator, all_generators
from seqframe.data.label_generators import LABEL_GENERATORS, LabelGenerator
from seqframe.evaluation.label_metrics import all_label_metrics
from seqframe.evaluation.metrics import all_metrics
from seqframe.forecasting.baselines import BACKTEST, SEQUENCES, all_baselines
from seqframe.forecasting.label_baselines import all_label_baselines
from seqframe.reporting.columns import declared_columns
from seqframe.reporting.tables import markdown_table
from seqframe.tasks import TASKS
from tools.docs.examples import read_conf

TYPE_NAMES = {
    "string": "text",
    "integer": "integer",
    "number": "number",
    "boolean": "`true` or `false`",
    "null": "`null`",
}
BOUNDS = {"minimum": "at least", "exclusiveMinimum": "above", "maximum": "at most", "exclusiveMaximum": "below"}
MOST_FEATURES = 3  # of a generator that are listed
LABELS = "labels"  # use of a metric or baseline of predicted classes
USES = {SEQUENCES: "single networks", BACKTEST: "backtests"}


def tabulate_settings(group: str) -> str:
    """Markdown table of a group: name, type, default, default for tables, and description of every setting."""
    base, layers = read_conf("base")[group], (read_conf(name) for name in ("table_defaults", "forecast_defaults"))
    for_tables = {name: value for layer in layers for name, value in layer.get(group, {}).items()}
    table = pd.DataFrame(_describe_settings(settings_groups()[group], group, base, for_tables))
    return markdown_table(table if table["for tables"].any() else table.drop(columns="for tables"))


def _describe_settings(
    model: type[BaseModel], group: str, base: dict[str, Any], for_tables: dict[str, Any]
) -> Iterator[dict[str, str]]:
    """A row for every setting of a group, and of the groups in it."""
    schema, descriptions = model.model_json_schema(), read_descriptions(model)
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _describe_settings(field.annotation, f"{group}.{name}", base[name], {})
        else:
            yield {
                "setting": f"`{group}.{name}`",
                "type": describe_type(schema["properties"][name]),
                "default": _format_value(base[name]),
                "for tables": _format_value(for_tables[name]) if name in for_tables else "",
                "description": descriptions[name],
            }


def tabulate_generators() -> str:
    """Markdown table of the generators."""
    generators: list[Generator | LabelGenerator] = [*all_generators(), *LABEL_GENERATORS]
    rows = [
        {
            "generator": f"`{generator.name}`",
            "features": _format_names(generator.features[:MOST_FEATURES])
            + (" …" if len(generator.features) > MOST_FEATURES else ""),
            "target": _format_names(generator.target),
            "own settings": _format_names(f"data.{name}" for name in generator.params),
            "description": generator.summary + (f" Source: {generator.source}" if generator.source else ""),
        }
        for generator in generators
    ]
    return markdown_table(pd.DataFrame(rows))


def tabulate_tasks() -> str:
    """Markdown table of the tasks."""
    rows = [
        {
            "task": f"`{task.name}`",
            "description": task.summary,
            "rows of a window": task.alignment.window_length,
            "baseline": task.baseline,
        }
        for task in TASKS
    ]
    return markdown_table(pd.DataFrame(rows))


def tabulate_metrics() -> str:
    """Markdown table of the metrics."""
    rows = [
        {
            "metric": f"`{metric.name}`",
            "title": metric.title,
            "unit": {"data": "unit of the target", "data squared": "unit of the target, squared"}.get(
                metric.unit, metric.unit
            ),
            "better": "higher" if metric.higher_is_better else "lower",
            "used for": " and ".join(USES[use] for use in metric.used_in),
            "description": metric.caption,
        }
        for metric in all_metrics()
    ]
    rows += [
        {
            "metric": f"`{metric.name}`",
            "title": metric.title,
            "unit": "",
            "better": "higher" if metric.higher_is_better else "lower",
            "used for": LABELS + ", of several classes" * metric.multi_label,
            "description": metric.caption,
        }
        for metric in all_label_metrics()
    ]
    return markdown_table(pd.DataFrame(rows))


def tabulate_baselines() -> str:
    """Markdown table of the baselines."""
    rows = [
        {
            "baseline": f"`{baseline.name}`",
            "parameters": "fitted" if baseline.learned else "none",
            "used for": " and ".join(USES[use] for use in baseline.used_in) + ", if named" * (not baseline.by_default),
            "description": baseline.caption,
        }
        for baseline in all_baselines()
    ]
    rows += [
        {
            "baseline": f"`{baseline.name}`",
            "parameters": "fitted" if baseline.learned else "none",
            "used for": LABELS,
            "description": baseline.caption,
        }
        for baseline in all_label_baselines()
    ]
    return markdown_table(pd.DataFrame(rows))


def tabulate_columns(table: str) -> str:
    """Markdown table of the columns of a result table: `comparison`, `leaderboard`, `seed_study` or `layers`."""
    rows = [{"column": column.title, "description": column.caption} for column in declared_columns(table)]
    return markdown_table(pd.DataFrame(rows))


def settings_groups() -> dict[str, type[BaseModel]]:
    """The groups of settings by name, in the order of `conf/`."""
    return {name: _as_model(field.annotation) for name, field in Settings.model_fields.items()}


def _as_model(annotation: Any) -> type[BaseModel]:
    assert isinstance(annotation, type) and issubclass(annotation, BaseModel)  # noqa: PT018
    return annotation


def read_descriptions(model: type[BaseModel]) -> dict[str, str]:
    """The descriptions of the settings in the docstring of a group, by name; each starts with a capital letter."""
    _, _, attributes = inspect.cleandoc(str(model.__doc__)).partition("Attributes:\n")
    found = re.findall(r"^    (\w+): (.*(?:\n {8}.*)*)", attributes, flags=re.MULTILINE)
    return {name: re.sub(r"\s+", " ", text[0].upper() + text[1:]) for name, text in found}


def describe_type(schema: dict[str, Any]) -> str:
    """A JSON schema as text.

    >>> describe_type({"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}]})
    'integer at least 1, or `null`'
    """
    if "anyOf" in schema:
        return ", or ".join(describe_type(each) for each in schema["anyOf"])
    if "const" in schema or "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema.get("enum", [schema.get("const")]))
    if "$ref" in schema:  # a group inside a group
        return "a range"
    if schema["type"] == "array":
        return _describe_list(schema["items"])
    if schema["type"] == "object":
        return f"by name: {describe_type(schema['additionalProperties'])}"
    return " ".join(_type_and_bounds(schema))


def _describe_list(items: dict[str, Any]) -> str:
    """A list of such items; an empty schema allows any."""
    if "anyOf" in items:
        return "list of " + " or ".join(f"{TYPE_NAMES[each['type']]}s" for each in items["anyOf"])
    kind, *bounds = _type_and_bounds(items) if items else ["value"]
    return " ".join([f"list of {kind}s", *bounds])


def _type_and_bounds(schema: dict[str, Any]) -> list[str]:
    """Name of a plain type, and its bounds."""
    return [TYPE_NAMES[schema["type"]], *(f"{text} {schema[key]:,}" for key, text in BOUNDS.items() if key in schema)]


def _format_value(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"`{name}`: {each}" for name, each in value.items())
    return f"`{'null' if value is None else str(value).lower() if isinstance(value, bool) else value}`"


def _format_names(names: Any) -> str:
    return ", ".join(f"`{name}`" for name in names)
