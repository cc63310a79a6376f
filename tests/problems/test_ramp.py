from seqframe.config import Problem
from seqframe.problems import fingerprint, make_rows


def test_the_tutorials_sequence() -> None:
    rows = make_rows(Problem(length=5))
    assert rows.shape == (5, 1)
    assert rows["value"].tolist() == [0.0, 0.2, 0.4, 0.6, 0.8]


def test_any_length() -> None:
    assert make_rows(Problem(length=1))["value"].tolist() == [0.0]
    assert make_rows(Problem(length=1000))["value"].iloc[-1] == 0.999


def test_fingerprint_tells_data_apart() -> None:
    rows = make_rows(Problem(length=5))
    assert fingerprint(rows) == fingerprint(make_rows(Problem(length=5)))
    others = [rows * 2, rows.rename(columns={"value": "other"}), rows.set_axis(range(1, 6)), rows.iloc[::-1]]
    assert len({fingerprint(other) for other in [rows, *others]}) == 5
