"""Processes that run a module of this package."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

SOURCES = Path(__file__).resolve().parents[2]


def start_module(
    module: str, *arguments: str, variables: dict[str, str] | None = None, **options: Any
) -> "subprocess.Popen[bytes]":
    """Start `python -m module`, with this package on its path, in a session of its own.

    So neither Ctrl-C nor signals to the terminal's process group reach it. `variables` are added to the environment.
    """
    path = os.pathsep.join([str(SOURCES), *filter(None, [os.environ.get("PYTHONPATH")])])
    return subprocess.Popen(
        [sys.executable, "-P", "-m", module, *arguments],
        env={**os.environ, "PYTHONPATH": path, **(variables or {})},
        start_new_session=True,
        **options,
    )
