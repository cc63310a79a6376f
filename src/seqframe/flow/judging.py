"""What an answer sees, held against what it may see. Rows are compared, not positions, so that every task is judged."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seqframe.config import Task
from seqframe.errors import UserError
from seqframe.flow.matrix import Flow
from seqframe.windows import Windows

Steps = tuple[int, ...]
NAMED = 3  # how many answers a sentence names


@dataclass(frozen=True)
class Judgement:
    """What was measured, held against what could be had.

    Attributes:
        flow: What was measured.
        blind: By answered step, the steps of the window that it misses, all from 1.
        future: The same, of those that it should not see.
    """

    flow: Flow
    blind: dict[int, Steps]
    future: dict[int, Steps]

    @property
    def framing(self) -> str:
        """Whose network it is."""
        return self.flow.framing

    @property
    def verdict(self) -> str:
        """`future`, `blind` or `right`."""
        return "future" if self.future else "blind" if self.blind else "right"

    def sentence(self) -> str:
        """The judgement for people, in one line, naming steps."""
        if self.future:
            return (
                f"{self.framing} sees the future: {_name(self.future, 'depends on')} of the window, whose rows it "
                "could not have had when it is asked."
            )
        if self.blind:
            blind = _name(self.blind, "misses")
            return f"{self.framing} is blind: {blind} of the window, which it could have seen.{self._looked_at()}"
        return f"{self.framing} sees all that it could have seen, and nothing else."

    def _looked_at(self) -> str:
        """That some answers were looked at in place of all, where they are many."""
        looked_at, answers = len(self.flow.steps), int(self.flow.steps.max()) + 1
        return f" Of {answers} answers, {looked_at} were looked at." if looked_at < answers else ""


def could_be_had(windows: Windows, task: Task) -> NDArray[np.bool_]:
    """Which rows of a window were there when each of its answers is asked for: (steps, lookback).

    Those before the row that is to be predicted; where the row itself is to be echoed, that one too.
    """
    one = windows.select(np.array([0]))
    inputs, targets = one.inputs[0], one.targets[0]  # (lookback,), (steps,)
    had: NDArray[np.bool_] = inputs <= targets[:, None] if task.kind == "echo" else inputs < targets[:, None]
    return had


def judge(flow: Flow, windows: Windows, task: Task) -> Judgement:
    """Judge what was measured. An echo has no future: all that is asked for has been read."""
    had = could_be_had(windows, task)[flow.steps]  # (answers, lookback)
    missed = had & ~flow.sees
    ahead = flow.sees & ~had if task.kind != "echo" else np.zeros_like(had)
    return Judgement(flow, _by_answer(flow, missed), _by_answer(flow, ahead))


def refuse_future(judgement: Judgement, task: Task) -> None:
    """Refuse a network that sees the future, unless that was asked for.

    Raises:
        UserError: It does, and `task.allow_future` is false.
    """
    if judgement.future and not task.allow_future:
        raise UserError(
            f"{judgement.sentence()} Its scores would be too good to be true. Read forwards only "
            "(model.bidirectional=false), ask for rows after the window, or set task.allow_future=true."
        )


def _by_answer(flow: Flow, wrong: NDArray[np.bool_]) -> dict[int, Steps]:
    return {
        int(step) + 1: tuple((np.flatnonzero(line) + 1).tolist())
        for step, line in zip(flow.steps, wrong, strict=True)
        if line.any()
    }


def _name(wrong: dict[int, Steps], verb: str) -> str:
    parts = [f"answer {answer} {verb} {_span(steps)}" for answer, steps in list(wrong.items())[:NAMED]]
    more = len(wrong) - NAMED
    return ", ".join(parts) + (f" (and {more} more)" if more > 0 else "")


def _span(steps: Steps) -> str:
    """(1,) -> `step 1`; (1, 2, 3) -> `steps 1 to 3`; (1, 3) -> `steps 1, 3`."""
    if len(steps) == 1:
        return f"step {steps[0]}"
    if steps[-1] - steps[0] + 1 == len(steps):
        return f"steps {steps[0]} to {steps[-1]}"
    return "steps " + ", ".join(map(str, steps[:5])) + (" …" if len(steps) > 5 else "")
