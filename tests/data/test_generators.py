import numpy as np
import pandas as pd
import pytest

from helpers.tables import load_rows
from seqframe.config import DataSettings
from seqframe.data.columns import feature_columns, target_columns
from seqframe.data.generators import generator_names
from seqframe.data.time_index import SEQUENCE
from seqframe.errors import UserError

LENGTH, DELAY = 9, 5


def sequences(generator: str, **others: object) -> list[pd.DataFrame]:
    given = {"sequence_length": LENGTH, "delay": DELAY, "n_train": 2, "n_test": 3, "generator": generator} | others
    df = load_rows(DataSettings.model_validate(given))
    return [df.xs(number, level=SEQUENCE) for number in df.index.levels[0]]


@pytest.mark.parametrize("generator", generator_names())
def test_generator(generator: str) -> None:
    made = sequences(generator)
    assert [len(each) for each in made] == [LENGTH] * 5
    assert all(np.isfinite(each.to_numpy()).all() for each in made)
    assert not any(made[i].equals(made[j]) for i in range(5) for j in range(i)), "all sequences differ"
    assert all(a.equals(b) for a, b in zip(made, sequences(generator), strict=True)), "reproducible with the same seed"
    more = sequences(generator, n_test=7)
    assert all(a.equals(b) for a, b in zip(made, more, strict=False)), "independent of the number of sequences"
    if generator != "ramp":
        assert not made[0].equals(sequences(generator, seed=1)[0])
    data_settings = DataSettings(sequence_length=LENGTH, generator=generator)
    for name in (*feature_columns(data_settings, []), *target_columns(data_settings, [])):
        assert name in made[0]


def test_ramp() -> None:
    first, *others = (each["value"].to_numpy() for each in sequences("ramp"))
    assert first.tolist() == [i / LENGTH for i in range(LENGTH)]
    for line in others:
        np.testing.assert_allclose(np.diff(line), np.diff(line)[0])
        assert line.min() >= 0
        assert line.max() <= (LENGTH - 1) / LENGTH


def test_delayed_echo() -> None:
    for each in sequences("delayed_echo"):
        assert each["echo"].tolist() == [0.0] * DELAY + each["value"].tolist()[:-DELAY]


def test_adding() -> None:
    for each in sequences("adding"):
        assert each["marker"].sum() == 2
        assert each["marker"][: LENGTH // 2].sum() == 1
        assert each["sum"].iloc[-1] == pytest.approx((each["value"] * each["marker"]).sum())


@pytest.mark.parametrize("delay", [3, 5, 8])
def test_copy_memory(delay: int) -> None:
    count = min(LENGTH - delay, delay)
    for each in sequences("copy_memory", delay=delay):
        recalled = each["signal"] == 1
        assert recalled.sum() == count
        assert each["recall"][recalled].tolist() == each["value"][:count].tolist()
        assert (each["recall"][~recalled] == 0).all()
        assert (each["value"][count:] == 0).all()


def test_reversal() -> None:
    for each in sequences("reversal"):
        assert each["reversed"].tolist() == each["value"].tolist()[::-1]


def test_sine_has_its_period() -> None:
    (clean,) = (each["value"].to_numpy() for each in sequences("sine", noise=0.0, period=4.0, n_train=1, n_test=0))
    np.testing.assert_allclose(clean[4:], clean[:-4], atol=1e-12)
    assert np.abs(clean).max() <= 1


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"generator": "delayed_echo", "delay": 9},
            "Received: delay=9, sequence_length=9. Set data.sequence_length=18, for example.",
        ),
        ({"generator": "copy_memory", "delay": 12}, "Received: delay=12, sequence_length=9"),
        ({"generator": "adding", "sequence_length": 1}, "`data.sequence_length` must be at least 2. Received: 1."),
        (
            {"generator": "adding", "target": "total"},
            "`data.generator=adding` has no column total. Its columns: value, marker, sum.",
        ),
    ],
)
def test_unsupported_settings_are_one_line(settings: dict[str, object], message: str) -> None:
    with pytest.raises(UserError) as caught:
        load_rows(DataSettings.model_validate({"sequence_length": LENGTH} | settings))
    assert message in str(caught.value)
