"""Compile functions in a process of their own, once for all processes: `python -m seqframe.networks.kernel.compile`.

The compiler takes some 350 MB, which a process keeps, and half a minute. The process that compiles a function stores
its machine code in Numba's cache; others wait for it, and load the machine code from there. An empty file in the folder
of the cache marks a function that is compiled.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from subprocess import Popen
from threading import Lock, Thread
from typing import Any
from zlib import crc32

from seqframe.networks.kernel.machine_code import compiled, describe_target
from seqframe.networks.module_process import start_module

try:
    import fcntl
except ImportError:  # Windows: two processes may compile the same function
    fcntl = None  # type: ignore[assignment]

FUNCTIONS: dict[str, "CompiledFunction"] = {}  # the functions of this process, by name
_PIPES: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


class CompiledFunction:
    """A function with a signature of Numba types, which is compiled before its first call."""

    def __init__(self, function: Callable[..., Any], signature: tuple[Any, ...], sources: int) -> None:
        """`sources` is a checksum of all source files that the function depends on."""
        self._module, self._name, self._signature = function.__module__, function.__name__, signature
        self._dispatcher, self._lock, self._ready = compiled(function), Lock(), False
        self._marker: Path | None = None
        self._started: Popen[bytes] | None = None
        if folder := self._dispatcher.stats.cache_path:  # None: there is no cache
            changed = Path(function.__code__.co_filename).stat().st_mtime_ns  # the cache notices that
            key = crc32(f"{describe_target()} {signature} {sources} {changed}".encode())
            self._marker = Path(folder) / f"{self._name}-{key:08x}.compiled"
        FUNCTIONS[self._name] = self

    def __call__(self, *arguments: Any) -> Any:
        """Run the function."""
        if not self._ready:
            self.prepare()
        return self._dispatcher(*arguments)

    def is_compiled(self) -> bool:
        """Whether the function is compiled, in this process or in Numba's cache."""
        return bool(self._dispatcher.signatures) or (self._marker is not None and self._marker.exists())

    def start_compiling(self) -> None:
        """Start to compile the function in another process, which ends with this one."""
        if self._started is None and self._marker is not None and not self.is_compiled():
            with suppress(OSError):  # the system starts no other process
                self._started = start_module(__name__, self._module, self._name, **_PIPES)

    def compile(self) -> None:
        """Compile the function in this process, unless another one is doing so."""
        if self._marker is None:
            self._dispatcher.compile(self._signature)
            return
        with _locked(self._marker.with_suffix(".lock")):
            if not self.is_compiled():
                self._dispatcher.compile(self._signature)
                self._marker.touch()

    def prepare(self) -> None:
        """Wait until the function is compiled. If the other process fails, this one compiles it."""
        with self._lock:
            self.start_compiling()
            if self._started is not None:
                self._started.wait()
                self._started.stdin.close()  # type: ignore[union-attr]
            self._ready = True


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold the lock on a file: one process at a time."""
    with path.open("w") as file:
        if fcntl is not None:
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _exit_with_parent() -> None:
    """End this process with the one that has started it, which closes the pipe."""
    os.read(0, 1)
    os._exit(1)


if __name__ == "__main__":
    Thread(target=_exit_with_parent, daemon=True).start()
    import_module(sys.argv[1])
    import_module("seqframe.networks.kernel.compile").FUNCTIONS[sys.argv[2]].compile()
