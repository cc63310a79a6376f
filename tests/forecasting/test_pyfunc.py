"""What lies on the disk, and what is asked of it by MLflow."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from forecasting.test_forecaster import AT_ONCE, HORIZON, LOOKBACK, yearly
from seqframe.errors import UserError
from seqframe.forecasting import load_forecaster
from seqframe.forecasting.forecaster import PyfuncForecaster
from seqframe.forecasting.metadata import CONFIG_FILE, ForecasterConfig


def test_requests_at_once_do_not_mix_their_networks(tmp_path: Path) -> None:
    case = yearly(tmp_path)
    served = PyfuncForecaster(case.forecaster(AT_ONCE, seeds=2))
    histories = [case.table.iloc[:end] for end in range(20, 26)]
    expected = [served.predict(history)["x"].tolist() for history in histories]
    with ThreadPoolExecutor(6) as threads:
        found = [answer["x"].tolist() for answer in threads.map(served.predict, histories * 3)]
    assert found == expected * 3


def test_an_interval_of_which_nothing_is_known_has_no_ends(tmp_path: Path) -> None:
    case = yearly(tmp_path)
    case.forecaster(AT_ONCE, half_width=np.inf).save(tmp_path / "kept")
    forecaster = load_forecaster(tmp_path / "kept")
    answer = forecaster.forecast(case.table)
    assert answer["x"].notna().all()
    assert answer[["x_low", "x_high"]].isna().all(axis=None)
    lines = json.loads(
        json.dumps(PyfuncForecaster(forecaster).predict(case.table).to_dict(orient="records"), allow_nan=False)
    )
    assert [line["x_low"] for line in lines] == [None] * HORIZON


def test_the_recipe_is_read_as_it_was_written(tmp_path: Path) -> None:
    config = yearly(tmp_path).forecaster(AT_ONCE).config
    again = ForecasterConfig.model_validate_json(config.model_dump_json())
    assert again == config
    assert (again.scaler.offset_ == config.scaler.offset_).all()
    assert config.data_settings.path == "table.csv", "its folder is nobody's business"


def test_the_card_says_what_the_model_is(tmp_path: Path) -> None:
    config = yearly(tmp_path).forecaster(AT_ONCE, seeds=2).config
    assert config.about.startswith("dense, the mean of 2 networks, trained 2")
    assert config.about.endswith(" UTC on table.csv (60 rows)")
    card = {
        "features": "x",
        "targets": "x",
        "lookback": str(LOOKBACK),
        "horizon": "3",
        "step": "1",
        "interval_level": "0.9",
    }
    assert card.items() <= config.card.items()


def test_a_folder_without_a_model_of_this_version_is_one_line(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    with pytest.raises(UserError, match="Received: none in .*kept. Keep one: kedro run --pipeline=compare"):
        load_forecaster(kept)
    yearly(tmp_path).forecaster(AT_ONCE).save(kept)
    written = (kept / CONFIG_FILE).read_text()
    for text in (written[:100], written.replace('"framing"', '"other"'), written.replace(AT_ONCE, "mlp")):
        (kept / CONFIG_FILE).write_text(text)
        with pytest.raises(UserError, match="must be one that this version of Seqframe kept") as caught:
            load_forecaster(kept)
        assert "\n" not in str(caught.value)
    (kept / CONFIG_FILE).write_text(written)
    (kept / "seed_0.keras").unlink()
    with pytest.raises(UserError, match="must be one that this version of Seqframe kept"):
        load_forecaster(kept)
