from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from seqframe.config import DataSettings
from seqframe.data.raw_table import make_raw_table
from seqframe.data.sequence_tables import LoadedSequences, load_sequence_table, read_sequence_columns, read_sequences
from seqframe.data.sequences import MISSING_LABEL
from seqframe.errors import UserError


def load(df: pd.DataFrame, per_step: bool = False, **settings: Any) -> LoadedSequences:
    settings = {"sequence_length": 1, "id_column": "id", "target": "y"} | settings
    return load_sequence_table(make_raw_table(df), DataSettings(**settings), per_step, "a.csv")


def make_table(**columns: list) -> pd.DataFrame:
    """Three sequences of 3, 1 and 2 steps."""
    columns = {"id": ["a", "a", "a", "b", "c", "c"], "step": [0, 1, 2, 0, 0, 1], "y": list("uuuvuu")} | columns
    return pd.DataFrame({"x": [1.0, 2.0, 4.0, 8.0, 16.0, 32.0], **columns})


def test_one_label_for_each_sequence() -> None:
    loaded = load(make_table())
    sequences = loaded.sequences
    assert (sequences.ids, sequences.lengths.tolist()) == (("a", "b", "c"), [3, 1, 2])
    assert (sequences.classes, sequences.labels[:, 0].tolist()) == (("u", "v"), [0, 1, 0])
    assert (sequences.features, sequences.values[:, 0].tolist()) == (("x",), [1, 2, 4, 8, 16, 32])
    assert "Read a.csv: 3 sequences of 1 to 3 steps, 1 feature, 2 classes." in loaded.notes
    assert "label: y · sequence: id · step: step · inputs: x." in loaded.notes


def test_one_label_for_each_step() -> None:
    sequences = load(make_table(y=[1, 0, None, 1, 0, 0]), per_step=True).sequences
    assert sequences.labels[:, 0].tolist() == [1, 0, MISSING_LABEL, 1, 0, 0]
    assert sequences.per_step


def test_words_that_are_read_as_no_label_are_named() -> None:
    loaded = load(make_table(y=["NA", "null", "NA", None, "", "v"]), per_step=True)
    assert loaded.sequences.classes == ("v",)
    assert (
        "Column y of a.csv has no label where it has NA and null: 3 rows. If that is a class, give it another name."
        in loaded.notes
    )
    assert not any("no label" in note for note in load(make_table(y=["u", None, "u", "v", "", "v"]), True).notes)


def test_long_numbers_are_different_classes_even_where_one_is_missing(tmp_path: Path) -> None:
    path, names = tmp_path / "a.csv", ["9007199254740993", "9007199254740992", ""]
    pd.DataFrame({"id": list("aabbcc"), "x": range(6, 0, -1), "y": names * 2}).to_csv(path, index=False)
    settings = DataSettings(sequence_length=1, path=str(path), id_column="id", target="y")
    assert read_sequences(settings, True).sequences.classes == ("9007199254740992", "9007199254740993")


def test_a_label_that_changes_in_a_sequence_is_refused_by_name() -> None:
    with pytest.raises(UserError, match=r"Received: 'v' and 'w' in sequence c of a.csv. Set task.kind=label"):
        load(make_table(y=list("uuuvvw")))


def test_a_sequence_without_a_label_is_skipped_by_name() -> None:
    loaded = load(make_table(y=["u", None, "u", None, "v", "v"]))
    assert loaded.sequences.ids == ("a", "c")
    assert "Sequence b skipped: no label." in loaded.notes


def test_rows_are_ordered_by_step_whatever_their_order_in_the_table() -> None:
    shuffled = make_table().iloc[[5, 0, 3, 2, 1, 4]].reset_index(drop=True)
    loaded = load(shuffled)
    assert loaded.sequences.ids == ("c", "a", "b")
    assert loaded.sequences.values[:, 0].tolist() == [16, 32, 1, 2, 4, 8]
    assert any("sorted by step: 2 follow a later step." in note for note in loaded.notes)


