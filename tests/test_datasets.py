"""A saved forecaster is replaced atomically, and files of killed processes are removed."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from seqframe.datasets import ForecasterDataset
from seqframe.datasets.replaced_file import replace_folder
from seqframe.datasets.tables import TextFile


@dataclass
class FakeForecaster:
    """A forecaster that writes a text, and raises an error if there is one."""

    text: str
    error: BaseException | None = None

    @property
    def forecaster(self) -> "FakeForecaster":
        return self

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        (folder / "config.json").write_text(self.text)
        if self.error:
            raise self.error
        (folder / "seed_0.keras").write_text(self.text)


@pytest.fixture
def dataset(tmp_path: Path) -> ForecasterDataset:
    return ForecasterDataset(str(tmp_path / "models" / "forecaster"))


def contents(dataset: ForecasterDataset) -> dict[str, str]:
    folder = dataset.load()
    assert [path.name for path in folder.parent.iterdir()] == ["forecaster"], "no temporary folders"
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_saving_replaces_the_previous_forecaster(dataset: ForecasterDataset) -> None:
    assert not dataset.exists()
    for text in ("first", "second"):
        dataset.save(FakeForecaster(text))
        assert contents(dataset) == {"config.json": text, "seed_0.keras": text}
    assert dataset.exists()


def test_the_previous_forecaster_survives_an_interrupted_save(dataset: ForecasterDataset) -> None:
    with pytest.raises(KeyboardInterrupt):
        dataset.save(FakeForecaster("first", KeyboardInterrupt()))
    assert not list(dataset.load().parent.iterdir())
    dataset.save(FakeForecaster("first"))
    with pytest.raises(KeyboardInterrupt):
        dataset.save(FakeForecaster("second", KeyboardInterrupt()))
    assert contents(dataset) == {"config.json": "first", "seed_0.keras": "first"}


def test_the_previous_forecaster_survives_an_interrupted_rename(
    dataset: ForecasterDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset.save(FakeForecaster("first"))
    replace, calls = Path.replace, []

    def interrupt(path: Path, target: Any) -> Path:
        calls.append(path)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        dataset.save(FakeForecaster("second"))
    assert contents(dataset) == {"config.json": "first", "seed_0.keras": "first"}


def test_the_last_of_two_processes_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process renames its folder between the two renames of this one."""
    (tmp_path / "saved").mkdir()
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "mine").touch()
    replace, calls = Path.replace, []

    def race(path: Path, target: Any) -> Path:
        calls.append(path)
        if len(calls) == 2:
            (tmp_path / "saved").mkdir()
            (tmp_path / "saved" / "other").touch()
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", race)
    replace_folder(tmp_path / "new", tmp_path / "saved")
    assert [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")] == ["saved", "saved/mine"]


def test_temporary_files_of_killed_processes_are_removed(tmp_path: Path, dataset: ForecasterDataset) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    left, used, other = (tmp_path / name for name in (f".t.{ended.pid}.txt", f".t.{os.getppid()}.txt", ".t.csv.txt"))
    for path in (left, used, other):
        path.write_text("half")
    TextFile(filepath=str(tmp_path / "t.txt")).save("whole")
    assert not left.exists()
    assert used.exists()
    assert other.exists()
    for name in (f"forecaster.{ended.pid}.new", f".forecaster.{ended.pid}.old"):
        dataset.load().with_name(name).mkdir(parents=True)
    dataset.save(FakeForecaster("first"))
    assert contents(dataset)
