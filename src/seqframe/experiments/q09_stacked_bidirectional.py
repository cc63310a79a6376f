"""Q9: what a second layer and a bidirectional layer are good for, and when a bidirectional layer leaks."""

from dataclasses import dataclass

import pandas as pd

from seqframe.config import DataSettings, ModelSettings, TaskSettings
from seqframe.data.dataset import make_dataset
from seqframe.experiments.base import Experiment, ExperimentContext, Finding
from seqframe.experiments.runner import mean_baseline_mae, median_score, run_seeds
from seqframe.experiments.text import MIN_RATIO, compare_errors
from seqframe.framings.dataset import frame_arrays
from seqframe.framings.many_to_many import MANY_TO_MANY
from seqframe.reporting.figures import plot_bars

ONE, WIDE, STACKED, BIDIRECTIONAL = "one layer", "one wide layer", "stacked", "bidirectional"
MODELS = {
    ONE: ModelSettings(units=8),
    WIDE: ModelSettings(units=14),  # about as many parameters as the stack
    STACKED: ModelSettings(units=8, hidden_sizes=[8, 8]),
    BIDIRECTIONAL: ModelSettings(units=8, bidirectional=True),
}
ECHO, REVERSAL, NEXT = "delayed echo", "reversal", "next random value"
TRAINING = {"batch_size": 16, "learning_rate": 0.01}


@dataclass(frozen=True)
class StackingCase:
    """Data, a task, and the networks that are compared on it."""

    data_settings: DataSettings
    task: TaskSettings
    networks: tuple[str, ...]
    epochs: int = 60


N_TRAIN, N_TEST = 128, 100
CASES = {
    ECHO: StackingCase(
        DataSettings(generator="delayed_echo", sequence_length=16, delay=4, n_train=N_TRAIN, n_test=N_TEST),
        TaskSettings(kind="echo"),
        (ONE, WIDE, STACKED),
    ),
    REVERSAL: StackingCase(
        DataSettings(generator="reversal", sequence_length=4, n_train=N_TRAIN, n_test=N_TEST),
        TaskSettings(kind="echo"),
        (WIDE, BIDIRECTIONAL),
        epochs=150,
    ),
    NEXT: StackingCase(
        DataSettings(generator="delayed_echo", sequence_length=9, target="value", n_train=N_TRAIN, n_test=N_TEST),
        TaskSettings(kind="next_step", allow_leakage=True),
        (ONE, BIDIRECTIONAL),
    ),
}


def run(context: ExperimentContext) -> Finding:
    """Train the networks on the tasks that they are made for."""
    table = pd.DataFrame([line for name in CASES for line in _measure(context, name)])
    errors = table.set_index(["task", "network"])["test error (median of seeds)"]
    reversal = errors[REVERSAL][WIDE] / errors[REVERSAL][BIDIRECTIONAL]
    stacked = errors[ECHO][WIDE] / errors[ECHO][STACKED]
    bars = {f"{task}\n{network}": float(error) for (task, network), error in errors.items()}
    figure = plot_bars(bars, "mean absolute error, test", "Stacked and bidirectional")
    return Finding(float(reversal), conclude(float(reversal), float(stacked), table), table, figure)


def _measure(context: ExperimentContext, name: str) -> list[dict[str, object]]:
    """Train all networks of a case: one row per network."""
    case, lines = CASES[name], []
    for network in case.networks:
        runs = run_seeds(
            "Q9", context, MANY_TO_MANY, case.data_settings, case.task, MODELS[network], case.epochs, **TRAINING
        )
        lines.append(
            {
                "task": name,
                "network": network,
                "parameters": runs[0].parameters,
                "test error (median of seeds)": median_score(runs),
                "mean baseline": mean_baseline_mae(runs[0]),
                "causality": causality_outcome(case, MODELS[network])
                if name == NEXT
                else "",  # elsewhere all are available
            }
        )
    return lines


def causality_outcome(case: StackingCase, model: ModelSettings) -> str:
    """The outcome of the causality check of a network: `causal`, `partial` or `leaking`."""
    from seqframe.framings.causality import check_framing

    dataset = make_dataset(case.data_settings, case.task)
    X, y = frame_arrays(dataset, MANY_TO_MANY, dataset.train)
    return check_framing(MANY_TO_MANY.make_spec(X, y, model), MANY_TO_MANY, dataset).outcome


def conclude(reversal: float, stacked: float, table: pd.DataFrame) -> str:
    """The conclusion, from the error ratios forward / bidirectional (reversal) and wide layer / stack (echo)."""
    indexed = table.set_index(["task", "network"])
    error = {key: f"{value:.2g}" for key, value in indexed["test error (median of seeds)"].items()}
    parameters = indexed["parameters"]
    helps = "helps" if reversal > MIN_RATIO else "does not clearly help"
    outcome = indexed["causality"][NEXT][BIDIRECTIONAL]
    leak = (
        f"a bidirectional network is leaking (causality check), and its test error of {error[NEXT, BIDIRECTIONAL]} on "
        f"random values (forward only: {error[NEXT, ONE]}) is no skill"
        if outcome == "leaking"
        else f"the causality check of a bidirectional network gives: {outcome}; test error {error[NEXT, BIDIRECTIONAL]}"
    )
    return (
        f"If outputs need later rows (reversal), bidirectional {helps}: test error {error[REVERSAL, BIDIRECTIONAL]} "
        f"against {error[REVERSAL, WIDE]} forward only, {parameters[REVERSAL][BIDIRECTIONAL]} parameters against "
        f"{parameters[REVERSAL][WIDE]}. For the next row, {leak}. A stack (delayed echo) is {compare_errors(stacked)} "
        f"than one layer with as many parameters: {error[ECHO, STACKED]} with {parameters[ECHO][STACKED]} parameters, "
        f"{error[ECHO, WIDE]} with {parameters[ECHO][WIDE]}."
    )


Q9 = Experiment(
    name="Q9",
    text="Stacked LSTMs, bidirectional LSTMs: what are they good for?",
    quantity="Ratio of test errors, forward only / bidirectional (reversal)",
    suffix="x",
    method=(
        "many_to_many with other recurrent layers and the same training settings: a stack against one layer of about "
        "as many parameters on a delayed echo; bidirectional against forward only on a reversal, and on the next of "
        "random values, which cannot be predicted. The causality check uses gradients."
    ),
    run=run,
)
