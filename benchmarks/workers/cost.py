"""Cost of one framing at one length and width: prints `{"ms": …, "mib": …, "parameters": …, "to_dense": …}`.

    python -m benchmarks.workers.cost many_to_many 20 5

`ms` is the time of an epoch after tracing, `mib` the peak memory of the process, without pages of library files, above
its memory after the imports. If the head is TimeDistributed, `to_dense` is the time of an epoch relative to the same
network without the wrapper, which computes the same numbers: both train alternately in this process, and the ratio is
computed for each turn.
"""

import json
import resource
import sys
import time
from dataclasses import replace
from functools import partial
from typing import Any

from benchmarks.machine import in_turns, ratio
from benchmarks.problem import find_framing, make_problem, settings
from seqframe.data.memory import CLEAR, STATUS
from seqframe.networks.build import init_network
from seqframe.networks.spec import NetworkState, TimeDistributed
from seqframe.training.trainer import train

WARM_EPOCHS = 3
SPAN_S = 1.0  # duration of the measured training, at least:
MIN_EPOCHS = 5
TURNS = 21


def measure(name: str, length: int, units: int) -> dict[str, float]:
    """Train one framing on the ramp in this process."""
    if CLEAR.exists():
        CLEAR.write_text("5")  # the peak is the current memory
    imported = read_peak()
    spec, X, y = make_problem(find_framing(name), length, units)
    network = init_network(spec, seed=0)
    seconds = partial(time_epoch, network, X, y)
    seconds(WARM_EPOCHS)  # builds and traces
    epochs = max(MIN_EPOCHS, round(SPAN_S / seconds(MIN_EPOCHS)))
    measured = {"ms": seconds(epochs) * 1000, "mib": read_peak() - imported}
    measured["parameters"] = sum(weights.size for weights in network.weights)
    if isinstance(spec.head, TimeDistributed):
        dense = NetworkState(replace(spec, head=spec.head.layer), network.weights)
        without = partial(time_epoch, dense, X, y)
        without(WARM_EPOCHS)
        turn = max(MIN_EPOCHS, epochs // 4)
        times = in_turns({"with": partial(seconds, turn), "without": partial(without, turn)}, TURNS)
        measured["to_dense"] = ratio(times["with"], times["without"])
    return measured


def time_epoch(network: NetworkState, X: Any, y: Any, epochs: int) -> float:
    """Seconds per epoch, averaged over `epochs`."""
    started = time.perf_counter()
    train(network, X, y, settings(epochs))
    return (time.perf_counter() - started) / epochs


def read_peak() -> float:
    """Peak memory of this process since the imports, without pages of library files where they are known, in MiB."""
    if STATUS.exists():
        fields = dict(line.split(":", 1) for line in STATUS.read_text().splitlines())
        peak, files = (int(fields[name].split()[0]) for name in ("VmHWM", "RssFile"))
        return (peak - files) / 2**10
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))))
