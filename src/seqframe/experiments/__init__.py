"""Eighteen experiments on questions that the tutorial leaves open. Each ends in a number and a conclusion."""

from seqframe.experiments.base import Experiment, Finding
from seqframe.experiments.q01_time_as_features import Q1
from seqframe.experiments.q02_vector_or_steps import Q2
from seqframe.experiments.q03_dense_or_lstm import Q3
from seqframe.experiments.q04_dense_or_time_distributed import Q4
from seqframe.experiments.q05_returns_its_input import Q5
from seqframe.experiments.q06_other_lengths import Q6
from seqframe.experiments.q07_one_to_many import Q7
from seqframe.experiments.q08_pyramid import Q8
from seqframe.experiments.q09_stacked_bidirectional import Q9
from seqframe.experiments.q10_batch_or_every_sample import Q10
from seqframe.experiments.q11_several_features import Q11
from seqframe.experiments.q12_larger_scale import Q12
from seqframe.experiments.q13_how_long import Q13
from seqframe.experiments.q14_padded_steps import Q14
from seqframe.experiments.q15_softmax import Q15
from seqframe.experiments.q16_only_the_past import Q16
from seqframe.experiments.q17_length_buckets import Q17
from seqframe.experiments.q18_class_weights import Q18

EXPERIMENTS: tuple[Experiment, ...] = (
    Q1,
    Q2,
    Q3,
    Q4,
    Q5,
    Q6,
    Q7,
    Q8,
    Q9,
    Q10,
    Q11,
    Q12,
    Q13,
    Q14,
    Q15,
    Q16,
    Q17,
    Q18,
)

__all__ = ["EXPERIMENTS", "Experiment", "Finding"]
