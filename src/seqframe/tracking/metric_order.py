"""The order in which the metrics of a run are written: scores first.

MLflow opens a comparison of runs with the first metric that they share.
"""

from collections.abc import Iterator, Sequence

from seqframe.tracking.records import LogItem, Metrics

SCORE = "test/"  # how the names of scores begin


class ScoresFirst:
    """Metrics of a run that wait for its scores."""

    def __init__(self) -> None:
        self._waiting: list[Metrics] = []
        self._has_scores = False

    def order(self, items: Sequence[LogItem]) -> Iterator[LogItem]:
        """The items to write now: other metrics only after the first scores."""
        for item in items:
            if not isinstance(item, Metrics):
                yield item
            elif self._has_scores or any(name.startswith(SCORE) for name, _, _ in item.points):
                self._has_scores = True
                yield item
                yield from self.rest()
            else:
                self._waiting.append(item)

    def rest(self) -> list[Metrics]:
        """Remove and return the metrics that are waiting, for a run that ends without scores."""
        waiting, self._waiting = self._waiting, []
        return waiting
