"""The folder of the model that is kept: whole, or as it was."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from seqframe.datasets import ForecasterDataset


@dataclass
class Written:
    """Stands for a forecaster."""

    text: str
    error: BaseException | None = None

    @property
    def forecaster(self) -> "Written":
        return self

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        (folder / "config.json").write_text(self.text)
        if self.error:
            raise self.error
        (folder / "seed_0.keras").write_text(self.text)


@pytest.fixture
def kept(tmp_path: Path) -> ForecasterDataset:
    return ForecasterDataset(str(tmp_path / "models" / "kept"))


def contents(kept: ForecasterDataset) -> dict[str, str]:
    folder = kept.load()
    assert [path.name for path in folder.parent.iterdir()] == ["kept"], "and nothing beside it"
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_the_next_one_takes_the_place_of_the_last(kept: ForecasterDataset) -> None:
    assert not kept.exists()
    for text in ("first", "second"):
        kept.save(Written(text))
        assert contents(kept) == {"config.json": text, "seed_0.keras": text}
    assert kept.exists()


def test_ctrl_c_while_it_is_written_leaves_what_was_there(kept: ForecasterDataset) -> None:
    with pytest.raises(KeyboardInterrupt):
        kept.save(Written("first", KeyboardInterrupt()))
    assert not list(kept.load().parent.iterdir())
    kept.save(Written("first"))
    with pytest.raises(KeyboardInterrupt):
        kept.save(Written("second", KeyboardInterrupt()))
    assert contents(kept) == {"config.json": "first", "seed_0.keras": "first"}


def test_ctrl_c_while_places_are_changed_leaves_what_was_there(
    kept: ForecasterDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept.save(Written("first"))
    replace, calls = Path.replace, []

    def interrupt(path: Path, target: Any) -> Path:
        calls.append(path)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        kept.save(Written("second"))
    assert contents(kept) == {"config.json": "first", "seed_0.keras": "first"}
