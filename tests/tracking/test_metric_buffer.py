"""Losses keep the time of their training, however late they are sent to MLflow."""

from seqframe.tracking.runs import MetricBuffer
from seqframe.training.events import EpochEnd


def test_timestamps_are_from_training() -> None:
    losses = MetricBuffer()
    losses.logged["one"] = {2}
    losses.add(EpochEnd("one", "", (4.0,), 1, 4, at=1000.0))
    losses.add(EpochEnd("one", "", (3.0, 2.0, 1.0), 2, 4, at=1003.0))
    taken = [(metric.step, metric.value, metric.timestamp) for metric in losses.take("one")]
    assert taken == [(1, 4.0, 1_000_000), (3, 2.0, 1_002_000), (4, 1.0, 1_003_000)]
    assert losses.take("one") == []
