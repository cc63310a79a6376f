"""Runs whose process died: found by the process that they name, and taken up again or closed."""

import hashlib
import os
import socket
from pathlib import Path
from typing import Any

from seqframe import __version__
from seqframe.config import NO_NUMBERS, PROJECT_ROOT, Settings
from seqframe.tracking.records import LOSS


def this_process() -> str:
    """Name this process so that no later one has the same name: host, number, time of start."""
    return f"{socket.gethostname()} {os.getpid()} {_start(os.getpid())}"


def is_dead(process: str) -> bool:
    """Whether a process of this host has ended; of another host's nothing is known."""
    host, _, rest = process.partition(" ")
    number, _, start = rest.partition(" ")
    if host != socket.gethostname() or not number.isdigit():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return start != _start(int(number))


def resume_key(pipeline: str, settings: Settings, rows: str) -> str:
    """What must be the same for a run to be taken up again: place, code, pipeline, settings, rows."""
    parts = (
        socket.gethostname(),
        str(PROJECT_ROOT),
        __version__,
        pipeline,
        settings.model_dump_json(exclude={"training": NO_NUMBERS}),
        rows,
    )
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def close_the_dead(client: Any, experiment: str) -> None:
    """Mark KILLED what is RUNNING in name alone."""
    for run in client.search_runs([experiment], "attributes.status = 'RUNNING'"):
        if is_dead(run.data.tags.get("process", "")):
            client.set_terminated(run.info.run_id, "KILLED")


def find_cut_off(client: Any, experiment: str, key: str) -> str | None:
    """The newest run of that key that was stopped or failed before its end."""
    query = f"tags.`resume.key` = '{key}' AND attributes.status != 'FINISHED' AND attributes.status != 'RUNNING'"
    runs = client.search_runs([experiment], query, max_results=1, order_by=["attributes.start_time DESC"])
    return str(runs[0].info.run_id) if runs else None


def find_child(client: Any, experiment: str, parent: str, framing: str) -> str | None:
    """The run of a framing below a parent that was taken up again."""
    query = f"tags.`mlflow.parentRunId` = '{parent}' AND tags.framing = '{framing}'"
    runs = client.search_runs([experiment], query, max_results=1)
    return str(runs[0].info.run_id) if runs else None


def take_up(client: Any, run_id: str) -> set[int]:
    """Open a run again, for this process; the epochs whose loss it has."""
    client.update_run(run_id, status="RUNNING")
    client.set_tag(run_id, "process", this_process())
    return {metric.step for metric in client.get_metric_history(run_id, LOSS)}


def _start(number: int) -> str:
    """When a process started, in clock ticks since the machine did; empty where it has ended, or nobody says."""
    try:
        state, *fields = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
        return fields[18] if state != "Z" else ""  # a zombie has ended: in a container it may stay for ever
    except (OSError, ValueError, IndexError):
        return ""
