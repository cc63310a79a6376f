"""The causality check of a framing: its cells mapped to the steps of a window, then `networks.causality`."""

from seqframe.data.dataset import SequenceDataset
from seqframe.framings.base import Framing
from seqframe.framings.index_map import step_index_map
from seqframe.networks.causality import CausalityCheck, Dependency, check_causality, measure_dependency
from seqframe.networks.spec import NetworkSpec


def framing_dependency(
    spec: NetworkSpec, framing: Framing, inputs: tuple[int, int], targets: tuple[int, int]
) -> Dependency:
    """Measure the dependency of a framing's outputs on the rows of a window.

    `inputs` is (lookback, features) and `targets` is (steps, targets) of one window.
    """
    input_steps, target_steps = step_index_map(spec.stateless(), framing, inputs, targets)
    return measure_dependency(spec, input_steps, target_steps, inputs[0])


def check_framing(spec: NetworkSpec, framing: Framing, dataset: SequenceDataset) -> CausalityCheck:
    """Check a network on the windows that it is trained on; `dataset` is the framing's `training_view`."""
    dependency = framing_dependency(spec, framing, *dataset.shapes())
    return check_causality(dependency, dataset.train, dataset.task)
