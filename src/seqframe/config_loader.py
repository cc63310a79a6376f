"""Kedro's loader of `conf/`, with one layer more: what changes where the problem is a table."""

from typing import Any

from kedro.config import MissingConfigException, OmegaConfigLoader
from omegaconf import OmegaConf

TABLES = "tables"  # the folder in `conf/`


class LayeredConfigLoader(OmegaConfigLoader):  # type: ignore[misc]
    """`conf/base`, then `conf/tables` where a table is given, then the environment, then --params."""

    def __getitem__(self, key: str) -> Any:
        found = super().__getitem__(key)
        if key != "parameters" or not _names_a_table(found):
            return found
        environment = self.env or self.default_run_env
        layers = [self._read_layer(name) for name in (self.base_env, TABLES, environment)]
        return OmegaConf.to_container(OmegaConf.merge(*layers, self.runtime_params))

    def _read_layer(self, folder: str) -> Any:
        """The parameters of one folder of `conf/` alone; none where it has no such file.

        They are read by another name, since Kedro would put what is typed after --params into every layer.
        """
        alone = OmegaConfigLoader(
            self.conf_source,
            base_env=folder,
            default_run_env=folder,
            runtime_params=self.runtime_params,
            config_patterns={"layer": self.config_patterns["parameters"]},
        )
        try:
            return alone["layer"]
        except MissingConfigException:
            return {}


def _names_a_table(parameters: dict[str, Any]) -> bool:
    problem = parameters.get("problem")
    return isinstance(problem, dict) and problem.get("table") is not None and problem.get("kind") in (None, "table")
