"""Processes of the tests: worker processes of a parent, and whether a process is still running."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

TIMEOUT_S = 120.0


def workers_of(parent: int, module: str = "seqframe.execution.worker") -> list[int]:
    """Process ids of the children of a process that run a module, in ascending order."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            status = (folder / "stat").read_text().rpartition(")")[2].split()
            command = (folder / "cmdline").read_text()
        except OSError:
            continue
        if int(status[1]) == parent and module in command:
            found.append(int(folder.name))
    return sorted(found)


def processes_with(variable: str) -> list[int]:
    """Process ids of the running processes that have an environment variable, given as NAME=value."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            variables = (folder / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if variable.encode() in variables and is_running(int(folder.name)):
            found.append(int(folder.name))
    return found


def is_running(process: int) -> bool:
    """Whether a process exists and is no zombie."""
    try:
        return (Path("/proc") / str(process) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_until(condition: Callable[[], Any]) -> Any:
    """Wait for a true value, and return it."""
    deadline = time.monotonic() + TIMEOUT_S
    while not (value := condition()):
        assert time.monotonic() < deadline, "timeout"
        time.sleep(0.01)
    return value
