"""What one framing costs at one length and width: prints `{"ms": …, "mib": …, "parameters": …}`.

    python -m benchmarks.workers.cost many_to_many 20 5 as_planned

`dense` instead of `as_planned` takes TimeDistributed off the head, which leaves the same numbers to be computed.
Milliseconds are those of an epoch after tracing. Memory is the peak of the process above its peak after the imports.
"""

import json
import resource
import sys
import time
from dataclasses import replace

from benchmarks.posing import find_framing, pose, settings
from seqframe.network import draw_network
from seqframe.plan import TimeDistributed
from seqframe.training import train

WARM_EPOCHS = 3
SPAN_S = 1.0  # how long the measured training lasts, at least so many epochs:
FEWEST_EPOCHS = 5


def measure(name: str, length: int, units: int, head: str) -> dict[str, float]:
    """Train one framing of the ramp in this process."""
    imported = read_peak()
    plan, X, y = pose(find_framing(name), length, units)
    if head == "dense" and isinstance(plan.head, TimeDistributed):
        plan = replace(plan, head=plan.head.layer)
    network = draw_network(plan, seed=0)

    def seconds(epochs: int) -> float:
        started = time.perf_counter()
        train(network, X, y, settings(epochs))
        return (time.perf_counter() - started) / epochs

    seconds(WARM_EPOCHS)  # builds and traces
    rough = seconds(FEWEST_EPOCHS)
    epoch = seconds(max(FEWEST_EPOCHS, round(SPAN_S / rough)))
    parameters = sum(weights.size for weights in network.weights)
    return {"ms": epoch * 1000, "mib": read_peak() - imported, "parameters": parameters}


def read_peak() -> float:
    """The most memory that this process has held so far, in MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])))
