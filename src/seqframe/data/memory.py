"""Memory that is available, that a command will need, and that a process has taken.

A process that takes more memory than there is ends without a message, so a command that needs more is refused before
it starts.
"""

import ctypes
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from seqframe.errors import UserError

GB = 10**9
M_ARENA_MAX = -8  # from malloc.h: the largest number of heaps, by default 8 per core
MAX_HEAPS = 2
MADV_DONTNEED = 4  # from mman.h
PROC, CGROUPS = Path("/proc"), Path("/sys/fs/cgroup")  # Linux
STATUS, CLEAR, MAPS = PROC / "self/status", PROC / "self/clear_refs", PROC / "self/maps"
LIMITS = (("memory.max", "memory.current"), ("memory.limit_in_bytes", "memory.usage_in_bytes"))  # version 2, version 1
CACHED = ("inactive_file", "active_file")  # pages of files, which can be read again; MemAvailable counts them, too


@dataclass(frozen=True)
class MemoryNeed:
    """A part of the memory that a command needs.

    Attributes:
        what: What takes it, in the plural, such as `forecasts`.
        size: Bytes.
        remedy: What lowers it: the second part of "Lower ...".
    """

    what: str
    size: int
    remedy: str


def limit_heaps() -> None:
    """Let all threads allocate from a few heaps, where the C library can (glibc): each one keeps memory for later use.

    The variable `MALLOC_ARENA_MAX` overrides it. Threads that run already keep their heaps.
    """
    if "MALLOC_ARENA_MAX" not in os.environ and (set_option := _library_function("mallopt")):
        set_option(M_ARENA_MAX, MAX_HEAPS)


def release_free_memory() -> None:
    """Give free memory back to the system, where the C library can (glibc): it holds much of it for later use."""
    if trim := _library_function("malloc_trim"):
        trim(0)


def release_library_pages(folder: Path) -> None:
    """Unmap what was read of the code and the tables of shared libraries in a folder (Linux).

    Loading a large library reads much of it once. A page that is needed again is mapped again, from the system's cache.
    """
    unmap = _library_function("madvise")
    if unmap is None:
        return
    with suppress(OSError):
        for line in MAPS.read_text().splitlines():
            addresses, access, offset, _, _, *path = line.split(maxsplit=5)
            is_unchanged = access == "r-xp" or (access == "r--p" and int(offset, 16) == 0)  # not what is relocated
            if is_unchanged and path and Path(path[0]).is_relative_to(folder):
                start, end = (int(address, 16) for address in addresses.split("-"))
                unmap(ctypes.c_void_p(start), ctypes.c_size_t(end - start), MADV_DONTNEED)


def _library_function(name: str) -> Callable[..., int] | None:
    """A function of the C library on Linux; None elsewhere, or if it has no such function."""
    return getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None


def check_memory(needs: Sequence[MemoryNeed]) -> None:
    """Check that the parts together fit into the memory that is available; nothing is checked if that is unknown.

    Raises:
        UserError: They do not fit; one line with the largest part and the settings that lower it.
    """
    available, total = available_memory(), sum(need.size for need in needs)
    if available is None or total <= available:
        return
    largest = max(needs, key=lambda need: need.size)
    raise UserError(
        f"The command must fit into memory. Received: about {total / GB:.1f} GB are needed, of them "
        f"{largest.size / GB:.1f} GB for {largest.what}, and {available / GB:.1f} GB are available. "
        f"Lower {largest.remedy}."
    )


def available_memory() -> int | None:
    """Bytes that this process can still take, with swap and the limit of its container; None if unknown."""
    known = [each for each in (_free_memory(), *_left_in_cgroups()) if each is not None]
    return min(known, default=None)


def _free_memory() -> int | None:
    with suppress(OSError, ValueError):
        fields = dict(line.split(":", 1) for line in (PROC / "meminfo").read_text().splitlines())
        names = [name for name in ("MemAvailable", "SwapFree") if name in fields]
        if "MemAvailable" in names:
            return sum(int(fields[name].split()[0]) * 1024 for name in names)
    with suppress(ValueError, OSError, AttributeError):  # other systems, where these names may be unknown
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return None


def _left_in_cgroups() -> Iterator[int]:
    """What is left of the limit of each control group that this process belongs to."""
    with suppress(OSError):
        for line in (PROC / "self" / "cgroup").read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            root = CGROUPS / controllers if controllers else CGROUPS
            folder = root / path.lstrip("/")
            for group in (folder, *folder.parents):
                yield from _left_in_group(group)
                if group == root:
                    break


def _left_in_group(group: Path) -> Iterator[int]:
    for limit, usage in LIMITS:
        with suppress(OSError, ValueError):  # no such file, or no limit
            stat = dict(line.split() for line in (group / "memory.stat").read_text().splitlines())
            cached = sum(int(stat.get(f"total_{name}", stat.get(name, 0))) for name in CACHED)
            yield int((group / limit).read_text()) - int((group / usage).read_text()) + cached


class PeakMemory:
    """Context manager that measures the peak memory of this process: `megabytes`, None where it is unknown.

    On Linux the peak is reset on entry; elsewhere it is the peak of the process so far.
    """

    def __init__(self) -> None:
        self.megabytes: float | None = None

    def __enter__(self) -> Self:
        with suppress(OSError):
            CLEAR.write_text("5")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.megabytes = peak_memory()


def peak_memory() -> float | None:
    """Peak memory of this process since its start or the last reset, in megabytes; None where it is unknown."""
    with suppress(OSError, StopIteration):
        line = next(line for line in STATUS.read_text().splitlines() if line.startswith("VmHWM"))
        return float(line.split()[1]) / 1024
    try:
        import resource
    except ImportError:  # Windows
        return None
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20  # bytes on macOS
