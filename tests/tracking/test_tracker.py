"""When the run of a framing is finished."""

from typing import Any

import pytest

from helpers.run_contexts import make_run_context
from seqframe.tracking.tracker import Tracker


class Calls:
    """A run logger that records its calls."""

    def __init__(self) -> None:
        self.finished: list[str] = []
        self.closed: list[str] = []

    def finish(self, framing: str) -> None:
        self.finished.append(framing)

    def close(self, status: str) -> None:
        self.closed.append(status)

    def __getattr__(self, name: str) -> Any:
        return lambda *_: None


@pytest.mark.parametrize(("framings", "finished"), [(("one",), []), (("one", "two"), ["one"])])
def test_a_run_is_finished_with_its_last_node_unless_other_nodes_log_to_it(
    framings: tuple[str, ...], finished: list[str]
) -> None:
    """A command that is killed in its last nodes leaves no FINISHED root run."""
    calls = Calls()
    tracker = Tracker(make_run_context(*framings), calls, {}, dict.fromkeys(framings, 1) | {"": 1})
    tracker.on_node_run("one", {}, {})
    assert (calls.finished, calls.closed) == (finished, [])
    tracker.on_node_run("", {}, {})
    tracker.close("FINISHED")
    assert calls.closed == ["FINISHED"]
