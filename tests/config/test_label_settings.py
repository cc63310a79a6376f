from typing import Any

import pytest
import yaml

from seqframe.config import PROJECT_ROOT, parse_settings
from seqframe.errors import UserError


@pytest.fixture
def tutorial() -> dict[str, Any]:
    return yaml.safe_load((PROJECT_ROOT / "conf" / "base" / "parameters.yml").read_text())


def parse(tutorial: dict[str, Any], settings: dict[str, Any]) -> Any:
    for name, value in settings.items():
        group, leaf = name.split(".")
        tutorial.setdefault(group, {})[leaf] = value
    return parse_settings(tutorial)


@pytest.mark.parametrize("kind", ["classify", "label"])
def test_settings_of_labels(tutorial: dict[str, Any], kind: str) -> None:
    given = {
        "task.kind": kind,
        "task.available": "whole",
        "data.missing": "mask",
        "data.split_column": "part",
        "data.category_encoding": "codes",
        "backtest.val_size": 0.25,
        "backtest.test_size": 10,
        "backtest.n_folds": 1,
    }
    settings = parse(tutorial, given)
    assert settings.task.has_labels
    assert not settings.forecasts_a_table
    assert (settings.backtest.val_size, settings.backtest.test_size) == (0.25, 10)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"data.missing": "mask"}, "`data.missing=mask` applies to sequences with labels. Received: task.kind=echo."),
        (
            {"data.split_column": "set"},
            "`data.split_column` applies to sequences with labels. Received: task.kind=echo",
        ),
        ({"task.available": "whole"}, "`task.available=whole` applies to `task.kind=label` only. Received: kind=echo."),
        ({"backtest.val_size": 0.2}, "`backtest.val_size` must be a whole number of rows, or a time. Received: 0.2, a"),
        ({"backtest.val_size": 1.5}, "`backtest.val_size` must be "),
        ({"task.kind": "label", "task.horizon": 3}, "`task.horizon` and `task.gap` apply to `task.kind=forecast` only"),
        (
            {"task.kind": "label", "data.resample": "1h"},
            "`data.resample` applies to numbers that are predicted, not to labels. Received: task.kind=label, "
            "data.resample='1h'. Set it to null.",
        ),
        (
            {"task.kind": "classify", "task.instance_norm": "last"},
            "`task.instance_norm` applies to numbers that are predicted, not to labels. Received: task.kind=classify, "
            "task.instance_norm='last'. Set it to none.",
        ),
        ({"task.kind": "classify", "backtest.n_folds": 3}, "`backtest.n_folds` applies to numbers"),
    ],
)
def test_settings_of_other_tasks_are_refused(tutorial: dict[str, Any], settings: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError) as caught:
        parse(tutorial, settings)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) <= 300
