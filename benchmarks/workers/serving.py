"""The worker's end of the line: builds what it measures, says so, and works whenever it is asked to."""

import math
import os
import sys
import time
from collections.abc import Callable

Work = Callable[[int], float]  # does so many units of work, and gives the last loss


def serve(build: Callable[..., tuple[Work, str]], warm: int = 0) -> None:
    """Build from the arguments of the command, do `warm` times a unit of work, say `ready`, then answer every line.

    `build` gives the work and what there is to say about it. A line is a count; its answer is milliseconds a unit.
    """
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is no answer
    try:
        work, description = build(*sys.argv[1:])
        for _ in range(warm):
            work(1)
    except Exception as error:
        print("failed", type(error).__name__, file=answers, flush=True)
        raise
    print("ready", description, file=answers, flush=True)
    for line in sys.stdin:
        count = int(line)
        started = time.perf_counter()
        loss = work(count)
        elapsed = time.perf_counter() - started
        if not math.isfinite(loss):
            raise ArithmeticError(f"The loss is {loss}.")
        print(elapsed / count * 1e3, file=answers, flush=True)
