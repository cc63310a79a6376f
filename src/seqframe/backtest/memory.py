"""How much memory a piece of work takes, at its highest."""

from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


class PeakMemory:
    """Watches the memory of this process while it is entered; `megabytes` is the highest, None where it can't be told.

    The system keeps the highest, and Linux lets a process begin anew; elsewhere it is that of the whole run so far.
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
        self.megabytes = highest_memory()


def highest_memory() -> float | None:
    """The highest memory of this process since it began, or since it was last made to begin anew; megabytes."""
    with suppress(OSError, StopIteration):
        line = next(line for line in STATUS.read_text().splitlines() if line.startswith("VmHWM"))
        return float(line.split()[1]) / 1024
    try:
        import resource
    except ImportError:  # Windows
        return None
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20  # macOS counts in bytes
