"""Q9: what a second layer and reading backwards are good for, and when reading backwards is cheating."""

from dataclasses import dataclass

import pandas as pd

from seqframe.answers.base import Answer, Question
from seqframe.answers.seeds import mean_guess, middle, over_seeds
from seqframe.answers.words import CLEARLY, compared
from seqframe.config import Answers, Model, Problem, Task
from seqframe.framings.many_to_many import MANY_TO_MANY
from seqframe.posing import pose
from seqframe.report.scaling_figures import draw_bars

ONE, WIDE, STACKED, BOTH_WAYS = "one layer", "one wide layer", "stacked", "bidirectional"
MODELS = {
    ONE: Model(units=8),
    WIDE: Model(units=14),  # about as many parameters as the stack
    STACKED: Model(units=8, layers=[8, 8]),
    BOTH_WAYS: Model(units=8, bidirectional=True),
}
ECHO, BACKWARDS, NEXT = "delayed echo", "reversal", "next random value"
TRAINING = {"batch_size": 16, "learning_rate": 0.01}


@dataclass(frozen=True)
class Trialled:
    """A problem, and the networks that are tried on it."""

    problem: Problem
    task: Task
    models: tuple[str, ...]
    epochs: int = 60


SEQUENCES, KEPT_BACK = 128, 100
TRIALLED = {
    ECHO: Trialled(
        Problem(kind="delayed_echo", length=16, delay=4, sequences=SEQUENCES, unseen=KEPT_BACK),
        Task(kind="echo"),
        (ONE, WIDE, STACKED),
    ),
    BACKWARDS: Trialled(
        Problem(kind="reversal", length=4, sequences=SEQUENCES, unseen=KEPT_BACK),
        Task(kind="echo"),
        (WIDE, BOTH_WAYS),
        epochs=150,
    ),
    NEXT: Trialled(
        Problem(kind="delayed_echo", length=9, target="value", sequences=SEQUENCES, unseen=KEPT_BACK),
        Task(kind="next_step", allow_future=True),
        (ONE, BOTH_WAYS),
    ),
}


def ask(settings: Answers) -> Answer:
    """Train the networks on the problems that they are made for."""
    table = pd.DataFrame([line for name in TRIALLED for line in measure(settings, name)])
    errors = table.set_index(["problem", "network"])["error on unseen (median of seeds)"]
    backwards = errors[BACKWARDS][WIDE] / errors[BACKWARDS][BOTH_WAYS]
    stacked = errors[ECHO][WIDE] / errors[ECHO][STACKED]
    bars = {f"{problem}\n{network}": float(error) for (problem, network), error in errors.items()}
    figure = draw_bars(bars, "mean absolute error, unseen", "Stacked and bidirectional")
    return Answer(float(backwards), decide(float(backwards), float(stacked), table), table, figure)


def measure(settings: Answers, name: str) -> list[dict[str, object]]:
    """All networks on one problem."""
    tried, lines = TRIALLED[name], []
    for network in tried.models:
        trials = over_seeds(
            "Q9", settings, MANY_TO_MANY, tried.problem, tried.task, MODELS[network], tried.epochs, **TRAINING
        )
        lines.append(
            {
                "problem": name,
                "network": network,
                "parameters": trials[0].parameters,
                "error on unseen (median of seeds)": middle(trials),
                "error of the mean": mean_guess(trials[0]),
                "sees": see(tried, MODELS[network]) if name == NEXT else "",  # elsewhere all rows may be seen
            }
        )
    return lines


def see(tried: Trialled, model: Model) -> str:
    """What the information flow of the network is judged to be: `right`, `blind` or `future`."""
    from seqframe.flow import judge, measure_flow

    posed = pose(tried.problem, tried.task)
    X, y = posed.frame(MANY_TO_MANY, posed.windows)
    flow = measure_flow(MANY_TO_MANY.plan(X, y, model), MANY_TO_MANY, X.shape[1:], y.shape[1:])
    return judge(flow, posed.windows, tried.task).verdict


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
        f"{compared(stacked)} than one layer as heavy: {error[ECHO, STACKED]} off with {weights[ECHO][STACKED]} "
        f"parameters, against {error[ECHO, WIDE]} with {weights[ECHO][WIDE]}."
    )


Q9 = Question(
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
