"""Kedro's settings of the project."""

import os
import warnings

import yaml
from kedro import KedroDeprecationWarning
from kedro.framework.project import LOGGING

from seqframe import hooks
from seqframe.config import PROJECT_ROOT
from seqframe.config_loader import LayeredConfigLoader

HOOKS = hooks.HOOKS
DISABLE_HOOKS_FOR_PLUGINS = ("kedro-telemetry", "kedro-viz")
CONFIG_LOADER_CLASS = LayeredConfigLoader
CONFIG_LOADER_ARGS = {
    "base_env": "base",
    "default_run_env": "local",
    "merge_strategy": {"parameters": "soft"},  # an environment changes single settings, not whole groups
}

# Kedro 1.7 warns of `--pipeline`, which is the command that we promise, and OmegaConf 2.4 of its own insides.
warnings.filterwarnings("ignore", category=KedroDeprecationWarning)
warnings.filterwarnings("ignore", message="register_new_resolver")

if "KEDRO_LOGGING_CONFIG" not in os.environ:  # Kedro itself looks in the working directory alone
    LOGGING.configure(yaml.safe_load((PROJECT_ROOT / "conf" / "logging.yml").read_text(encoding="utf-8")))
