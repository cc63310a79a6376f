"""The causality check of a framing: its cells mapped to the steps of a window, then `networks.causality`."""

from dataclasses import replace

from seqframe.data.dataset import SequenceDataset
from seqframe.data.label_dataset import LabelDataset
from seqframe.framings.base import Framing
from seqframe.framings.index_map import step_index_map
from seqframe.framings.sequences import outputs_have_steps
from seqframe.networks.causality import (
    CausalityCheck,
    Dependency,
    check_causality,
    check_label_causality,
    measure_dependency,
)
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


MAX_EXAMPLE_STEPS = 24  # of a sequence with labels: more are neither measured nor drawn


def example_spec(spec: NetworkSpec, framing: Framing, dataset: LabelDataset) -> NetworkSpec:
    """The network of a framing, with the number of steps of an example sequence."""
    steps = example_shapes(framing, dataset)[0][0]
    if spec.steps_per_sequence:
        return replace(spec, steps_per_sequence=steps)
    return replace(spec, input_shape=(steps, *spec.input_shape[1:])) if spec.variable_length else spec


def example_shapes(framing: Framing, dataset: LabelDataset) -> tuple[tuple[int, int], tuple[int, int]]:
    """Shapes of an example sequence: (steps, features) and (labeled steps, classes)."""
    steps = min(MAX_EXAMPLE_STEPS, int(dataset.sequences.lengths[dataset.splits["train"]].max()))
    labeled = steps if outputs_have_steps(framing) else 1
    return (steps, dataset.n_features), (labeled, len(dataset.classes))


def check_label_framing(spec: NetworkSpec, framing: Framing, dataset: LabelDataset) -> CausalityCheck:
    """Check the network of a framing on an example sequence with labels."""
    shapes = example_shapes(framing, dataset)
    dependency = framing_dependency(example_spec(spec, framing, dataset), framing, *shapes)
    return check_label_causality(dependency, dataset.task)
