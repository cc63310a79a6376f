"""Memory of a command with its processes."""

import os
import subprocess
import sys

import pytest

from benchmarks.comparison_memory import PROC, read_family, read_status

pytestmark = pytest.mark.skipif(not PROC.exists(), reason="memory is read from /proc")

CHILD = "block = bytearray(64 * 2**20); print('ready', flush=True); input()"
PARENT = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {CHILD!r}])"


def test_processes_that_a_process_starts_count() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        assert process.stdout.readline().strip() == b"ready"
        parent, child = read_family(process.pid)
        assert (parent["PPid"], child["PPid"]) == (os.getpid(), process.pid)
        assert child["RssAnon"] >= 64 * 1024 > parent["RssAnon"]
        assert parent["VmRSS"] >= parent["RssAnon"] + parent["RssFile"]
        process.stdin.close()
    assert read_family(process.pid) == []
    assert read_status(PROC / str(process.pid)) == {}
