import pandas as pd

from seqframe.networks.recurrent_layers import LSTM
from seqframe.networks.spec import Dense, NetworkSpec
from seqframe.reporting.tables import comparison, layer_table, seed_summary


def test_the_layer_table_has_parameter_counts_in_symbols_and_values() -> None:
    spec = NetworkSpec("many_to_one", (5, 1), (LSTM(5),), Dense(5))
    table = layer_table(spec, {"body_1": 140, "head": 30})
    assert table["substituted"].tolist() == ["4 * ((1 + 1) * 5 + 5^2)", "5 * 5 + 5"]
    assert table["parameters"].tolist() == table["keras_counts"].tolist() == [140, 30]
    assert table["output_shape"].tolist() == ["(5,)", "(5,)"]


def test_baselines_are_below_the_framings() -> None:
    row = {"framing": "a", "epochs": 3, "mse": 0.1, "test_mse": 0.4}
    table = comparison([row], {"baseline (mean)": {"train": {"mse": 0.2}, "test": {"mse": 0.3}}})
    assert table["test_mse"].tolist() == [0.4, 0.3]
    assert table["framing"].tolist() == ["a", "baseline (mean)"]
    assert table["mse"].tolist() == [0.1, 0.2]
    assert pd.isna(table["epochs"].iloc[1])


def test_the_seed_summary_counts_seeds_that_fit() -> None:
    study = pd.DataFrame(
        {
            "framing": "a",
            "seed": range(4),
            "final_loss": [4.0, 1.0, 2.0, 9.0],
            "all_within_0.05": [1.0, 1.0, 0.0, 1.0],
        }
    )
    (row,) = seed_summary([study]).to_dict("records")
    assert (row["n_fit"], row["seeds"], row["share"]) == (3, 4, 0.75)
    assert (row["median_loss"], row["min_loss"], row["max_loss"]) == (3.0, 1.0, 9.0)
    assert row["share_low"] < 0.75 < row["share_high"]