def test_dates_are_steps() -> None:
    dates = ["2020-01-03", "2020-01-01", "2020-01-02", "2020-01-01", "2020-01-01", "2020-01-02"]
    sequences = load(make_table(step=dates).rename(columns={"step": "when"})).sequences
    assert sequences.values[:3, 0].tolist() == [2, 4, 1]
    assert sequences.features == ("x",)


def test_a_step_with_two_rows_is_refused_or_merged() -> None:
    table = make_table(step=[0, 1, 1, 0, 0, 1])
    for settings in ({"time_column": "step"}, {}):
        with pytest.raises(UserError, match=r"must have one row. Received: step 1 in two rows of sequence a of a.csv"):
            load(table, **settings)
    assert load(table, time_column="step", duplicates="first").sequences.values[:, 0].tolist() == [1, 2, 8, 16, 32]
    assert load(table, time_column="step", duplicates="last").sequences.values[:, 0].tolist() == [1, 4, 8, 16, 32]


def test_text_inputs_are_one_hot_up_to_twelve_values() -> None:
    sequences = load(make_table(w=["r", "s", "r", "s", "s", "s"])).sequences
    assert sequences.features == ("x", "w=r", "w=s")
    assert sequences.values[:, 1].tolist() == [1, 0, 1, 0, 0, 0]
    assert sequences.categories == ()


def test_text_inputs_are_codes_for_an_embedding() -> None:
    sequences = load(make_table(w=["r", "s", "r", "s", "s", "s"]), category_encoding="codes").sequences
    assert sequences.features == ("x", "w")
    assert sequences.values[:, 1].tolist() == [0, 1, 0, 1, 1, 1]
    assert sequences.categories == (("w", ("r", "s")),)
    words = [f"w{number % 15}" for number in range(60)]
    many = pd.DataFrame({"id": np.repeat(range(4), 15), "w": words, "y": np.repeat(list("uvuv"), 15)})
    assert load(many).sequences.categories[0][1] == tuple(sorted(set(words)))
    assert len(load(many, category_encoding="one_hot").sequences.features) == 15


def test_several_label_columns_are_several_classes() -> None:
    table = make_table(y=[1, 1, 1, 0, 0, 0], z=[1, 1, 1, 1, 0, 0])
    sequences = load(table, target=["y", "z"]).sequences
    assert sequences.multi_label
    assert sequences.labels.tolist() == [[1, 1], [0, 1], [0, 0]]
    with pytest.raises(UserError, match="needs one label for each sequence. Received: '0' and '1' in sequence a"):
        load(table.assign(z=[1, 0, 1, 1, 0, 0]), target=["y", "z"])


def test_the_published_split_is_found_and_read() -> None:
    loaded = load(make_table(set=["Train"] * 4 + ["test"] * 2))
    assert loaded.sequences.split == ("train", "train", "test")
    assert any(note.endswith("published split 2 train, 1 test.") for note in loaded.notes)
    assert load(make_table(set=["Train"] * 4 + ["test"] * 2), split_column="none").sequences.split is None
    assert load(make_table(set=list("aabbcc"))).sequences.split is None


def test_a_published_split_is_never_an_input() -> None:
    with pytest.raises(UserError, match="must be constant.*which changes in sequence a.*set data.split_column=none"):
        load(make_table(split=["train", "test", "train", "test", "train", "train"]))
    with pytest.raises(UserError, match="Received: 'holdout' for sequence c"):
        load(make_table(split=["train"] * 4 + ["holdout"] * 2))
    loaded = load(make_table(split=["train"] * 4 + ["test"] * 2), split_column="none")
    assert loaded.sequences.features == ("x",)
    assert any(note.endswith("ignored: split (the published split).") for note in loaded.notes)
    assert load(make_table(split=list("rsrsrr")), split_column="none").sequences.features == ("x", "split=r", "split=s")


def test_a_split_that_changes_in_a_sequence_is_refused() -> None:
    table = make_table(part=["train", "test", "train", "test", "train", "train"])
    with pytest.raises(UserError, match="`data.split_column` must be constant.*which changes in sequence a"):
        load(table, split_column="part")
    with pytest.raises(UserError, match="Received: 'holdout' for sequence c"):
        load(make_table(part=["train"] * 4 + ["holdout"] * 2), split_column="part")


