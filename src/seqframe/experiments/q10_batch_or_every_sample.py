"""Q10: one update for all samples, one after every sample, or a state that is carried along and reset by hand."""

from dataclasses import dataclass
from typing import Literal

import pandas as pd

from seqframe.config import DataSettings, ModelSettings, TaskSettings
from seqframe.data.dataset import TEST, TRAIN
from seqframe.experiments.base import Experiment, ExperimentContext, Finding
from seqframe.experiments.runner import median_score, run_seeds
from seqframe.experiments.text import CLEARLY, compare_in_words
from seqframe.framings import Framing
from seqframe.framings.dataset import frame_arrays
from seqframe.framings.many_to_many import MANY_TO_MANY
from seqframe.framings.one_to_one import ONE_TO_ONE
from seqframe.framings.stateful import STATEFUL
from seqframe.reporting.figures import plot_bars

RAMP, ECHO = "ramp", "delayed echo"
ALL, EVERY, MORE, CARRIED = "all at once", "every sample", "all at once, as many updates", "stateful"
STEPS, SEQUENCES = 10, 16  # of the delayed echo


@dataclass(frozen=True)
class Trialled:
    """What the ways of training are tried on: the tutorial's ramp as it is, and an echo that needs a memory."""

    data_settings: DataSettings
    model: ModelSettings
    learning_rate: float
    epochs: int
    framing: Framing
    samples: int  # of that framing, in an epoch
    scored_on: str


TRIALLED = {
    RAMP: Trialled(
        DataSettings(generator="ramp", sequence_length=5), ModelSettings(units=5), 0.001, 200, ONE_TO_ONE, 5, TRAIN
    ),
    ECHO: Trialled(
        DataSettings(generator="delayed_echo", sequence_length=STEPS, delay=2, n_train=SEQUENCES, n_test=50),
        ModelSettings(units=8),
        0.01,
        40,
        MANY_TO_MANY,
        SEQUENCES,
        TEST,
    ),
}


def ask(context: ExperimentContext) -> Finding:
    """Train in every way on both problems."""
    table = pd.DataFrame([measure(context, name, way) for name in TRIALLED for way in (ALL, EVERY, MORE, CARRIED)])
    errors = table.set_index(["problem", "way"])["error (median of seeds)"]
    bars = {way.replace(", ", "\n"): float(error) for way, error in errors[ECHO].items()}
    epochs = TRIALLED[ECHO].epochs
    title = f"Delayed echo, {epochs} epochs (but for: as many updates)"
    figure = plot_bars(bars, "mean absolute error, unseen", title)
    number = float(errors[ECHO][ALL] / errors[ECHO][EVERY])
    return Finding(number, decide(errors), table, figure)


def measure(context: ExperimentContext, name: str, way: str) -> dict[str, object]:
    """One way on one problem."""
    tried = TRIALLED[name]
    framing = STATEFUL if way == CARRIED else tried.framing
    batch_size: Literal["full", 1] = "full" if way in (ALL, MORE) else 1
    epochs = tried.epochs * (tried.samples if way == MORE else 1)
    options = {"batch_size": batch_size, "learning_rate": tried.learning_rate}
    trials = run_seeds(
        "Q10", context, framing, tried.data_settings, TaskSettings(kind="echo"), tried.model, epochs, **options
    )
    X, _ = frame_arrays(trials[0].dataset, framing, trials[0].dataset.train)
    return {
        "problem": name,
        "way": way,
        "framing": framing.name,
        "epochs": epochs,
        "updates": epochs * (1 if batch_size == "full" else len(X)),
        "error (median of seeds)": median_score(trials, part=tried.scored_on),
        "of": tried.scored_on,
        "s of training (fastest seed)": min(trial.history.seconds for trial in trials),
    }


def decide(errors: "pd.Series[float]") -> str:
    """The sentence, from the errors by problem and way."""
    parts = []
    for name in (RAMP, ECHO):
        of = errors[name]
        parts.append(
            f"on the {name}, every sample is {compare_in_words(of[ALL] / of[EVERY])} than all at once after as many epochs "
            f"({of[EVERY]:.2g} off against {of[ALL]:.2g}), and {compare_in_words(of[MORE] / of[EVERY])} after as many updates "
            f"({of[MORE]:.2g})"
        )
    of = errors[ECHO]
    steps_per_sequence = (
        f"A state that is carried from step to step, each an update of its own, is {compare_in_words(of[EVERY] / of[CARRIED])} "
        f"there, {of[CARRIED]:.2g} off"
    )
    if of[CARRIED] > CLEARLY * of[EVERY]:
        steps_per_sequence += ": it remembers, but an update cannot go back through time to teach it what to remember"
    start = f"{'; '.join(parts)}. {steps_per_sequence}."
    return start[0].upper() + start[1:]


Q10 = Experiment(
    name="Q10",
    text="One update for a batch of all samples, one after every sample, or a stateful LSTM whose state is reset?",
    unit="error of all at once over that of every sample, after as many epochs (delayed echo, unseen)",
    method=(
        "The tutorial's one_to_one and stateful framings on its ramp, and many_to_many and stateful on "
        f"{SEQUENCES} sequences of {STEPS} random values, each to be given again 2 steps later. The state is reset "
        "where a sequence begins. Compared after as many epochs, and after as many updates."
    ),
    ask=ask,
)
