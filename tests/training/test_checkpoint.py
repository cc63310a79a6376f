import errno
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from seqframe.training.checkpoint import CheckpointFile, CheckpointStore

FIRST = {"weights": np.arange(6.0).reshape(2, 3), "epoch": np.array(3), "stopped": np.array(False)}
SECOND = {**FIRST, "epoch": np.array(4)}


@pytest.fixture
def checkpoint(tmp_path: Path) -> CheckpointFile:
    return CheckpointFile(tmp_path / "folder" / "many_to_many.checkpoint")


def epoch(checkpoint: CheckpointFile, fingerprint: str = "mine") -> int | None:
    arrays = checkpoint.load(fingerprint).arrays
    return None if arrays is None else int(arrays["epoch"])


def test_what_is_saved_comes_back_to_the_bit(checkpoint: CheckpointFile) -> None:
    assert checkpoint.load("mine").arrays is None
    checkpoint.save("mine", FIRST)
    assert checkpoint.path.exists()
    arrays = checkpoint.load("mine").arrays
    assert arrays is not None
    assert {name: (value.dtype, value.tobytes()) for name, value in arrays.items()} == {
        name: (value.dtype, value.tobytes()) for name, value in FIRST.items()
    }


def test_the_previous_version_remains(checkpoint: CheckpointFile) -> None:
    checkpoint.save("mine", FIRST)
    checkpoint.save("mine", SECOND)
    assert epoch(checkpoint) == 4
    checkpoint.path.unlink()
    assert epoch(checkpoint) == 3, "as after a death between the two renames"


@pytest.mark.parametrize("damage", ["cut", "flip", "empty", "text"])
def test_a_damaged_file_falls_back_to_the_version_before_with_a_message(
    checkpoint: CheckpointFile, damage: str
) -> None:
    checkpoint.save("mine", FIRST)
    checkpoint.save("mine", SECOND)
    content = bytearray(checkpoint.path.read_bytes())
    middle = len(content) // 2
    content[middle] ^= 1
    damaged = {"cut": content[:middle], "flip": content, "empty": b"", "text": b"hello"}[damage]
    checkpoint.path.write_bytes(damaged)
    loaded = checkpoint.load("mine")
    assert loaded.arrays is not None
    assert loaded.arrays["epoch"] == 3
    (message,) = loaded.messages
    assert message == "the checkpoint many_to_many.checkpoint is damaged (its checksum is wrong) and is not used"
    checkpoint.previous.write_bytes(b"")
    assert checkpoint.load("mine").arrays is None
    assert len(checkpoint.load("mine").messages) == 2


def test_every_flipped_bit_is_noticed(checkpoint: CheckpointFile) -> None:
    checkpoint.save("mine", FIRST)
    content = checkpoint.path.read_bytes()
    for position in range(0, len(content), 37):
        for bit in (1, 128):
            changed = bytearray(content)
            changed[position] ^= bit
            checkpoint.path.write_bytes(changed)
            assert checkpoint.load("mine").arrays is None


def test_a_checkpoint_of_other_settings_is_never_used(checkpoint: CheckpointFile) -> None:
    checkpoint.save("other", FIRST)
    loaded = checkpoint.load("mine")
    assert loaded.arrays is None
    assert loaded.messages == ["the checkpoint many_to_many.checkpoint is of other settings or data and is not used"]


def test_where_there_is_no_space_the_old_one_stays(checkpoint: CheckpointFile, monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoint.save("mine", FIRST)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left on device"):
        checkpoint.save("mine", SECOND)
    assert epoch(checkpoint) == 3
    assert not list(checkpoint.path.parent.glob("*.unfinished"))


def test_a_worker_does_not_create_the_folder_of_a_command_that_has_ended(tmp_path: Path) -> None:
    store = CheckpointStore(tmp_path / "folder")
    store.share_lock()
    with pytest.raises(FileNotFoundError):
        store.file("many_to_many", "mine").save("mine", FIRST)
    assert not store.folder.exists()


def test_no_pickle_is_read(checkpoint: CheckpointFile) -> None:
    with pytest.raises(ValueError, match="allow_pickle=False"):
        checkpoint.save("mine", {"object": np.array([{}], dtype=object)})


def test_a_store_is_locked_by_one_process(tmp_path: Path) -> None:
    store = CheckpointStore(tmp_path / "compare-1234")
    assert store.lock()
    assert store.lock(), "the same process may ask twice"
    store.file("one", "fingerprint").save("fingerprint", FIRST)
    code = (
        "import sys; from pathlib import Path; from seqframe.training.checkpoint import CheckpointStore;"
        "other = CheckpointStore(Path(sys.argv[1])); print(other.lock()); other.delete()"
    )
    command = [sys.executable, "-c", code, str(store.folder)]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() == "False"
    assert store.count() == 1, "a store that another process has locked is not deleted"
    store.release()
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() == "True"
    assert not store.folder.exists()


def test_a_store_counts_networks_and_forgets_them(tmp_path: Path) -> None:
    store = CheckpointStore(tmp_path / "compare-1234")
    assert store.count() == 0
    token = store.token()
    assert token == store.token() != ""
    for name in ("a", "b"):
        for arrays in (FIRST, SECOND):
            store.file("one", name).save(name, arrays)
    assert store.count() == 2, "two versions of a checkpoint are one network"
    store.clear()
    assert store.count() == 0
    assert store.token() != token, "what is cleared is another command to MLflow"
    store.delete()


def test_the_token_of_a_store_that_cannot_be_written_is_empty(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert CheckpointStore(tmp_path / "file" / "compare").token() == ""
