"""Layers of settings: base, table defaults, forecast defaults, environment, --params."""

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
FORECAST_FOLDERS = {
    "base": "data: {path: null, scaler: none}\ntask: {kind: echo, gap: 0}\nmodel: {units: 5}\n",
    "table_defaults": "task: {kind: forecast}\nmodel: {units: 32}\n",
    "forecast_defaults": "data: {scaler: standard}\nmodel: {units: 64}\n",
    "mine": "data: {path: mine.csv}\nmodel: {units: 8}\n",
    "local": "",
}


@pytest.fixture
def conf(tmp_path: Path) -> Path:
    return write(FOLDERS, tmp_path)


def write(folders: dict[str, str], conf: Path) -> Path:
    for folder, text in folders.items():
        (conf / folder).mkdir()
        if text:
            (conf / folder / "parameters.yml").write_text(text)
    return conf


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


def test_a_range_replaces_a_list_in_a_search_space(conf: Path) -> None:
    space = {"model.units": {"low": 8, "high": 64}}
    base = conf / "base" / "parameters.yml"
    base.write_text(f"{base.read_text()}sweep: {{space: {{model.units: [8, 16], model.dropout: [0.0]}}, seed: 0}}\n")
    assert load(conf, sweep={"space": space})["sweep"] == {"space": space, "seed": 0}
    (conf / "mine" / "parameters.yml").write_text("sweep: {space: {model.units: {low: 8, high: 64}}}\n")
    assert load(conf, "mine")["sweep"] == {"space": space, "seed": 0}


@pytest.mark.parametrize("kind", ["classify", "label"])
def test_generated_sequences_with_labels_have_table_defaults(conf: Path, kind: str) -> None:
    assert load(conf, task={"kind": kind})["training"] == {"epochs": 300, "n_seeds": 3}
    settings = parse_settings(load(ROOT / "conf", task={"kind": kind}, data={"generator": "parity"}))
    assert (settings.task.kind, settings.training.n_seeds) == (kind, 3)


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


def test_forecast_defaults_need_a_table_and_a_forecast(tmp_path: Path) -> None:
    conf = write(FORECAST_FOLDERS, tmp_path)
    found = {
        "generated": load(conf, task={"kind": "forecast"}),
        "another task": load(conf, data={"path": "x.csv"}, task={"kind": "next_step"}),
        "forecast": load(conf, data={"path": "x.csv"}),
        "environment": load(conf, "mine"),
        "params": load(conf, "mine", data={"scaler": "minmax"}, model={"units": 2}),
    }
    numbers = {name: (each["data"]["scaler"], each["model"]["units"]) for name, each in found.items()}
    assert numbers == {
        "generated": ("none", 5),
        "another task": ("none", 32),
        "forecast": ("standard", 64),
        "environment": ("standard", 8),
        "params": ("minmax", 2),
    }
    assert found["forecast"]["task"] == {"kind": "forecast", "gap": 0}


SHIPPED = ["sunspots", "co2", "elnino", "airline", "nile"]
SELECTED = (("data", "transform"), ("data", "calendar"), ("task", "instance_norm"), ("task", "channels"))


@pytest.mark.parametrize("env", [None, *SHIPPED])
def test_settings_of_the_project(env: str | None) -> None:
    settings = parse_settings(load(ROOT / "conf", env))
    assert settings.forecasts_a_table == (env is not None)
    assert settings.training.n_seeds == (3 if env else 20)
    assert settings.model.linear_skip == (env is not None)
    for group, name in SELECTED:
        assert (getattr(getattr(settings, group), name) == "auto") == (env is not None)


def test_a_table_that_is_not_forecast_selects_nothing() -> None:
    settings = parse_settings(load(ROOT / "conf", "sunspots", task={"kind": "next_step", "lookback": 12}))
    assert "auto" not in [getattr(getattr(settings, group), name) for group, name in SELECTED]
    assert not settings.model.linear_skip


@pytest.mark.parametrize(("group", "name"), SELECTED)
def test_auto_needs_a_forecast_of_a_table(group: str, name: str) -> None:
    with pytest.raises(UserError, match=rf"`{group}.{name}=auto` needs a forecast of a table") as raised:
        parse_settings(load(ROOT / "conf", **{group: {name: "auto"}}))
    assert "\n" not in str(raised.value)
