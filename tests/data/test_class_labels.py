import numpy as np
import pandas as pd
import pytest

from seqframe.data.cells import NumberFormat
from seqframe.data.class_labels import ClassLabels, encode_labels
from seqframe.data.sequences import MISSING_LABEL
from seqframe.errors import UserError


def encode(*columns: list, classes: list[str] | None = None) -> ClassLabels:
    table = pd.DataFrame({f"y{number}": pd.Series(column) for number, column in enumerate(columns)})
    return encode_labels(table, "a.csv", NumberFormat(), classes)


@pytest.mark.parametrize(
    ("column", "classes", "codes"),
    [
        (["b", "a", "b"], ("a", "b"), [1, 0, 1]),
        ([10, 9, 10], ("9", "10"), [1, 0, 1]),
        ([10.0, 9.0, np.nan], ("9", "10"), [1, 0, MISSING_LABEL]),
        ([True, False, True], ("False", "True"), [1, 0, 1]),
        (["10", "9", ""], ("9", "10"), [1, 0, MISSING_LABEL]),
        ([" O", "none", "N/A"], ("O", "none"), [0, 1, MISSING_LABEL]),
        ([-1, 1, -1], ("-1", "1"), [0, 1, 0]),
        ([None, "a", float("nan")], ("a",), [MISSING_LABEL, 0, MISSING_LABEL]),
        (["über", "Zug", "été"], ("Zug", "été", "über"), [2, 0, 1]),
    ],
)
def test_labels_of_any_type_have_codes(column: list, classes: tuple[str, ...], codes: list[int]) -> None:
    found = encode(column)
    assert (found.classes, found.codes[:, 0].tolist(), found.multi_label) == (classes, codes, False)


def test_booleans_and_times_of_pandas_have_names() -> None:
    assert encode(pd.Series([True, None], dtype="boolean")).classes == ("True",)
    assert encode(pd.Series(["x", "y"], dtype="category")).classes == ("x", "y")


def test_a_number_that_is_not_whole_is_no_class() -> None:
    with pytest.raises(UserError, match=r"Column y0 of a.csv must hold classes.*Received: 0.37. Predict numbers"):
        encode([1.0, 0.37])


def test_several_columns_of_0_and_1_are_several_classes() -> None:
    found = encode([1, 0, np.nan], ["yes", "no", "yes"], [True, False, False])
    assert (found.classes, found.multi_label) == (("y0", "y1", "y2"), True)
    assert found.codes.tolist() == [[1, 1, 1], [0, 0, 0], [MISSING_LABEL, 1, 0]]


@pytest.mark.parametrize("wrong", [2, "cat", -1])
def test_several_columns_of_anything_else_are_refused(wrong: object) -> None:
    with pytest.raises(UserError, match=rf"must hold 0 and 1.*Received: {wrong} in column y1 of a.csv, row 2"):
        encode([0, 1], [0, wrong])


def test_a_label_that_a_model_does_not_have_is_refused() -> None:
    assert encode(["b", "a"], classes=["b", "a"]).codes[:, 0].tolist() == [0, 1]
    with pytest.raises(UserError, match=r"must hold classes of the model. Received: 'cot' in row 2. Classes: cat, dog"):
        encode(["cat", "cot"], classes=["cat", "dog"])
