"""Saved forecasters, and forecasters as MLflow models."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from forecasting.test_forecaster import DIRECT, HORIZON, LOOKBACK, yearly
from seqframe.errors import UserError
from seqframe.forecasting import load_classifier, load_forecaster
from seqframe.forecasting.metadata import ForecasterConfig
from seqframe.forecasting.saved_model import CONFIG_FILE
from seqframe.forecasting.served import PyfuncForecaster


def test_concurrent_requests_are_independent(tmp_path: Path) -> None:
    case = yearly(tmp_path)
    served = PyfuncForecaster(case.forecaster(DIRECT, seeds=2))
    histories = [case.table.iloc[:end] for end in range(20, 26)]
    expected = [served.predict(history)["x"].tolist() for history in histories]
    with ThreadPoolExecutor(6) as threads:
        found = [forecasts["x"].tolist() for forecasts in threads.map(served.predict, histories * 3)]
    assert found == expected * 3


def test_an_infinite_interval_has_no_ends(tmp_path: Path) -> None:
    case = yearly(tmp_path)
    case.forecaster(DIRECT, half_width=np.inf).save(tmp_path / "saved")
    forecaster = load_forecaster(tmp_path / "saved")
    forecasts = forecaster.forecast(case.table)
    assert forecasts["x"].notna().all()
    assert forecasts[["x_low", "x_high"]].isna().all(axis=None)
    lines = json.loads(
        json.dumps(PyfuncForecaster(forecaster).predict(case.table).to_dict(orient="records"), allow_nan=False)
    )
    assert [line["x_low"] for line in lines] == [None] * HORIZON


def test_config_round_trip(tmp_path: Path) -> None:
    config = yearly(tmp_path).forecaster(DIRECT).config
    loaded = ForecasterConfig.model_validate_json(config.model_dump_json())
    assert loaded == config
    assert (loaded.scaler.offset_ == config.scaler.offset_).all()
    assert config.data_settings.path == "table.csv", "without its folder"


def test_model_card(tmp_path: Path) -> None:
    config = yearly(tmp_path).forecaster(DIRECT, seeds=2).config
    assert config.about.startswith("dense, mean of 2 networks, trained 2")
    assert config.about.endswith(" UTC on table.csv (60 rows)")
    card = {
        "features": "x",
        "targets": "x",
        "lookback": str(LOOKBACK),
        "horizon": "3",
        "frequency": "1",
        "interval level": "0.9",
    }
    assert card.items() <= config.card.items()


def test_a_folder_without_a_model_of_this_version_is_one_line(tmp_path: Path) -> None:
    folder = tmp_path / "saved"
    with pytest.raises(UserError, match=r"Received: none in .*saved\. Train and save one with the pipeline `compare`"):
        load_forecaster(folder)
    yearly(tmp_path).forecaster(DIRECT).save(folder)
    with pytest.raises(UserError, match=r"A model of labels is needed\..* Load it with `load_forecaster`\."):
        load_classifier(folder)
    written = (folder / CONFIG_FILE).read_text()
    for text in (written[:100], written.replace('"framing"', '"other"'), written.replace(DIRECT, "mlp")):
        (folder / CONFIG_FILE).write_text(text)
        with pytest.raises(UserError, match="must be saved by this version of Seqframe") as caught:
            load_forecaster(folder)
        assert "\n" not in str(caught.value)
    (folder / CONFIG_FILE).write_text(written)
    (folder / "seed_0.keras").unlink()
    with pytest.raises(UserError, match="must be saved by this version of Seqframe"):
        load_forecaster(folder)
