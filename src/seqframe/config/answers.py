"""The settings `answers.*`."""

from typing import Annotated

from pydantic import Field

from seqframe.config.base import Count, Group


class Answers(Group):
    """How the questions of the tutorial's readers are answered.

    Attributes:
        only: The one question to be answered, such as `Q4`; null means all.
        seeds: How many networks an answer about training is taken from.
    """

    only: Annotated[str, Field(pattern=r"^Q([1-9]|1[0-3])$")] | None = None
    seeds: Count = 3
