"""Q9: what a second layer and reading backwards are good for, and when reading backwards is cheating."""

from dataclasses import dataclass

import pandas as pd

from seqframe.config import DataSettings, ModelSettings, TaskSettings
from seqframe.data.dataset import make_dataset
from seqframe.experiments.base import Experiment, ExperimentContext, Finding
from seqframe.experiments.runner import mean_baseline_mae, median_score, run_seeds
from seqframe.experiments.text import CLEARLY, compare_in_words
from seqframe.framings.dataset import frame_arrays
from seqframe.framings.many_to_many import MANY_TO_MANY
from seqframe.reporting.figures import plot_bars

ONE, WIDE, STACKED, BOTH_WAYS = "one layer", "one wide layer", "stacked", "bidirectional"
MODELS = {
    ONE: ModelSettings(units=8),
    WIDE: ModelSettings(units=14),  # about as many parameters as the stack
    STACKED: ModelSettings(units=8, hidden_sizes=[8, 8]),
    BOTH_WAYS: ModelSettings(units=8, bidirectional=True),
}
ECHO, BACKWARDS, NEXT = "delayed echo", "reversal", "next random value"
TRAINING = {"batch_size": 16, "learning_rate": 0.01}


@dataclass(frozen=True)
class Trialled:
    """A problem, and the networks that are tried on it."""

    data_settings: DataSettings
    task: TaskSettings
    models: tuple[str, ...]
    epochs: int = 60


SEQUENCES, KEPT_BACK = 128, 100
TRIALLED = {
    ECHO: Trialled(
        DataSettings(generator="delayed_echo", sequence_length=16, delay=4, n_train=SEQUENCES, n_test=KEPT_BACK),
        TaskSettings(kind="echo"),
        (ONE, WIDE, STACKED),
    ),
    BACKWARDS: Trialled(
        DataSettings(generator="reversal", sequence_length=4, n_train=SEQUENCES, n_test=KEPT_BACK),
        TaskSettings(kind="echo"),
        (WIDE, BOTH_WAYS),
        epochs=150,
    ),
    NEXT: Trialled(
        DataSettings(generator="delayed_echo", sequence_length=9, target="value", n_train=SEQUENCES, n_test=KEPT_BACK),
        TaskSettings(kind="next_step", allow_leakage=True),
        (ONE, BOTH_WAYS),
    ),
}


def ask(context: ExperimentContext) -> Finding:
    """Train the networks on the problems that they are made for."""
    table = pd.DataFrame([line for name in TRIALLED for line in measure(context, name)])
    errors = table.set_index(["problem", "network"])["error on unseen (median of seeds)"]
    backwards = errors[BACKWARDS][WIDE] / errors[BACKWARDS][BOTH_WAYS]
    stacked = errors[ECHO][WIDE] / errors[ECHO][STACKED]
    bars = {f"{data_settings}\n{network}": float(error) for (data_settings, network), error in errors.items()}
    figure = plot_bars(bars, "mean absolute error, unseen", "Stacked and bidirectional")
    return Finding(float(backwards), decide(float(backwards), float(stacked), table), table, figure)


def measure(context: ExperimentContext, name: str) -> list[dict[str, object]]:
    """All networks on one problem."""
    tried, lines = TRIALLED[name], []
    for network in tried.models:
        trials = run_seeds(
            "Q9", context, MANY_TO_MANY, tried.data_settings, tried.task, MODELS[network], tried.epochs, **TRAINING
        )
        lines.append(
            {
                "problem": name,
                "network": network,
                "parameters": trials[0].parameters,
                "error on unseen (median of seeds)": median_score(trials),
                "error of the mean": mean_baseline_mae(trials[0]),
                "sees": see(tried, MODELS[network]) if name == NEXT else "",  # elsewhere all rows may be seen
            }
        )
    return lines


def see(tried: Trialled, model: ModelSettings) -> str:
    """What the information flow of the network is judged to be: `right`, `blind` or `future`."""

    from seqframe.framings.causality import check_framing

    dataset = make_dataset(tried.data_settings, tried.task)
    X, y = frame_arrays(dataset, MANY_TO_MANY, dataset.train)
    return check_framing(MANY_TO_MANY.make_spec(X, y, model), MANY_TO_MANY, dataset).outcome


def decide(backwards: float, stacked: float, table: pd.DataFrame) -> str:
    """The sentence: error of one layer over bidirectional's (reversal), of a wide layer over the stack's (echo)."""
    at = table.set_index(["problem", "network"])
    error = {place: f"{value:.2g}" for place, value in at["error on unseen (median of seeds)"].items()}
    weights = at["parameters"]
    helps = "helps" if backwards > CLEARLY else "does not clearly help"
    sees = at["sees"][NEXT][BOTH_WAYS]
    cheat = (
        f"its flow is judged to see the future, and its error of {error[NEXT, BOTH_WAYS]} on random values, against "
        f"{error[NEXT, ONE]} read forwards, is no skill"
        if sees == "future"
        else f"its flow is judged {sees}, with an error of {error[NEXT, BOTH_WAYS]}"
    )
    return (
        f"Where an answer needs later rows (reversal), bidirectional {helps}: {error[BACKWARDS, BOTH_WAYS]} off on "
        f"unseen sequences, against {error[BACKWARDS, WIDE]} read forwards, with {weights[BACKWARDS][BOTH_WAYS]} "
        f"parameters against {weights[BACKWARDS][WIDE]}. Asked for the next row, {cheat}. Stacked (delayed echo) is "
        f"{compare_in_words(stacked)} than one layer as heavy: {error[ECHO, STACKED]} off with {weights[ECHO][STACKED]} "
        f"parameters, against {error[ECHO, WIDE]} with {weights[ECHO][WIDE]}."
    )


Q9 = Experiment(
    name="Q9",
    text="Stacked LSTMs, bidirectional LSTMs: what are they good for?",
    unit="error on unseen sequences of a layer that reads forwards, as a multiple of a bidirectional one's (reversal)",
    method=(
        "many_to_many with other bodies, trained alike: a stack against a layer of about as many parameters on a "
        "delayed echo; bidirectional against forwards on a reversal, and on the next of random values, which nobody "
        "can know. What a network sees is judged from gradients."
    ),
    ask=ask,
)
