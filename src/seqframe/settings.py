"""Kedro's project settings: the configuration loader, hooks, and warnings that are filtered."""

import os
import warnings
from typing import Any

import yaml
from kedro import KedroDeprecationWarning
from kedro.config import MissingConfigException, OmegaConfigLoader
from kedro.framework.project import LOGGING
from omegaconf import OmegaConf

from seqframe.config import PROJECT_ROOT
from seqframe.errors import UserError

try:
    from seqframe import hooks
except UserError as error:  # a broken extension of another package; Kedro shows a traceback of other exceptions
    raise SystemExit(f"Error: {error}") from None

TABLE_DEFAULTS = "table_defaults"  # folder in `conf/`
FORECAST_DEFAULTS = "forecast_defaults"


class LayeredConfigLoader(OmegaConfigLoader):  # type: ignore[misc]
    """`conf/base`, then `conf/table_defaults` if a table is given, then the environment, then --params.

    In the catalog, `${setting:data.path}` is the value of a setting.
    """

    def __getitem__(self, key: str) -> Any:
        if key == "catalog":  # resolvers are global: replace the one of an earlier session
            OmegaConf.register_new_resolver("setting", self._read_setting, replace=True)
        parameters = super().__getitem__(key)
        if key != "parameters" or not _names_a_table(parameters):
            return parameters
        environment = self.env or self.default_run_env
        base, table, own = (self._read_layer(name) for name in (self.base_env, TABLE_DEFAULTS, environment))
        merged = OmegaConf.merge(base, table, own, self.runtime_params)
        if OmegaConf.select(merged, "task.kind") == "forecast":
            merged = OmegaConf.merge(base, table, self._read_layer(FORECAST_DEFAULTS), own, self.runtime_params)
        return OmegaConf.to_container(merged)

    def _read_setting(self, name: str) -> Any:
        """The value of a setting, by its full name."""
        value = self["parameters"]
        for part in name.split("."):
            value = value[part]
        return value

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


def _names_a_table(parameters: dict[str, Any]) -> bool:
    data = parameters.get("data")
    return isinstance(data, dict) and data.get("path") is not None


HOOKS = hooks.HOOKS
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
    LOGGING.configure(yaml.safe_load((PROJECT_ROOT / "conf" / "logging.yml").read_text(encoding="utf-8")))
