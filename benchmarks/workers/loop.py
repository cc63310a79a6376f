"""The main loop of a worker: build the model, print `ready`, then answer each request with a time."""

import math
import os
import sys
import time
from collections.abc import Callable

Work = Callable[[int], float]  # runs a number of units of work and returns the last loss


def serve(build: Callable[..., tuple[Work, str]], warm: int = 0) -> None:
    """Build from the arguments of the command, run `warm` units of work, print `ready`, then serve all requests.

    `build` returns the work and its description. A request is a line with a count; the response is
    milliseconds per unit.
    """
    responses = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # output of libraries does not mix with the responses
    try:
        work, description = build(*sys.argv[1:])
        for _ in range(warm):
            work(1)
    except Exception as error:
        print("failed", type(error).__name__, file=responses, flush=True)
        raise
    print("ready", description, file=responses, flush=True)
    for line in sys.stdin:
        count = int(line)
        started = time.perf_counter()
        loss = work(count)
        elapsed = time.perf_counter() - started
        if not math.isfinite(loss):
            raise ArithmeticError(f"The loss is {loss}.")
        print(elapsed / count * 1e3, file=responses, flush=True)
