import numpy as np
import pandas as pd

from seqframe.config import DataSettings, TaskSettings
from seqframe.data.dataset import make_dataset
from seqframe.data.sources import load_data
from seqframe.data.splits import split_data


def test_generated_data_is_split_by_sequence() -> None:
    data_settings = DataSettings(sequence_length=4, n_train=2, n_test=3, generator="reversal")
    split = split_data(load_data(data_settings), data_settings)
    assert split.train == (range(0, 4), range(4, 8))
    assert split.test == (range(8, 12), range(12, 16), range(16, 20))


def test_all_rows_of_a_table_are_training_rows() -> None:
    split = split_data(pd.DataFrame({"a": [1.0, 2.0]}), DataSettings(sequence_length=5, path="two.csv"))
    assert (split.train, split.test) == ((range(0, 2),), ())


def test_windows_stay_within_a_sequence_and_the_scaler_uses_training_rows_only() -> None:
    data_settings = DataSettings(sequence_length=6, n_train=2, n_test=2, generator="sine", scaler="minmax")
    dataset = make_dataset(data_settings, TaskSettings(kind="forecast", lookback=3, horizon=2))
    assert [len(windows) for _, windows in dataset.splits()] == [4, 4]
    for part, windows in dataset.splits():
        for rows in np.concatenate([windows.inputs, windows.targets], axis=1):
            assert len({row // 6 for row in rows}) == 1
            assert all((row < 12) == (part == "train") for row in rows)
    train_values = dataset.df["value"].iloc[:12]
    assert dataset.scaler.offset_.tolist() == [[train_values.min()]]
    assert dataset.scaler.span_.tolist() == [[train_values.max() - train_values.min()]]
