"""Q10: one update per epoch, one update per sample, or a stateful LSTM with a reset at the start of each sequence."""

from dataclasses import dataclass
from typing import Literal

import pandas as pd

from seqframe.config import DataSettings, ModelSettings, TaskSettings
from seqframe.data.dataset import TEST, TRAIN
from seqframe.experiments.base import Experiment, ExperimentContext, Finding
from seqframe.experiments.runner import median_score, run_seeds
from seqframe.experiments.text import MIN_RATIO, compare_errors
from seqframe.framings import Framing
from seqframe.framings.dataset import frame_arrays
from seqframe.framings.many_to_many import MANY_TO_MANY
from seqframe.framings.one_to_one import ONE_TO_ONE
from seqframe.framings.stateful import STATEFUL
from seqframe.reporting.figures import plot_bars

RAMP, ECHO = "ramp", "delayed echo"
FULL_BATCH, PER_SAMPLE, FULL_BATCH_LONGER, STATEFUL_LSTM = (
    "full batch",
    "batch size 1",
    "full batch, as many updates",
    "stateful",
)
STEPS, SEQUENCES = 10, 16  # of the delayed echo


@dataclass(frozen=True)
class UpdateCase:
    """Data and network: the tutorial's ramp, or an echo that needs memory."""

    data_settings: DataSettings
    model: ModelSettings
    learning_rate: float
    epochs: int
    framing: Framing
    samples: int  # of this framing, per epoch
    split: str  # scored


CASES = {
    RAMP: UpdateCase(
        DataSettings(generator="ramp", sequence_length=5), ModelSettings(units=5), 0.001, 200, ONE_TO_ONE, 5, TRAIN
    ),
    ECHO: UpdateCase(
        DataSettings(generator="delayed_echo", sequence_length=STEPS, delay=2, n_train=SEQUENCES, n_test=50),
        ModelSettings(units=8),
        0.01,
        40,
        MANY_TO_MANY,
        SEQUENCES,
        TEST,
    ),
}
METHODS = (FULL_BATCH, PER_SAMPLE, FULL_BATCH_LONGER, STATEFUL_LSTM)


def run(context: ExperimentContext) -> Finding:
    """Train with each batch size on both cases."""
    table = pd.DataFrame([_measure(context, name, method) for name in CASES for method in METHODS])
    errors = table.set_index(["task", "training"])["error (median of seeds)"]
    bars = {method.replace(", ", "\n"): float(error) for method, error in errors[ECHO].items()}
    title = f"Delayed echo, {CASES[ECHO].epochs} epochs (except: as many updates)"
    figure = plot_bars(bars, "mean absolute error, test", title)
    number = float(errors[ECHO][FULL_BATCH] / errors[ECHO][PER_SAMPLE])
    return Finding(number, conclude(errors), table, figure)


def _measure(context: ExperimentContext, name: str, method: str) -> dict[str, object]:
    """Train one case with one method: one row of the table."""
    case = CASES[name]
    framing = STATEFUL if method == STATEFUL_LSTM else case.framing
    batch_size: Literal["full", 1] = "full" if method in (FULL_BATCH, FULL_BATCH_LONGER) else 1
    epochs = case.epochs * (case.samples if method == FULL_BATCH_LONGER else 1)
    options = {"batch_size": batch_size, "learning_rate": case.learning_rate}
    runs = run_seeds(
        "Q10", context, framing, case.data_settings, TaskSettings(kind="echo"), case.model, epochs, **options
    )
    X, _ = frame_arrays(runs[0].dataset, framing, runs[0].dataset.train)
    return {
        "task": name,
        "training": method,
        "framing": framing.name,
        "epochs": epochs,
        "updates": epochs * (1 if batch_size == "full" else len(X)),
        "error (median of seeds)": median_score(runs, "mae", case.split),
        "split": case.split,
        "training time, s (fastest seed)": min(each.history.seconds for each in runs),
    }


def conclude(errors: "pd.Series[float]") -> str:
    """The conclusion, from the errors by task and training method."""
    parts = []
    for name in (RAMP, ECHO):
        error = errors[name]
        parts.append(
            f"{name}: batch size 1 is {compare_errors(error[FULL_BATCH] / error[PER_SAMPLE])} than full batch after as "
            f"many epochs (error {error[PER_SAMPLE]:.2g} against {error[FULL_BATCH]:.2g}), and "
            f"{compare_errors(error[FULL_BATCH_LONGER] / error[PER_SAMPLE])} after as many updates "
            f"({error[FULL_BATCH_LONGER]:.2g})"
        )
    error = errors[ECHO]
    stateful = (
        "A stateful LSTM, with one update per step, is "
        f"{compare_errors(error[PER_SAMPLE] / error[STATEFUL_LSTM])} than batch size 1 there (error "
        f"{error[STATEFUL_LSTM]:.2g})"
    )
    if error[STATEFUL_LSTM] > MIN_RATIO * error[PER_SAMPLE]:
        stateful += ": it carries the state, but its gradients do not reach earlier steps"
    conclusion = f"{'; '.join(parts)}. {stateful}."
    return conclusion[0].upper() + conclusion[1:]


Q10 = Experiment(
    name="Q10",
    text="One update for a batch of all samples, one per sample, or a stateful LSTM whose state is reset?",
    quantity="Ratio of test errors, full batch / batch size 1, after as many epochs (delayed echo)",
    suffix="x",
    method=(
        "The tutorial's one_to_one and stateful framings on its ramp, and many_to_many and stateful on "
        f"{SEQUENCES} sequences of {STEPS} random values, with each value as the target 2 steps later. The state "
        "is reset at the start of each sequence. Compared after as many epochs, and after as many updates."
    ),
    run=run,
)
