"""Layers of settings: base, table defaults, environment, --params."""

from pathlib import Path
from typing import Any

import pytest

from conftest import ROOT
from seqframe.config import parse_settings
from seqframe.errors import UserError
from seqframe.settings import CONFIG_LOADER_ARGS, LayeredConfigLoader

FOLDERS = {
    "base": "data: {path: null, generator: null, features: [a, b]}\nmodel: {units: 5}\n"
    "training: {epochs: {one: 5, default: 9}, n_seeds: 20}\n",
    "table_defaults": "training: {epochs: 300, n_seeds: 3}\nmodel: {units: 32}\n",
    "mine": "data: {path: mine.csv, features: [c]}\nmodel: {units: 8}\n",
    "local": "",
}


@pytest.fixture
def conf(tmp_path: Path) -> Path:
    for folder, text in FOLDERS.items():
        (tmp_path / folder).mkdir()
        if text:
            (tmp_path / folder / "parameters.yml").write_text(text)
    return tmp_path


def load(conf: Path, env: str | None = None, **runtime: Any) -> dict[str, Any]:
    parameters: dict[str, Any] = LayeredConfigLoader(
        str(conf), env=env, runtime_params=runtime or None, **CONFIG_LOADER_ARGS
    )["parameters"]
    return parameters


def test_table_defaults_need_a_table(conf: Path) -> None:
    assert load(conf) == {
        "data": {"path": None, "generator": None, "features": ["a", "b"]},
        "training": {"epochs": {"one": 5, "default": 9}, "n_seeds": 20},
        "model": {"units": 5},
    }


def test_the_environment_overrides_table_defaults(conf: Path) -> None:
    found = load(conf, "mine")
    assert found["data"] == {"path": "mine.csv", "generator": None, "features": ["c"]}
    assert found["training"] == {"epochs": 300, "n_seeds": 3}, "one number replaces numbers by framing"
    assert found["model"] == {"units": 8}


def test_params_override_everything(conf: Path) -> None:
    found = load(conf, "mine", model={"units": 2}, training={"epochs": {"default": 7}})
    assert (found["model"]["units"], found["training"]) == (2, {"epochs": {"default": 7}, "n_seeds": 3})
    params = load(conf, data={"path": "other.csv"}, training={"n_seeds": 1})
    assert (params["model"]["units"], params["training"]) == (32, {"epochs": 300, "n_seeds": 1})


def test_a_table_can_be_unset(conf: Path) -> None:
    assert load(conf, "mine", data={"path": None})["training"]["n_seeds"] == 20


def test_a_table_and_a_generator_are_exclusive() -> None:
    with pytest.raises(UserError, match="not from both. Received: path=.*sunspots.csv, generator=sine"):
        parse_settings(load(ROOT / "conf", "sunspots", data={"generator": "sine"}))


def test_an_environment_without_parameters(conf: Path) -> None:
    assert load(conf, "local", data={"path": "x.csv"})["model"]["units"] == 32


@pytest.mark.parametrize("env", [None, "sunspots", "co2", "elnino"])
def test_settings_of_the_project(env: str | None) -> None:
    settings = parse_settings(load(ROOT / "conf", env))
    assert settings.forecasts_a_table == (env is not None)
    assert settings.training.n_seeds == (3 if env else 20)
    assert settings.task.instance_norm == ("mean" if env else "none")