@pytest.mark.parametrize(
    ("missing", "values"),
    [
        ("drop", [1, 4, 16, 32]),
        ("ffill", [1, 1, 4, np.nan, 16, 32]),
        ("interpolate", [1, 2.5, 4, np.nan, 16, 32]),
        ("mask", [1, np.nan, 4, np.nan, 16, 32]),
    ],
)
def test_missing_inputs_are_filled_within_their_sequence(missing: str, values: list[float]) -> None:
    loaded = load(make_table(x=[1, None, 4, None, 16, 32]), missing=missing)
    np.testing.assert_array_equal(loaded.sequences.values[:, 0], values)
    assert (loaded.sequences.ids == ("a", "c")) == (missing == "drop")
    assert ("Sequence b skipped: no step without missing values." in loaded.notes) == (missing == "drop")


def test_a_published_split_with_dropped_sequences() -> None:
    table = make_table(x=[1, 2, 3, None, None, None], split=["train"] * 4 + ["test"] * 2)
    sequences = load(table.assign(x=[1, 2, 3, None, 5, None]), missing="drop").sequences
    assert (sequences.ids, sequences.split) == (("a", "c"), ("train", "test"))
    assert load(table, missing="drop").sequences.split == ("train",)


def test_missing_categories_repeat_the_last_one() -> None:
    table = make_table(w=["r", None, "s", "s", "s", "s"])
    for encoding, column in (("codes", "w"), ("one_hot", "w=s")):
        sequences = load(table, missing="interpolate", category_encoding=encoding).sequences
        assert sequences.values[:3, sequences.features.index(column)].tolist() == [0, 0, 1]


def test_missing_and_infinite_inputs_are_refused_by_name() -> None:
    with pytest.raises(
        UserError, match=r"Received: a missing value in step 2 of sequence a, one of 2. Set data.missing"
    ):
        load(make_table(x=[1, None, 3, 4, 5, None]), features=["x"])
    with pytest.raises(UserError, match="Column x of a.csv must hold numbers. Received: missing values in all 6 rows"):
        load(make_table(x=[None] * 6, z=range(6)), features=["x", "z"], missing="mask")
    with pytest.raises(UserError, match="Received: an infinite value in step 1 of sequence b"):
        load(make_table(x=[1, 2, 3, np.inf, 5, 6]), missing="mask")


def test_other_columns_that_cannot_be_inputs_are_ignored_with_the_reason() -> None:
    table = make_table(
        row=range(6), same=[7] * 6, empty=[None] * 6, other_y=[5, 5, 5, 6, 5, 5], when=pd.date_range("2020", periods=6)
    )
    (roles,) = (note for note in load(table).notes if note.startswith("label:"))
    for ignored in ("row (row number)", "same (constant)", "empty (empty)", "other_y (the label by other names)"):
        assert ignored in roles
    assert "inputs: x ·" in roles


def test_names_of_the_sequences_and_of_several_labels_are_no_inputs() -> None:
    table = make_table(file=[f"{name}.wav" for name in "aaabcc"], z=[1, 1, 1, 0, 1, 1], age=[5, 5, 5, 6, 7, 7])
    (roles,) = (note for note in load(table).notes if note.startswith("label:"))
    assert "file (the sequence by other names)" in roles
    assert "inputs: x, age ·" in roles, "numbers that are constant in a sequence may be inputs"
    (roles,) = (note for note in load(table.assign(w=1 - table["z"]), target=["z", "w"]).notes if "label: z" in note)
    assert "y (the label by other names)" in roles


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"id_column": None},
            r"need `data.id_column`. Received: a.csv without it. Set data.id_column=id: id would make 3",
        ),
        ({"target": "label"}, "a.csv has no column label"),
        ({"features": ["x", "y"]}, "The label of a.csv cannot be an input. Received: y"),
        ({"wide_columns": ["x"], "target": None}, "must be long"),
        ({"split_column": "fold"}, "a.csv has no column fold"),
        ({"target": "x"}, None),
    ],
)
def test_roles_that_do_not_fit_are_refused(settings: dict[str, Any], message: str | None) -> None:
    table = make_table()
    if message is None:
        assert load(table.assign(x=[1, 1, 1, 2, 1, 1], y=[3.5, 2, 1, 0, 5, 4]), **settings).sequences.classes == (
            "1",
            "2",
        )
        return
    with pytest.raises(UserError, match=message):
        load(table, **settings)


