"""Kedro's project settings: the configuration loader, hooks, and warnings that are filtered."""

import os
import re
import warnings
from collections.abc import Iterator
from typing import Any

import kedro_datasets  # noqa: F401  # it shows the warnings again that are filtered below
import yaml
from kedro import KedroDeprecationWarning
from kedro.config import MissingConfigException, OmegaConfigLoader
from kedro.framework.project import LOGGING
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from seqframe.config.layers import add_defaults
from seqframe.config.params import WHOLE, merge_settings
from seqframe.config.paths import DEFAULTS
from seqframe.errors import UserError

MARKS = re.compile(r"\$\{|^\?\?\?$")  # of an interpolation, and of a missing value


class LayeredConfigLoader(OmegaConfigLoader):  # type: ignore[misc]
    """`conf/base`, then `conf/table_defaults` for a table or for labels, then the environment, then --params.

    In the catalog, `${setting:data.path}` is the value of a setting, and `${command:}` the folder of the command that
    has written the file last. `${…}` in --params is text: OmegaConf, which would resolve it, receives only the other
    values, so that interpolations in `conf/` find them.
    """

    def __init__(self, *arguments: Any, runtime_params: dict[str, Any] | None = None, **options: Any) -> None:
        self._params = runtime_params or {}
        super().__init__(*arguments, runtime_params=_without_interpolations(self._params), **options)

    def __getitem__(self, key: str) -> Any:
        if key == "catalog":  # resolvers are global: replace the ones of an earlier session
            from seqframe import hooks

            OmegaConf.register_new_resolver("setting", self._read_setting, replace=True)
            OmegaConf.register_new_resolver("command", hooks.OUTPUT.folders.newest_files(), replace=True)
        try:
            found = super().__getitem__(key)
            return self._merge_layers(found) if key == "parameters" else found
        except (YAMLError, OmegaConfBaseException) as error:
            raise UserError(
                f"The files of conf/ must be valid YAML. Received: {' '.join(str(error).split())}"
            ) from None

    @staticmethod
    def _soft_merge(config: dict[str, Any], env_config: dict[str, Any], env_path: str | None = None) -> dict[str, Any]:
        """The base with the values of an environment; Kedro's own merge cannot replace a list with a range."""
        return merge_settings(config, env_config)

    def _merge_layers(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """The parameters with the defaults for tables, for labels and for forecasts, and with --params."""
        own = merge_settings(self._read_layer(self.env or self.default_run_env), self._params)
        return add_defaults(merge_settings(parameters, self._params), self._read_layer, own, self.base_env)

    def _read_setting(self, name: str) -> Any:
        """The value of a setting, by its full name; the file `???`, to OmegaConf a missing value, is `./???`."""
        value = self["parameters"]
        for part in name.split("."):
            value = value[part]
        return f"./{value}" if value == "???" else value

    def _read_layer(self, folder: str) -> Any:
        """Parameters of one folder of `conf/`; empty if the folder has none.

        They are read under another key because Kedro merges --params into the key `parameters` of every loader.
        """
        loader = OmegaConfigLoader(
            self.conf_source,
            base_env=folder,
            default_run_env=folder,
            runtime_params=self.runtime_params,
            config_patterns={"layer": self.config_patterns["parameters"]},
        )
        try:
            return loader["layer"]
        except MissingConfigException:
            return {}


def _without_interpolations(parameters: dict[str, Any]) -> dict[str, Any]:
    """The numbers, booleans, None, and text without `${…}` and `???`, which OmegaConf merges as they are.

    Groups that are replaced as a whole are skipped: OmegaConf cannot merge a list with a range.
    """
    plain: dict[str, Any] = {}
    for name, value in parameters.items():
        if name in WHOLE:
            continue
        if isinstance(value, dict):
            plain[name] = _without_interpolations(value)
        elif value is None or isinstance(value, int | float) or (isinstance(value, str) and not MARKS.search(value)):
            plain[name] = value
    return plain


class ProjectHooks:
    """The hooks, whose modules are imported when a session begins: commands that run nothing do not need them."""

    def __iter__(self) -> Iterator[Any]:
        try:
            from seqframe.hooks import HOOKS
        except UserError as error:  # a broken extension of another package; Kedro shows a traceback of it
            raise SystemExit(f"Error: {error}") from None
        return iter(HOOKS)


HOOKS = ProjectHooks()
DISABLE_HOOKS_FOR_PLUGINS = ("kedro-telemetry", "kedro-viz")
CONFIG_LOADER_CLASS = LayeredConfigLoader
CONFIG_LOADER_ARGS = {
    "base_env": "base",
    "default_run_env": "local",
    "merge_strategy": {"parameters": "soft"},  # an environment changes single settings, not whole groups
}

# Kedro 1.7 deprecates `--pipeline`, which the documentation uses; OmegaConf 2.4 warns about its own internals.
warnings.filterwarnings("ignore", category=KedroDeprecationWarning)
warnings.filterwarnings("ignore", message="register_new_resolver")

if "KEDRO_LOGGING_CONFIG" not in os.environ:  # Kedro itself looks in the working directory only
    LOGGING.configure(yaml.safe_load((DEFAULTS / "logging.yml").read_text(encoding="utf-8")))
