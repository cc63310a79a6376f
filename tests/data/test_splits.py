import numpy as np
import pandas as pd

from helpers.tables import load_rows
from seqframe.config import DataSettings, TaskSettings
from seqframe.data.dataset import make_dataset
from seqframe.data.splits import find_segments, split_data, split_folds


def test_generated_data_is_split_by_sequence() -> None:
    data_settings = DataSettings(sequence_length=4, n_train=2, n_test=3, generator="reversal")
    split = split_data(load_rows(data_settings), data_settings)
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


def test_series_of_different_years_are_split_at_the_same_distance_from_their_ends() -> None:
    years = [*range(1900, 1920), *range(1950, 1980)]
    index = pd.MultiIndex.from_arrays([["a"] * 20 + ["b"] * 30, years], names=["sequence", "year"])
    time = find_segments(pd.DataFrame({"x": np.arange(50.0)}, index))
    (fold,) = split_folds(time, n_folds=1, val_size=3, test_size=4)
    assert fold.test == (range(16, 20), range(46, 50))
    assert fold.validation == (range(13, 16), range(43, 46))
    shared = pd.MultiIndex.from_arrays([["a"] * 20 + ["b"] * 30, [*range(1900, 1920), *range(1910, 1940)]])
    time = find_segments(pd.DataFrame({"x": np.arange(50.0)}, shared.set_names(["sequence", "year"])))
    assert split_folds(time, 1, 3, 4)[0].test == (range(46, 50),), "one time axis where series overlap"
