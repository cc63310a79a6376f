"""The questions that the tutorial left open, each a small module that runs an experiment and answers with a number."""

from seqframe.answers.base import Answer, Question
from seqframe.answers.q01_time_as_features import Q1
from seqframe.answers.q02_vector_or_steps import Q2
from seqframe.answers.q03_dense_or_lstm import Q3
from seqframe.answers.q04_dense_or_time_distributed import Q4
from seqframe.answers.q05_returns_its_input import Q5
from seqframe.answers.q06_other_lengths import Q6
from seqframe.answers.q07_one_to_many import Q7

QUESTIONS: tuple[Question, ...] = (
    Q1,
    Q2,
    Q3,
    Q4,
    Q5,
    Q6,
    Q7,
)

__all__ = ["QUESTIONS", "Answer", "Question"]
