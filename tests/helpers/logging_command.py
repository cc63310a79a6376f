"""A command that logs two framings in some seconds, without training anything.

    python logging_command.py SPOOL SECONDS

It logs EPOCHS losses and two metrics of each framing, and prints the messages for users.
"""

import sys
import time
from pathlib import Path

from helpers.run_contexts import make_run_context
from seqframe.tracking.background import LoggingProcess
from seqframe.tracking.records import File, Metrics, RunInfo, Tags
from seqframe.training.events import EpochEnd

INFO = RunInfo({"X_shape": "(1, 5, 1)"}, {"data.rows": "5"}, "0123456789abcdef")
NAMES = ("one", "two")
EPOCHS = 200
STEPS = 10  # events of a framing


def log_all(logger: LoggingProcess, seconds: float) -> None:
    for name in NAMES:
        logger.open(name, INFO)
        for step in range(STEPS):
            first = step * EPOCHS // STEPS + 1
            losses = tuple(1 / epoch for epoch in range(first, first + EPOCHS // STEPS))
            logger.on_event(EpochEnd(name, "", losses, first, EPOCHS))
            time.sleep(seconds / STEPS / len(NAMES))
        logger.log(name, [Metrics((("score/mse", 0.5, 0), ("score/mae", 0.25, 0)), 1), Tags({"causality": "causal"})])
        logger.log(name, [File("layers.csv", b"a,b\n1,2\n")])
        logger.finish(name)
    logger.close("FINISHED")


if __name__ == "__main__":
    with LoggingProcess(Path(sys.argv[1]), print) as process:
        log_all(process.start(make_run_context(*NAMES)), float(sys.argv[2]))
