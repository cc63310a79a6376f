"""Scores are the first metrics of a run."""

from collections.abc import Sequence

from seqframe.tracking.metric_order import ScoresFirst
from seqframe.tracking.records import LogItem, Metrics, Tags

COUNTS = Metrics((("parameters/total", 9.0, 0),), 1)
LOSSES = Metrics((("train/loss", 0.5, 1),), 2)
SCORES = Metrics((("train/mae", 0.3, 0), ("test/mae", 0.4, 0)), 3)
TAGS = Tags({"causality": "causal"})


def in_order(*parts: Sequence[LogItem]) -> list[LogItem]:
    metrics = ScoresFirst()
    return [item for part in parts for item in metrics.order(part)]


def test_other_metrics_wait_for_the_scores() -> None:
    assert in_order([COUNTS, TAGS], [LOSSES]) == [TAGS]
    assert in_order([COUNTS, TAGS], [LOSSES], [SCORES]) == [TAGS, SCORES, COUNTS, LOSSES]


def test_metrics_after_the_scores_do_not_wait() -> None:
    assert in_order([SCORES], [COUNTS], [LOSSES]) == [SCORES, COUNTS, LOSSES]


def test_metrics_of_a_run_without_scores_are_written_once() -> None:
    metrics = ScoresFirst()
    assert list(metrics.order([COUNTS])) == []
    assert metrics.rest() == [COUNTS]
    assert metrics.rest() == []
