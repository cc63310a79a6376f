"""Compilation of a small function in a process of its own, with an empty cache of Numba."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("numba")

from helpers.processes import is_running

MODULE = """
from numba.types import float64
from seqframe.networks.kernel.compile import CompiledFunction

def double(x):
    return 2 * x

double = CompiledFunction(double, (float64,), 0)
"""
CALL = """
assert double(2.0) == 4.0
print("loaded" if double._dispatcher.stats.cache_hits else "compiled")
"""


@pytest.fixture
def folder(tmp_path) -> Path:
    (tmp_path / "module.py").write_text(MODULE)
    return tmp_path


def start(code: str, folder: Path, cache: str = "cache") -> "subprocess.Popen[str]":
    """Start Python code that knows the function, with a cache in a folder."""
    path = os.pathsep.join([str(folder), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(folder / cache), "PYTHONPATH": path}
    command = [sys.executable, "-c", f"from module import double\n{code}"]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def run(code: str, folder: Path, cache: str = "cache") -> str:
    """The output of Python code that knows the function."""
    process = start(code, folder, cache)
    printed, _ = process.communicate()
    assert process.returncode == 0
    return printed.strip()


def test_one_process_compiles_and_the_others_load(folder) -> None:
    processes = [start("double.compile(); print(bool(double._dispatcher.stats.cache_misses))", folder) for _ in "abc"]
    assert sorted(process.communicate()[0].strip() for process in processes) == ["False", "False", "True"]
    assert run("print(double.is_compiled(), double._started)" + CALL, folder) == "True None\nloaded"


def test_a_call_waits_for_the_process_that_compiles(folder) -> None:
    assert run("print(double.is_compiled())" + CALL, folder) == "False\nloaded"
    assert run("double.start_compiling(); print(double._started)" + CALL, folder) == "None\nloaded"


@pytest.mark.parametrize(
    "fault",
    [
        "double._module = 'no_such_module'",
        "double.start_compiling(); double._started.kill()",
        "import sys; sys.executable = '/no/such/python'",
    ],
)
def test_this_process_compiles_if_the_other_one_fails(fault, folder) -> None:
    assert run(fault + CALL, folder) == "compiled"


def test_new_sources_are_compiled(folder) -> None:
    assert run(CALL, folder) == "loaded"
    (folder / "module.py").write_text(MODULE.replace("(float64,), 0", "(float64,), 1"))
    assert run("print(double.is_compiled())" + CALL, folder) == "False\nloaded"


def test_the_process_ends_with_the_one_that_has_started_it(folder) -> None:
    waits = "import sys, time\nif sys.argv[0] != '-c':\n    time.sleep(600)\n"
    (folder / "module.py").write_text(MODULE + waits)
    number = int(run("double.start_compiling(); print(double._started.pid)", folder))
    deadline = time.monotonic() + 30
    while is_running(number) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not is_running(number)
    assert not list(folder.rglob("*.compiled"))


def test_without_a_folder_for_the_cache_each_process_compiles(folder) -> None:
    no_folder = "import numba.core.caching as caching\ncaching.CacheImpl._locator_classes = []\n"
    (folder / "module.py").write_text(no_folder + MODULE)
    assert run("print(double.is_compiled())" + CALL, folder) == "False\ncompiled"
