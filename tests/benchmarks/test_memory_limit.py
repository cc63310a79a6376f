"""Comparisons in a control group with a limit of memory."""

from pathlib import Path

import pytest

from benchmarks import memory_limit
from benchmarks.memory_limit import Turn, control_group, tabulate


def test_medians_are_of_the_commands_that_ended() -> None:
    turns = [Turn(0, 80.0, 700.0), Turn(-9, 300.0, 950.0), Turn(0, 90.0, 720.0)]
    assert tabulate(24, "default", turns) == ("24", "default", "3", "2", "85.0", "710")
    assert tabulate(96, "default", turns[1:2]) == ("96", "default", "1", "0", "–", "–")


@pytest.mark.parametrize("version", [1, 2])
def test_a_group_has_its_limit_without_swap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: int) -> None:
    monkeypatch.setattr(memory_limit, "CGROUPS", tmp_path)
    parent = tmp_path / "memory" if version == 1 else tmp_path
    parent.mkdir(exist_ok=True)
    size, swap = memory_limit.MEMORY_LIMITS[2 - version]
    make = Path.mkdir

    def make_group(folder: Path, **options: bool) -> None:
        """As the kernel does, with its files."""
        make(folder, **options)
        (folder / size).touch()

    monkeypatch.setattr(Path, "mkdir", make_group)
    monkeypatch.setattr(Path, "rmdir", lambda folder: None)
    with control_group(10**9) as group:
        assert group.parent == parent
        assert (group / size).read_text() == "1000000000"
        assert (group / swap).read_text() == ("1000000000" if version == 1 else "0")


def test_groups_that_cannot_be_made_are_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_limit, "CGROUPS", tmp_path / "missing")
    with pytest.raises(SystemExit, match="^Control groups must be writable: run as root"), control_group(10**9):
        pass
