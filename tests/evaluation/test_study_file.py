"""The file of a study: what is written together is read together, and what a kill has left is repaired."""

from pathlib import Path

import pytest

from seqframe.evaluation.study_file import Operation, StudyFile


def read(path: Path) -> list[Operation]:
    file = StudyFile(path)
    file.close()
    return file.read_logs(0)


def test_operations_are_read_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "study.log"
    file = StudyFile(path)
    file.append_logs([{"a": 1}])
    assert read(path) == file.read_logs(0) == [{"a": 1}]
    with file.together():
        file.append_logs([{"b": (1, 2)}])
        file.append_logs([{"c": 0.1}])
        assert file.read_logs(1) == [{"b": [1, 2]}, {"c": 0.1}], "as in the file"
        assert read(path) == [{"a": 1}], "nothing is written before the end of the block"
    file.sync()
    file.close()
    assert read(path) == [{"a": 1}, {"b": [1, 2]}, {"c": 0.1}]


def interrupt(file: StudyFile) -> None:
    with file.together():
        file.append_logs([{"a": 1}])
        raise KeyboardInterrupt


def test_nothing_of_a_block_with_an_error_is_written(tmp_path: Path) -> None:
    path = tmp_path / "study.log"
    file = StudyFile(path)
    with pytest.raises(KeyboardInterrupt):
        interrupt(file)
    file.close()
    assert path.read_bytes() == b""


@pytest.mark.parametrize("damage", [b'[{"b":', b'[{"b":2}]', b"\0\0\0\n", b'{"b":2}\n'])
def test_an_incomplete_line_is_removed(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "study.log"
    file = StudyFile(path)
    file.append_logs([{"a": 1}])
    file.close()
    path.write_bytes(path.read_bytes() + damage)
    again = StudyFile(path)
    again.append_logs([{"c": 3}])
    again.close()
    assert read(path) == [{"a": 1}, {"c": 3}]
