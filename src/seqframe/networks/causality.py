"""Which outputs of a network depend on which inputs, measured before training, and whether any dependency is leakage.

The gradient of an output with respect to an input is zero if no path leads from the input to the output, whatever the
weights are. If a path exists, a single gradient may still be zero by chance or vanish. The gradient is therefore
averaged over several draws of weights and inputs, and one more draw with open gates decides whether a path exists.

TensorFlow is imported by the functions that need it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqframe.config import TaskSettings
from seqframe.data.alignment import ALIGNMENTS
from seqframe.data.windows import Array, Floats, Windows
from seqframe.errors import UserError
from seqframe.networks.spec import NetworkSpec

N_DRAWS = 3
MAX_OUTPUTS = 32  # output steps that are measured; if there are more, an evenly spaced subset
OPEN_GATE_BIAS = 5.0
SMALL_INPUT = 1e-3  # inputs so small that no activation saturates
MAX_NAMED = 3  # output steps named in a message

Steps = tuple[int, ...]
StepMap = NDArray[np.intp]  # (samples, cells): the step of the window in every cell of X or y
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Dependency:
    """Dependency of every output step on every input step.

    Attributes:
        framing: Name of the framing.
        output_steps: Measured output steps, from 0: (outputs,).
        strength: Mean absolute gradient, scaled units: (outputs, lookback).
        depends_on: Whether the output depends on the input: (outputs, lookback).
    """

    framing: str
    output_steps: NDArray[np.intp]
    strength: Floats
    depends_on: Mask

    def table(self) -> pd.DataFrame:
        """One row per output step with the strength of every input step; steps count from 1."""
        columns = [f"input_{step}" for step in range(1, self.strength.shape[1] + 1)]
        table = pd.DataFrame(self.strength, columns=columns)
        table.insert(0, "output", self.output_steps + 1)
        return table


@dataclass(frozen=True)
class CausalityCheck:
    """Result of comparing the measured dependency with the inputs that are available at prediction time.

    Attributes:
        dependency: The measured dependency.
        ignored: Available inputs that an output does not depend on, by output step; steps count from 1.
        leaked: Unavailable inputs that an output depends on, by output step; steps count from 1.
        allowed: What the outputs depend on where nothing is ignored or leaked, as the rest of a sentence.
    """

    dependency: Dependency
    ignored: dict[int, Steps]
    leaked: dict[int, Steps]
    allowed: str = "every output depends on all available inputs and on no later ones"

    @property
    def framing(self) -> str:
        """Name of the framing."""
        return self.dependency.framing

    @property
    def outcome(self) -> str:
        """`leaking`, `partial` (some available inputs are ignored) or `causal`."""
        return "leaking" if self.leaked else "partial" if self.ignored else "causal"

    def summary(self) -> str:
        """The outcome in one sentence, with the steps concerned."""
        if self.leaked:
            return (
                f"Data leakage in {self.framing}: {_list_outputs(self.leaked, 'depends on', '')}, not available at "
                "prediction time."
            )
        if self.ignored:
            ignored = _list_outputs(self.ignored, "does not depend on", "available ")
            return f"{self.framing}: {ignored}.{self._sampled()}"
        return f"{self.framing}: {self.allowed}."

    def _sampled(self) -> str:
        """Note that only a subset of the outputs was measured."""
        measured, total = len(self.dependency.output_steps), int(self.dependency.output_steps.max()) + 1
        return f" {measured} of {total} outputs were measured." if measured < total else ""


def measure_dependency(spec: NetworkSpec, input_steps: StepMap, target_steps: StepMap, lookback: int) -> Dependency:
    """Measure which input steps every output step depends on.

    `input_steps` (samples, cells of X) and `target_steps` (samples, cells of y) hold the step of the window in every
    cell; `lookback` is the number of input steps of a window. A lookup of category codes, which has no gradient, is
    measured as a linear function of the code.
    """
    spec = spec.stateless().differentiable()
    outputs = [(sample, step) for sample in range(len(target_steps)) for step in np.unique(target_steps[sample])]
    measured = np.unique(np.linspace(0, len(outputs) - 1, min(len(outputs), MAX_OUTPUTS)).round().astype(int))
    chosen = [outputs[number] for number in measured]
    cells = np.stack([target_steps[0] == target_steps[0][target_steps[s] == step][0] for s, step in chosen])
    by_cell = np.stack(list(_gradients(spec, cells)))  # (draws, outputs, cells of X)
    strength, depends_on = np.zeros((2, len(chosen), lookback))
    for row, (sample, _) in enumerate(chosen):
        np.add.at(strength[row], input_steps[sample], by_cell[:N_DRAWS, row].mean(axis=0))
        np.maximum.at(depends_on[row], input_steps[sample], by_cell[:, row].max(axis=0) > 0)
    steps = np.array([step for _, step in chosen], np.intp)
    order = np.argsort(steps, kind="stable")
    return Dependency(spec.framing, steps[order], strength[order], depends_on[order] > 0)


def available_at_prediction(windows: Windows, task: TaskSettings) -> Mask:
    """Whether an input row is available when a target row is predicted: (steps, lookback).

    Rows before the target row are available; for an echo and for labels, the target row itself is too. With
    `task.available=whole`, all rows of the sequence are.
    """
    one = windows.select(np.array([0]))
    inputs, targets = one.inputs[0], one.targets[0]  # (lookback,), (steps,)
    last = targets - (not ALIGNMENTS[task.kind].own_row)
    available: Mask = (inputs <= last[:, None]) | (task.available == "whole")
    return available


def check_causality(dependency: Dependency, windows: Windows, task: TaskSettings) -> CausalityCheck:
    """Compare the measured dependency with the available inputs. If the targets are inputs, nothing can leak."""
    available = available_at_prediction(windows, task)[dependency.output_steps]  # (outputs, lookback)
    ignored = available & ~dependency.depends_on
    leaked = np.zeros_like(available) if _targets_are_inputs(task) else dependency.depends_on & ~available
    return CausalityCheck(dependency, _by_output(dependency, ignored), _by_output(dependency, leaked))


def check_label_causality(dependency: Dependency, task: TaskSettings) -> CausalityCheck:
    """The same for labels of whole sequences.

    To label a step, its own input and the earlier ones are available, with `task.available=whole` all. To classify a
    sequence, all are available, and its label depends on what any output depends on: every output votes.
    """
    depends_on = dependency.depends_on  # (outputs, steps)
    if task.kind == "classify":
        unused = np.flatnonzero(~depends_on.any(axis=0)) + 1
        ignored = {1: tuple(unused.tolist())} if len(unused) else {}
        return CausalityCheck(dependency, ignored, {}, "the label depends on all inputs of the sequence")
    past = np.arange(depends_on.shape[1]) <= dependency.output_steps[:, None]
    available = past | (task.available == "whole")
    check = CausalityCheck(
        dependency, _by_output(dependency, available & ~depends_on), _by_output(dependency, depends_on & ~available)
    )
    later = "labels depend on later inputs too, which task.available=whole allows"
    return replace(check, allowed=later) if (depends_on & ~past).any() else check


def _targets_are_inputs(task: TaskSettings) -> bool:
    return ALIGNMENTS[task.kind].targets_are_inputs


def raise_on_leakage(check: CausalityCheck, task: TaskSettings) -> None:
    """Refuse a network that leaks, unless `task.allow_leakage` is set.

    Raises:
        UserError: An output depends on an input that is not available at prediction time.
    """
    if check.leaked and not task.allow_leakage:
        other = "predict rows after the window, or set task.allow_leakage=true"
        hint = "or set task.available=whole" if task.has_labels else other
        raise UserError(f"{check.summary()} Its scores would be too optimistic. Set model.bidirectional=false, {hint}.")


def _gradients(spec: NetworkSpec, cells: Mask) -> Iterator[Floats]:
    """Absolute gradient of every output with respect to every cell of a sample, per draw: (outputs, cells of X).

    `cells` (outputs, cells of y) marks the cells that belong to an output.
    """
    from seqframe.networks import layers
    from seqframe.networks.backend import tf
    from seqframe.networks.build import MAX_EAGER_STEPS, build_model

    random = np.random.default_rng(0)
    model = build_model(spec, seed=0, layer_module=layers)
    gradient = partial(_gradient, model)
    if spec.input_shape[0] > MAX_EAGER_STEPS:
        gradient = tf.function(gradient, autograph=False)
    for draw in range(N_DRAWS + 1):
        X = np.repeat(random.normal(size=(1, *spec.input_shape)), len(cells), axis=0)  # (outputs, timesteps, features)
        if draw == N_DRAWS:
            _open_gates(model)
            X *= SMALL_INPUT
        elif draw:
            model.set_weights([_redraw(weights, random) for weights in model.get_weights()])
        weights = cells * random.choice([-1.0, 1.0], size=cells.shape[1])  # random signs: targets must not cancel
        gradients = gradient(tf.constant(X, tf.float32), tf.constant(weights, tf.float32)).numpy()
        yield np.abs(gradients.astype(np.float64)).reshape(len(weights), -1)


def _redraw(weights: Array, random: np.random.Generator) -> Array:
    """New weights of the same shape: matrices are permuted and get random signs; biases stay."""
    if weights.ndim < 2:
        return weights
    signs = random.choice([-1.0, 1.0], size=weights.shape)
    redrawn: Array = random.permutation(weights.ravel()).reshape(weights.shape) * signs
    return redrawn


def _gradient(model: Any, X: Any, weights: Any) -> Any:
    """Gradient of every weighted output with respect to its own copy of the sample: shaped like X."""
    from seqframe.networks.backend import tf

    with tf.GradientTape() as tape:
        tape.watch(X)
        outputs = tf.reshape(model(X, training=False), weights.shape)
        total = tf.reduce_sum(outputs * weights)
    return tape.gradient(total, X, unconnected_gradients="zero")


def _open_gates(model: Any) -> None:
    """Set the gate biases of all recurrent layers so that the gates pass everything."""
    for layer in model.layers:
        for part in (layer, getattr(layer, "forward_layer", None), getattr(layer, "backward_layer", None)):
            cell: Any = getattr(part, "cell", None)
            gates = {"LSTMCell": (1, 3), "GRUCell": (0,)}.get(type(cell).__name__, ())
            for gate in gates:  # LSTM: forget, output; GRU: update
                bias = cell.bias.numpy()
                bias[..., gate * cell.units : (gate + 1) * cell.units] = OPEN_GATE_BIAS
                cell.bias.assign(bias)


def _by_output(dependency: Dependency, mask: Mask) -> dict[int, Steps]:
    """Input steps where `mask` (outputs, lookback) holds, by output step; steps count from 1."""
    return {
        int(step) + 1: tuple((np.flatnonzero(row) + 1).tolist())
        for step, row in zip(dependency.output_steps, mask, strict=True)
        if row.any()
    }


def _list_outputs(steps: dict[int, Steps], verb: str, adjective: str) -> str:
    parts = [
        f"output {output} {verb} {adjective}{_format_inputs(of)}" for output, of in list(steps.items())[:MAX_NAMED]
    ]
    more = len(steps) - MAX_NAMED
    return ", ".join(parts) + (f" (and {more} more)" if more > 0 else "")


def _format_inputs(steps: Steps) -> str:
    """(1,) -> `input 1`; (1, 2, 3) -> `inputs 1-3`; (1, 3) -> `inputs 1, 3`."""
    if len(steps) == 1:
        return f"input {steps[0]}"
    if steps[-1] - steps[0] + 1 == len(steps):
        return f"inputs {steps[0]}-{steps[-1]}"
    return "inputs " + ", ".join(map(str, steps[:5])) + (" …" if len(steps) > 5 else "")
