"""Too little memory is one line before anything is computed."""

import ctypes
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from seqframe.data import memory
from seqframe.data.memory import MemoryNeed, available_memory, check_memory, release_library_pages
from seqframe.errors import UserError

SMAPS = Path("/proc/self/smaps")
NEEDS = [MemoryNeed("rows", 10**9, "the number of rows"), MemoryNeed("forecasts", 3 * 10**9, "backtest.max_forecasts")]


def test_the_largest_part_and_its_setting_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "available_memory", lambda: 2 * 10**9)
    with pytest.raises(UserError) as raised:
        check_memory(NEEDS)
    assert str(raised.value) == (
        "The command must fit into memory. Received: about 4.0 GB are needed, of them 3.0 GB for forecasts, and 2.0 GB "
        "are available. Lower backtest.max_forecasts."
    )


@pytest.mark.parametrize("available", [4 * 10**9, None])
def test_nothing_is_refused_that_fits_or_where_the_memory_is_unknown(
    monkeypatch: pytest.MonkeyPatch, available: int | None
) -> None:
    monkeypatch.setattr(memory, "available_memory", lambda: available)
    check_memory(NEEDS)


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.mark.parametrize(
    ("line", "folder", "names", "cached"),
    [
        ("0::/jobs/one", "jobs", ("memory.max", "memory.current"), "inactive_file 30\nactive_file 20"),
        (
            "4:memory:/jobs/one",
            "memory/jobs",
            ("memory.limit_in_bytes", "memory.usage_in_bytes"),
            "total_inactive_file 30\ninactive_file 9\ntotal_active_file 20",
        ),
    ],
    ids=["version 2", "version 1"],
)
def test_the_limit_of_a_control_group_counts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, line: str, folder: str, names: tuple[str, str], cached: str
) -> None:
    """The limit of a group also holds for the groups in it."""
    monkeypatch.setattr(memory, "PROC", tmp_path / "proc")
    monkeypatch.setattr(memory, "CGROUPS", tmp_path / "cgroup")
    write(tmp_path / "proc" / "meminfo", "MemTotal: 9 kB\nMemAvailable: 2 kB\nSwapFree: 1 kB\n")
    assert available_memory() == 3 * 1024
    write(tmp_path / "proc" / "self" / "cgroup", f"{line}\n")
    for name, text in zip((*names, "memory.stat"), ("1000", "300", f"file 9\n{cached}"), strict=True):
        write(tmp_path / "cgroup" / folder / name, f"{text}\n")
    assert available_memory() == 750
    write(tmp_path / "cgroup" / folder / names[0], "max\n")
    assert available_memory() == 3 * 1024


def mapped_memory(folder: Path) -> int:
    """Kilobytes of the shared libraries in a folder that are mapped."""
    blocks = re.findall(r"^\S+-\S+ (?:r-xp|r--p) .*\s(/.*)\n(?:\S+:.*\n)*?Rss: +(\d+)", SMAPS.read_text(), re.MULTILINE)
    return sum(int(size) for path, size in blocks if Path(path).is_relative_to(folder))


@pytest.mark.skipif(not SMAPS.exists(), reason="needs Linux")
def test_pages_of_libraries_are_unmapped_and_read_again() -> None:
    folder = Path(np.__file__).resolve().parents[1]
    expected = np.linalg.solve([[2.0, 1], [1, 3]], [1.0, 2])
    before = mapped_memory(folder)
    release_library_pages(folder)
    after = mapped_memory(folder)
    assert before > 5_000
    assert after < before / 2
    release_library_pages(folder / "missing")
    assert mapped_memory(folder) >= after
    assert list(np.linalg.solve([[2.0, 1], [1, 3]], [1.0, 2])) == list(expected)


COUNT_HEAPS = """
import ctypes, threading
libc = ctypes.CDLL(None)
libc.fdopen.restype = ctypes.c_void_p
barrier = threading.Barrier(8)

def allocate():
    libc.malloc(1000)
    barrier.wait()

threads = [threading.Thread(target=allocate) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
file = ctypes.c_void_p(libc.fdopen(1, b"w"))
libc.malloc_info(0, file)
libc.fflush(file)
"""


@pytest.mark.skipif(sys.platform != "linux" or not hasattr(ctypes.CDLL(None), "malloc_info"), reason="needs glibc")
def test_the_threads_of_a_command_share_two_heaps_unless_a_variable_sets_their_number() -> None:
    def count(code: str, **variables: str) -> int:
        command = [sys.executable, "-c", code + COUNT_HEAPS]
        environment = {name: text for name, text in os.environ.items() if not name.startswith("MALLOC_")}
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment | variables)
        return done.stdout.count("<heap nr=")

    command = "import seqframe.cli"
    assert count("") > 4
    assert count(command) == 2
    assert count(command, MALLOC_ARENA_MAX="4") == 4
