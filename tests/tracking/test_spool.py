"""Files of the spool: what is read back, what is refused, and who removes them."""

import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from helpers.run_contexts import make_run_context
from seqframe.errors import UserError
from seqframe.tracking.records import File, ForecasterFiles, Metrics, ModelFile
from seqframe.tracking.spool import (
    SpoolFile,
    claim,
    make_request,
    read_requests,
    start_request,
    waiting_files,
)
from seqframe.training.events import EpochEnd

TABLE = pd.DataFrame(
    {
        "time": pd.date_range("2026-01-01", periods=3, freq="h", tz="Europe/Berlin"),
        "text": ["a", None, "ü"],
        "kind": pd.Categorical(["x", "y", "x"]),
        "count": pd.array([1, None, 3], dtype="Int64"),
        "value": [1.5, np.nan, 2.5],
    }
)


class Harmful:
    """A pickle that would run a function."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return eval, ("1 / 0",)


def write(file: SpoolFile, *requests: object) -> list[int]:
    return [file.append(pickle.dumps(request)) for request in requests]


def test_requests_are_read_back(tmp_path: Path) -> None:
    items = [
        Metrics((("mae", float(np.float64(0.5)), 1),), 2),
        File("a.csv", b"1,2"),
        ModelFile("network", b"content", np.zeros((1, 4, 2), np.float32), (None, 3)),
        ForecasterFiles({"a": b"b"}, TABLE, TABLE.set_index("time"), "about", {"c": "d"}, "table.csv"),
    ]
    file = SpoolFile(tmp_path, "token")
    event = EpochEnd("one", "", (1.0, 0.5), 1, 2)
    ends = write(file, start_request(make_run_context("one"), "token"), make_request("on_event", event))
    write(file, make_request("log", "one", items))
    start, second, third = read_requests(file.path)
    assert (start.method, start.arguments[:2]) == ("start", (make_run_context("one"), "token"))
    assert second.arguments == (event,)
    pd.testing.assert_frame_equal(third.arguments[1][3].context, TABLE)
    pd.testing.assert_frame_equal(third.arguments[1][3].forecast, TABLE.set_index("time"))
    assert third.arguments[1][0] == items[0]
    assert [request.method for request in read_requests(file.path, ends[1])] == ["start", "on_event"]


@pytest.mark.parametrize("cut", [1, 20])
def test_a_request_that_was_not_written_completely_is_the_end(tmp_path: Path, cut: int) -> None:
    file = SpoolFile(tmp_path, "token")
    write(file, make_request("finish", "one"), make_request("finish", "two"))
    content = file.path.read_bytes()
    for damaged in (content[:-cut], content[:-cut] + b"\0" * cut):
        file.path.write_bytes(damaged)
        assert [request.arguments for request in read_requests(file.path)] == [("one",)]


@pytest.mark.parametrize("content", [Harmful(), make_request("log", "one", [Harmful()]), "no request"])
def test_other_content_is_refused_and_not_executed(tmp_path: Path, content: object) -> None:
    file = SpoolFile(tmp_path, "token")
    write(file, content)
    with pytest.raises(UserError, match="A file of the spool must hold requests. Received: .* Remove it.") as caught:
        list(read_requests(file.path))
    assert "ZeroDivision" not in str(caught.value)


def test_a_file_is_locked_until_it_is_closed(tmp_path: Path) -> None:
    file = SpoolFile(tmp_path, "token")
    assert waiting_files(tmp_path) == [file.path]
    with claim(file.path) as claimed:
        assert not claimed
    file.close()
    with claim(file.path) as first, claim(file.path) as second:
        assert (first, second) == (True, False)
    file.remove()
    with claim(file.path) as claimed:
        assert not claimed
    assert waiting_files(tmp_path) == []


def test_a_resumed_command_replaces_the_file_of_the_interrupted_one(tmp_path: Path) -> None:
    for token in ("mine", "other", "running"):
        file = SpoolFile(tmp_path, token)
        if token != "running":
            file.close()
    new = SpoolFile(tmp_path, "mine")
    assert new.path in waiting_files(tmp_path)
    assert sorted(path.stem.rpartition("-")[2] for path in waiting_files(tmp_path)) == ["mine", "other", "running"]
