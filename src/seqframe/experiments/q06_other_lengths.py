"""Q6: input and output of different lengths: encoder-decoder, or one vector."""

from statistics import median

import pandas as pd

from seqframe.config import DataSettings, ModelSettings, Settings, TaskSettings, TrainingSettings
from seqframe.data.dataset import TEST
from seqframe.errors import UserError
from seqframe.experiments.base import Experiment, ExperimentContext, Finding
from seqframe.experiments.runner import run_seeds
from seqframe.experiments.text import in_seeds, times
from seqframe.framings import FRAMINGS, check_supported
from seqframe.framings.encoder_decoder import ENCODER_DECODER
from seqframe.framings.many_to_many import MANY_TO_MANY
from seqframe.framings.many_to_one import MANY_TO_ONE

CASES = {
    "10 -> 3": (60, TaskSettings(kind="forecast", lookback=10, horizon=3, stride=2)),
    "100 -> 10": (160, TaskSettings(kind="forecast", lookback=100, horizon=10, stride=5)),
}
EPOCHS, LEARNING_RATE = 300, 0.01
MODEL = ModelSettings(units=16)
SAME = 1.1  # how many times one error may be the other and still be called the same


def ask(context: ExperimentContext) -> Finding:
    """See many_to_many refuse, and train the two that do not."""
    table = pd.concat([compare(context, name) for name in CASES], ignore_index=True)
    ratios = {name: table["error ratio"][table["lengths"] == name].tolist() for name in CASES}
    parameters = tuple(int(table[f"parameters, {name}"].max()) for name in ("encoder_decoder", "many_to_one"))
    number = max(median(of_seeds) for of_seeds in ratios.values())
    return Finding(number, decide(unsupported_reason("10 -> 3"), ratios, parameters), table)


def problem_of(name: str) -> DataSettings:
    """Noisy sines with room for the window."""
    return DataSettings(generator="sine", sequence_length=CASES[name][0], n_train=8, n_test=20)


def unsupported_reason(name: str) -> str:
    """The rule that many_to_many names when it is asked for lengths that differ; empty if it names none."""
    training = TrainingSettings(epochs=1, batch_size="full", learning_rate=LEARNING_RATE, seed=0, n_seeds=1)
    asked = Settings(data=problem_of(name), task=CASES[name][1], model=MODEL, training=training)
    try:
        check_supported(MANY_TO_MANY, asked, FRAMINGS)
    except UserError as error:
        return str(error).partition(" Received")[0]
    return ""


def compare(context: ExperimentContext, name: str) -> pd.DataFrame:
    """Both framings for one pair of lengths: a line a seed."""
    framings = (ENCODER_DECODER, MANY_TO_ONE)
    decoded, vector = (
        run_seeds("Q6", context, framing, problem_of(name), CASES[name][1], MODEL, EPOCHS, learning_rate=LEARNING_RATE)
        for framing in framings
    )
    lines = []
    for seed, pair in enumerate(zip(decoded, vector, strict=True)):
        line: dict[str, object] = {"lengths": name, "seed": seed}
        for framing, trial in zip(framings, pair, strict=True):
            line[f"parameters, {framing.name}"] = trial.parameters
            line[f"unseen error, {framing.name}"] = trial.scores[TEST]["mae"]
        lines.append(line | {"error ratio": pair[0].scores[TEST]["mae"] / pair[1].scores[TEST]["mae"]})
    return pd.DataFrame(lines)


def decide(refused: str, ratios: dict[str, list[float]], parameters: tuple[int, ...]) -> str:
    """The sentence, from the rule that was named and the errors of encoder_decoder over those of many_to_one."""
    first = f'many_to_many refuses: "{refused}"' if refused else "many_to_many does not refuse."
    parts = []
    for name, of_seeds in ratios.items():
        ratio = median(of_seeds)
        word = "as good as" if 1 / SAME <= ratio <= SAME else "better than" if ratio < 1 else "worse than"
        smaller = in_seeds([each < 1 for each in of_seeds])
        parts.append(
            f"{word} the vector of many_to_one for {name} ({times(ratio)} its unseen error; smaller {smaller})"
        )
    return (
        f"{first} Trained alike, encoder_decoder is {' and '.join(parts)}, with {parameters[0]:,} parameters against "
        f"{parameters[1]:,} or fewer."
    )


Q6 = Experiment(
    name="Q6",
    text=(
        "Input and output of different lengths (10 values -> 3, 100 -> 10): how does an encoder-decoder compare with "
        "return_sequences=False and Dense(10)?"
    ),
    unit="times the vector's unseen error, for the worse of two pairs of lengths",
    method=(
        f"encoder_decoder and many_to_one with {MODEL.units} units forecast noisy sines, {EPOCHS} epochs each; errors "
        f"are mean absolute ones on unseen sines. The same means within a factor of {SAME}."
    ),
    ask=ask,
)
