"""The settings `backtest.*`."""

from typing import Annotated

from pydantic import Field

from seqframe.config.base import Count, Group


class Backtest(Group):
    """How forecasts of a table are tried on rows that were kept from training.

    Attributes:
        folds: How many times the table is cut into a training, a validation and a test part, each time later, with all
            rows before them to train on; null means as many as there is room for, up to 3.
        validation: Rows of a validation part, on which training is stopped and intervals are calibrated; null means
            inferred.
        test: Rows of a test part, on which forecasts are scored; null means inferred.
        embargo: Rows left out between the parts.
        confidence: The share of values that prediction intervals are to hold.
        keep: The framing that is kept as a model; null means the best.
    """

    folds: Count | None = None
    validation: Count | None = None
    test: Count | None = None
    embargo: Annotated[int, Field(ge=0)] = 0
    confidence: Annotated[float, Field(gt=0, lt=1)] = 0.9
    keep: str | None = None
