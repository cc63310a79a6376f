"""Information flow: which row that a network reads can reach which row that it answers, and whether it should.

`measure` asks the network itself, before it is trained; `judge` compares the answer with what could be had at the time.
"""

from seqframe.flow.judging import Judgement, could_be_had, judge, refuse_future
from seqframe.flow.matrix import Flow
from seqframe.flow.measuring import measure_flow

__all__ = ["Flow", "Judgement", "could_be_had", "judge", "measure_flow", "refuse_future"]
