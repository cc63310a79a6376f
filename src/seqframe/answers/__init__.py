"""The questions that the tutorial left open, each a small module that runs an experiment and answers with a number."""

from seqframe.answers.base import Answer, Question
from seqframe.answers.q04_dense_or_time_distributed import Q4

QUESTIONS: tuple[Question, ...] = (Q4,)

__all__ = ["QUESTIONS", "Answer", "Question"]
