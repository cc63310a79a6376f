"""Settings from the YAML file of `--params-file`."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from seqframe.config.params import DEEPEST, SPACE, nest_settings, parse_scalar
from seqframe.errors import UserError, show_value


class _Loader(yaml.SafeLoader):  # type: ignore[misc]
    """YAML whose values without quotes are read as in `--params`: no dates, no `yes` and `no`."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012  (PyYAML's name and type)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        names = [name.value for name, _ in node.value]
        if repeated := next((name for name in names if names.count(name) > 1), None):
            raise yaml.MarkedYAMLError(problem=f"{repeated} is given twice", problem_mark=node.start_mark)
        mapping: dict[Any, Any] = super().construct_mapping(node, deep)
        return mapping


def _construct_scalar(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> Any:
    return parse_scalar(node.value) if node.style is None else node.value


_Loader.add_constructor("tag:yaml.org,2002:str", _construct_scalar)


def read_params_file(name: str) -> dict[str, Any]:
    """Settings by group from a YAML file; a value without quotes or brackets is read as in `--params`.

    Names are nested, or have dots: `training: {epochs: 3}` is `training.epochs: 3`.

    Raises:
        UserError: There is no such file, it is not YAML, or it holds anything but settings; one line.
    """
    try:
        content = yaml.load(Path(name).read_text(encoding="utf-8-sig"), _Loader)
    except OSError as error:
        raise UserError(f"`--params-file` must name a file. Received: {name} ({error.strerror}).") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise UserError(f"`--params-file` must name a YAML file. Received: {name}: {_describe(error)}.") from None
    if not isinstance(content, Mapping | None):
        raise UserError(
            "`--params-file` must hold settings, such as training.epochs: 300. "
            f"Received: {name} with {show_value(content)}."
        )
    return nest_settings(_flatten(content or {}))


def _flatten(content: Mapping[Any, Any], group: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The parts of the names, and the values; names within a group have no dots, and an empty group has no settings."""
    for name, value in content.items():
        if not isinstance(name, str):
            raise UserError(f"The name of a setting in `--params-file` must be text. Received: {show_value(name)}.")
        parts = (*group, name) if group else tuple(name.split("."))
        if isinstance(value, Mapping) and len(parts) <= DEEPEST + (parts[:2] == SPACE):  # a file may hold itself
            yield from _flatten(value, parts)
        elif value is not None or len(parts) > 1:
            yield parts, value


def _describe(error: Exception) -> str:
    """The reason and the line of a YAML error."""
    mark, reason = getattr(error, "problem_mark", None), getattr(error, "problem", None)
    return f"{reason or type(error).__name__}{f', line {mark.line + 1}' if mark else ''}"