def test_the_label_is_found_by_its_name() -> None:
    assert load(make_table().rename(columns={"y": "Label"}), target=None).sequences.classes == ("u", "v")
    with pytest.raises(UserError, match="need `data.target`"):
        load(make_table().rename(columns={"y": "speaker"}), target=None)


def test_ids_of_several_columns_are_joined() -> None:
    table = make_table(day=[1, 1, 2, 1, 1, 1])
    assert load(table, id_column=["id", "day"]).sequences.ids == ("a/1", "a/2", "b/1", "c/1")


def test_a_table_to_predict_needs_no_label_and_has_the_categories_of_the_model() -> None:
    table = make_table(w=["r", "s", "r", "s", "s", "s"])
    loaded = load(table, category_encoding="codes")
    new = table.drop(columns="y")
    sequences = read_sequence_columns(new, loaded.settings, False, "new.csv", classes=loaded.sequences.classes)
    assert (sequences.labels == MISSING_LABEL).all()
    assert sequences.classes == ("u", "v")
    np.testing.assert_array_equal(sequences.values, loaded.sequences.values)
    with pytest.raises(UserError, match=r"Received: 'q' in row 1, which is none of its 2 categories"):
        read_sequence_columns(new.assign(w="q"), loaded.settings, False, "new.csv", classes=("u", "v"))


@pytest.mark.parametrize("labels", [list("tbdtbd"), [0.5] * 6, [""] * 6])
def test_labels_and_splits_of_a_table_to_predict_are_not_read(labels: list) -> None:
    loaded = load(make_table(set=["train"] * 4 + ["test"] * 2))
    new = make_table(y=labels, set=["new"] * 6)
    sequences = read_sequence_columns(new, loaded.settings, False, "new.csv", classes=("u", "v"))
    assert sequences.ids == ("a", "b", "c")
    assert (sequences.labels == MISSING_LABEL).all()
    assert sequences.classes == ("u", "v")
    assert sequences.split is None


def test_messages_on_a_table_to_predict_name_its_columns_and_what_mends_it() -> None:
    table = make_table(w=["r", "s", "r", "s", "s", "s"])
    settings = load(table).settings
    for column, others in (("x", "id, step, y, w"), ("id", "x, step, y, w"), ("step", "x, id, y, w")):
        with pytest.raises(UserError, match=rf"new.csv has no column {column}. Columns: {others}\.$"):
            read_sequence_columns(table.drop(columns=column), settings, False, "new.csv", classes=("u", "v"))
    with pytest.raises(UserError, match="a missing value in step 1 of sequence a.*train the model again with data.mis"):
        read_sequence_columns(table.assign(x=[None] + [1.0] * 5), settings, False, "new.csv", classes=("u", "v"))


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_files_are_read_like_data_frames(kind: str, tmp_path: Path) -> None:
    path, table = tmp_path / f"a.{kind}", make_table(w=["r", "s", "r", "s", "s", "s"])
    table.to_csv(path, index=False) if kind == "csv" else table.to_parquet(path)
    settings = DataSettings(sequence_length=1, path=str(path), id_column="id", target="y")
    found, expected = read_sequences(settings, False).sequences, load(table).sequences
    np.testing.assert_array_equal(found.values, expected.values)
    assert (found.ids, found.classes, found.features) == (expected.ids, expected.classes, expected.features)


def test_japanese_vowels_are_read_with_their_published_split() -> None:
    settings = DataSettings(
        sequence_length=1, path="data/01_raw/japanese_vowels.csv", id_column="utterance", target="speaker"
    )
    loaded = read_sequences(settings, False)
    assert [note for note in loaded.notes if note.startswith("Read")] == [
        "Read japanese_vowels.csv: 9,961 rows, 640 sequences of 7 to 29 steps, 12 features, 9 classes; published "
        "split 270 train, 370 test."
    ]
